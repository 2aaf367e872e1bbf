#include "totvs.ch"

// Remote calls U_HELLO in the environment SAMPLE of another server, and returns what that
// returns. It needs a token of that server ("appserver rpc token add" there makes one) in
// [RPC] Token of this one.
User Function Remote(cServer, nPort, cName)
	Local oRpc := TRpc():New("SAMPLE")
	Local cGreeting := ""

	Default cServer := "localhost"
	Default nPort := 5012

	If !oRpc:Connect(cServer, nPort, 10)
		UserException("no connection to " + cServer)
	EndIf
	cGreeting := oRpc:CallProc("U_HELLO", cName)
	oRpc:Disconnect()
Return cGreeting
