#xcommand TRANSLATE <*x*> =>
#xcommand TOSTRING <v> <*x*> => <v> := #<x>
TRANSLATE 1#STR0001#BRA#Isn't it
TOSTRING cVar {;   // an object
  "a" : "b",;
  'c' : 1 ;
}
TOSTRING cVar it's
x := 'open
