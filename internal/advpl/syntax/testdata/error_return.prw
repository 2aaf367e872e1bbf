// A Return behind a class ends nothing.
Class Empty
EndClass
Return

Class Other
EndClass
Return Nil
x := 1
