Class Person From LongNameClass
	Data cName
	Data cCity, nAge As Numeric
	Data aList As Array Init {}
	Data nKept ReadOnly
	Data cHid Hidden
	Var xOld
Public:
	Method New(cName) Constructor
	METHOD Say(a, b)
Hidden:
	Data cSecret
	Method Whisper
	Method Function Calc(n) Constructor
EndClass

METHOD New(cName) CLASS Person
	Local a
	::cName := cName
	If Empty(cName)
		Return Nil
	EndIf
Return Self

Method Say(a, b) Class Person
Method Function Calc(n) Class Person
Method Whisper Class Person
Return

LongNameClass Worker From Person
	Method New()
EndClass
LongClassName Boss
End Class
Class Empty()
End
Class Full Abstract From Base() Final
	Data d1 Default 5, d2 = 6
	Data e1 Exported Static
	Data e2 Optional Protected
	Classvar e3
	Message Say As Character Virtual
	Method Go() Protected Static
Export:
	Method Out()
EndClass
