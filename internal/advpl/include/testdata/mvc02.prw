#INCLUDE "PROTHEUS.CH"
#INCLUDE "FWMVCDEF.CH"
#INCLUDE "FWMBROWSE.CH"

PUBLISH MODEL REST NAME MVC02 SOURCE MVC02

//-------------------------------------------------------------------
/*/{Protheus.doc} MVC02
Master and detail
/*/
//-------------------------------------------------------------------
User Function MVC02()
Local oBrowse

oBrowse := FWMBrowse():New()
oBrowse:SetAlias('ZZ2')
oBrowse:SetMenuDef('MVC02')
oBrowse:Activate()

Return NIL

Static Function MenuDef()
Return FWMVCMenu("MVC02")

Static Function ModelDef()
Local oStruM := FWFormStruct( 1, 'ZZ2', /*bAvalCampo*/, /*lViewUsado*/ )
Local oStruD := FWFormStruct( 1, 'ZZ3', {|cField| AllTrim(cField) $ "ZZ3_ITEM|ZZ3_PROD|ZZ3_QTD"} )
Local aRel   := {}
Local oModel

oStruD:AddField( ;
	AllTrim( 'Mark'  )             , ;      // [01] C Title
	AllTrim( 'Mark it' )           , ;      // [02] C ToolTip
	'ZZ3_MARK'                     , ;      // [03] C id
	'L'                            , ;      // [04] C Type
	1                              , ;      // [05] N Size
	0                              , ;      // [06] N Decimals
	NIL                            , ;      // [07] B Valid
	NIL                            , ;      // [08] B When
	NIL                            , ;      // [09] A Values
	NIL                            , ;      // [10] L Needed
	FwBuildFeature( STRUCT_FEATURE_INIPAD, ".F."), ; // [11] B Init
	NIL                            , ;      // [12] L Key
	NIL                            , ;      // [13] L No update
	.T.                            )        // [14] L Virtual

oStruD:AddTrigger('ZZ3_PROD', 'ZZ3_QTD', {|| .T.}, {|oGrid| Init(oGrid)})

oModel := MPFormModel():New( 'MVC02M',,{ | oM | Pos( oM ) } )
oModel:AddFields( 'ZZ2MASTER', NIL, oStruM )
oModel:AddGrid( 'ZZ3DETAIL', 'ZZ2MASTER', oStruD, /*bLinePre*/, { |oG,nL| LinePos(oG,nL) } )
aAdd(aRel, {'ZZ3_FILIAL', "xFilial('ZZ3')"})
aAdd(aRel, {'ZZ3_COD', 'ZZ2_COD'})
oModel:SetRelation( 'ZZ3DETAIL', aRel, ZZ3->( IndexKey( 1 ) ) )
oModel:GetModel( 'ZZ3DETAIL' ):SetUniqueLine( { 'ZZ3_PROD' } )
oModel:AddCalc( 'TOTALS', 'ZZ2MASTER', 'ZZ3DETAIL', 'ZZ3_QTD', 'TOT_QTD', 'SUM', { | oFW | .T. },,'Total' )

Return oModel

Static Function ViewDef()
Local oView := FWFormView():New()
oView:SetModel( FWLoadModel( 'MVC02' ) )
oView:AddField( 'V_M', FWFormStruct( 2, 'ZZ2' ), 'ZZ2MASTER' )
oView:AddGrid(  'V_D', FWFormStruct( 2, 'ZZ3' ), 'ZZ3DETAIL' )
oView:CreateHorizontalBox( 'UP'  , 30 )
oView:CreateHorizontalBox( 'DOWN', 70 )
oView:SetOwnerView( 'V_M', 'UP' )
oView:SetOwnerView( 'V_D', 'DOWN' )
oView:AddIncrementField( 'V_D', 'ZZ3_ITEM' )
oView:AddUserButton( 'Load', 'CLIPS', { |oV| Load( oV ) } )
Return oView

Static Function Pos( oModel )
Local oGrid  := oModel:GetModel( 'ZZ3DETAIL' )
Local aLines := FWSaveRows()
Local nI, nTotal := 0
For nI := 1 To oGrid:Length()
	oGrid:GoLine( nI )
	If !oGrid:IsDeleted( nI )
		nTotal += oGrid:GetValue( 'ZZ3_QTD' )
	EndIf
Next nI
FWRestRows( aLines )
Return nTotal > 0

Static Function LinePos( oGrid, nLine )
Return !Empty( oGrid:GetValue( 'ZZ3_PROD', nLine ) )

Static Function Init( oGrid )
Return 1

Static Function Load( oView )
oView:Refresh()
Return
