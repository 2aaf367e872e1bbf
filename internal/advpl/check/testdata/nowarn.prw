// nowarn-file: obsolete-operator, unused-parameter kept for callers
User Function Quiet(n, cUnused)
Local nA // nowarn: unused-local
Local nB // nowarn: unused-parameter   // want: unused-local
// nowarn: unused-local, old-assignment
Local nC
Local nD // want: unused-local
Local cText := "// nowarn: unused-local" // want: unread-local
// nowarn: unused-lokal   // want: nowarn
If n # 1
EndIf
cText = "it's" // nowarn: old-assignment
Return
