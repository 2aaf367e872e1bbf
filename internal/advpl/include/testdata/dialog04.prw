#Include "Totvs.ch"

/*/{Protheus.doc} DLG04
A window kept in an object, with pages and a tree
@type user function
/*/
User Function DLG04()
	Local oForm := TForm04():New("Folders")
	oForm:Build()
	oForm:Show()
	FreeObj(oForm)
Return

Class TForm04
	Data oDlg
	Data oFolder
	Data oTree
	Data cTitle As Character
	Data aPages As Array
	Data cText

	Method New(cTitle) Constructor
	Method Build()
	Method Show()
	Method AddPage(cName, bBuild)
EndClass

Method New(cTitle) Class TForm04
	Default cTitle := "none"
	::cTitle := cTitle
	::aPages := {}
	Self:cText := ""
Return Self

Method Build() Class TForm04
	Local oPanel
	DEFINE MSDIALOG ::oDlg TITLE ::cTitle FROM 0,0 TO 400,600 PIXEL
	@ 5,5 FOLDER ::oFolder PROMPTS "Data","Notes" OF ::oDlg SIZE 290,180 PIXEL
	oPanel := ::oFolder:aDialogs[1]
	@ 2,2 SAY "Title: " + ::cTitle OF oPanel PIXEL SIZE 100,8
	@ 2,2 GET ::cText MEMO SIZE 200,100 OF ::oFolder:aDialogs[2] PIXEL
	::AddPage("More", {|o| o:SetText("x") })
Return Self

Method Show() Class TForm04
	ACTIVATE MSDIALOG ::oDlg CENTERED
Return

Method AddPage(cName, bBuild) Class TForm04
	aAdd(::aPages, {cName, bBuild})
	If ValType(bBuild) == "B"
		Eval(bBuild, Self:oDlg)
	EndIf
Return Len(::aPages)
