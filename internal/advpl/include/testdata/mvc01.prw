#Include 'totvs.ch'
#Include 'FWMVCDef.ch'

Static cTitle := "Kinds of discs"

User Function MVC01()
	Local aArea   := GetArea()
	Local oBrowse := FWMBrowse():New()

	oBrowse:SetAlias("ZZ1")
	oBrowse:SetDescription(cTitle)
	oBrowse:AddLegend("ZZ1->ZZ1_ACTIVE == '1'", "GREEN", "Active")
	oBrowse:AddLegend("ZZ1->ZZ1_ACTIVE == '2'", "RED",   "Closed")
	oBrowse:SetFilterDefault("ZZ1->ZZ1_FILIAL == '" + xFilial("ZZ1") + "'")
	oBrowse:Activate()

	RestArea(aArea)
Return Nil

Static Function MenuDef()
	Local aRot := {}

	ADD OPTION aRot TITLE 'View'   ACTION 'VIEWDEF.MVC01' OPERATION MODEL_OPERATION_VIEW   ACCESS 0 //OPERATION 1
	ADD OPTION aRot TITLE 'Legend' ACTION 'u_MVC01Leg'    OPERATION 6                      ACCESS 0
	ADD OPTION aRot TITLE 'Add'    ACTION 'VIEWDEF.MVC01' OPERATION MODEL_OPERATION_INSERT ACCESS 0
	ADD OPTION aRot TITLE 'Change' ACTION 'VIEWDEF.MVC01' OPERATION MODEL_OPERATION_UPDATE ACCESS 0
	ADD OPTION aRot TITLE 'Remove' ACTION 'VIEWDEF.MVC01' OPERATION MODEL_OPERATION_DELETE ACCESS 0
Return aRot

Static Function ModelDef()
	Local oModel := Nil
	Local oStru  := FWFormStruct(1, "ZZ1")
	Local bPos   := {|oMdl| fCheck(oMdl)}

	oStru:SetProperty('ZZ1_COD',  MODEL_FIELD_WHEN,  FwBuildFeature(STRUCT_FEATURE_WHEN,   '.F.'))
	oStru:SetProperty('ZZ1_COD',  MODEL_FIELD_INIT,  FwBuildFeature(STRUCT_FEATURE_INIPAD, 'GetSXENum("ZZ1", "ZZ1_COD")'))
	oStru:SetProperty('ZZ1_DESC', MODEL_FIELD_VALID, {|| !Empty(M->ZZ1_DESC)})
	oStru:SetProperty('ZZ1_DESC', MODEL_FIELD_OBRIGAT, Iif(RetCodUsr() != '000000', .T., .F.))

	oModel := MPFormModel():New("MVC01M", /*bPre*/, bPos, /*bCommit*/, /*bCancel*/)
	oModel:AddFields("FORMZZ1", /*cOwner*/, oStru)
	oModel:SetPrimaryKey({'ZZ1_FILIAL', 'ZZ1_COD'})
	oModel:SetDescription(cTitle)
	oModel:GetModel("FORMZZ1"):SetDescription("Form of " + cTitle)
Return oModel

Static Function ViewDef()
	Local oModel := FWLoadModel("MVC01")
	Local oStru  := FWFormStruct(2, "ZZ1")
	Local oView  := FWFormView():New()

	oView:SetModel(oModel)
	oView:AddField("VIEW_ZZ1", oStru, "FORMZZ1")
	oView:CreateHorizontalBox("SCREEN", 100)
	oView:EnableTitleView('VIEW_ZZ1', 'Data')
	oView:SetCloseOnOk({|| .T.})
	oView:SetOwnerView("VIEW_ZZ1", "SCREEN")
Return oView

User Function MVC01Leg()
	Local aLegend := {}
	AAdd(aLegend, {"BR_VERDE",    "Active"})
	AAdd(aLegend, {"BR_VERMELHO", "Closed"})
	BrwLegenda(cTitle, "Status", aLegend)
Return

Static Function fCheck(oMdl)
	Local nOpc := oMdl:GetOperation()
	Local lRet := .T.
	If nOpc == MODEL_OPERATION_INSERT .Or. nOpc == MODEL_OPERATION_UPDATE
		If Empty(oMdl:GetValue("FORMZZ1", "ZZ1_DESC"))
			Help(, , "Help", , "No description", 1, 0, , , , , , {"Inform it"})
			lRet := .F.
		EndIf
	EndIf
Return lRet
