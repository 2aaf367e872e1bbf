#include "rwmake.ch"
#include "ap5mail.ch"

User Function MAIL01(cTo, cSubject, cBody, cAttach)
Local cServer  := GetMV("MV_RELSERV")
Local cAccount := AllTrim(GetNewPar("MV_RELACNT"," "))
Local cPass    := AllTrim(GetNewPar("MV_RELPSW"," "))
Local lAuth    := GetMv("MV_RELAUTH",,.F.)
Local lOk      := .F.
Local cError   := ""
Local cHtml    := ""

cHtml += '<html><body>' + CRLF
cHtml += '<p class="x">' + cBody + "</p>"
cHtml += "</body></html>"

CONNECT SMTP SERVER cServer ACCOUNT cAccount PASSWORD cPass TIMEOUT 60 RESULT lOk

If lOk .And. lAuth
	lOk := MailAuth(cAccount, cPass)
EndIf

If lOk
	SEND MAIL FROM cAccount ;
	TO      	Lower(cTo);
	CC      	"copy@localhost";
	BCC     	"";
	SUBJECT 	SubStr(cSubject,1,55);
	BODY    	cHtml;
	ATTACHMENT cAttach;
	RESULT lOk

	If !lOk
		GET MAIL ERROR cError
		MsgInfo(cError,OemToAnsi("Attention"))
	EndIf
	DISCONNECT SMTP SERVER
Else
	//Error
	GET MAIL ERROR cError
	ConOut(cError)
EndIf

Return lOk
