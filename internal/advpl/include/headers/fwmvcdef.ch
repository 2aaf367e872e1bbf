// Constants and commands of models and views.
#ifndef __FWMVCDEF_CH
#define __FWMVCDEF_CH

// Operations of a model.
#define MODEL_OPERATION_VIEW        1
#define MODEL_OPERATION_INSERT      3
#define MODEL_OPERATION_UPDATE      4
#define MODEL_OPERATION_DELETE      5
#define MODEL_OPERATION_ONLYUPDATE  6
#define MODEL_OPERATION_IMPR        8
#define MODEL_OPERATION_COPY        9

#define OP_PESQUISAR   0
#define OP_VISUALIZAR  1
#define OP_INCLUIR     3
#define OP_ALTERAR     4
#define OP_EXCLUIR     5
#define OP_IMPRIMIR    8
#define OP_COPIA       9

// Kinds of structures of FWFormStruct().
#define MVC_MODEL_STRUCT  1
#define MVC_VIEW_STRUCT   2

// Elements of a field of a model's structure.
#define MODEL_FIELD_TITULO    1
#define MODEL_FIELD_TOOLTIP   2
#define MODEL_FIELD_IDFIELD   3
#define MODEL_FIELD_TIPO      4
#define MODEL_FIELD_TAMANHO   5
#define MODEL_FIELD_DECIMAL   6
#define MODEL_FIELD_VALID     7
#define MODEL_FIELD_WHEN      8
#define MODEL_FIELD_VALUES    9
#define MODEL_FIELD_OBRIGAT  10
#define MODEL_FIELD_INIT     11
#define MODEL_FIELD_KEY      12
#define MODEL_FIELD_NOUPD    13
#define MODEL_FIELD_VIRTUAL  14

// Elements of a field of a view's structure.
#define MVC_VIEW_IDFIELD        1
#define MVC_VIEW_ORDEM          2
#define MVC_VIEW_TITULO         3
#define MVC_VIEW_DESCR          4
#define MVC_VIEW_HELP           5
#define MVC_VIEW_TYPE           6
#define MVC_VIEW_PICT           7
#define MVC_VIEW_PVAR           8
#define MVC_VIEW_LOOKUP         9
#define MVC_VIEW_CANCHANGE     10
#define MVC_VIEW_FOLDER_NUMBER 11
#define MVC_VIEW_GROUP_NUMBER  12
#define MVC_VIEW_COMBOBOX      13
#define MVC_VIEW_MAXTAMCMB     14
#define MVC_VIEW_INIBROW       15
#define MVC_VIEW_VIRTUAL       16
#define MVC_VIEW_PICTVAR       17
#define MVC_VIEW_INSERTLINE    18
#define MVC_VIEW_WIDTH         19

// Elements of a trigger made by FwStruTrigger().
#define MODEL_TRIGGER_IDFIELD        1
#define MODEL_TRIGGER_TARGETIDFIELD  2
#define MODEL_TRIGGER_PRE            3
#define MODEL_TRIGGER_SETVALUE       4

// Elements of the error of a model.
#define MODEL_MSGERR_IDFORM       1
#define MODEL_MSGERR_IDFIELD      2
#define MODEL_MSGERR_IDFORMERR    3
#define MODEL_MSGERR_IDFIELDERR   4
#define MODEL_MSGERR_ID           5
#define MODEL_MSGERR_MESSAGE      6
#define MODEL_MSGERR_SOLUCTION    7
#define MODEL_MSGERR_VALUE        8
#define MODEL_MSGERR_OLDVALUE     9

// Elements of a relation's key and kinds of forms.
#define MODEL_RELATION_FIELD  1
#define MODEL_RELATION_KEY    2

#define FORMSTRUFIELD      1
#define FORMSTRUTRIGGER    2
#define FORMSTRUGROUP      3
#define FORMSTRUFOLDER     4

#define MODEL_RULE_FIELD   1
#define MODEL_RULE_CHECK   2

#define STRUCT_FEATURE_TYPE         1
#define STRUCT_FEATURE_INIPAD       2
#define STRUCT_FEATURE_PICTVAR      3
#define STRUCT_FEATURE_LOOKUP       4
#define STRUCT_FEATURE_WHEN         5
#define STRUCT_FEATURE_VALID        6

#define VIEWS_VIEW     1
#define VIEWS_RELATION 2

#define FWMVC_XALT1    1

// Menus of a browse.
#xcommand ADD OPTION <a> [TITLE <title>] [ACTION <act>] [OPERATION <op>] [ACCESS <acc>] [<dis: DISABLE MENU>] [HIDE <hide>] [ID <id>] ;
   => AAdd( <a>, { <title>, <act>, 0, <op>, <acc>, <.dis.>, <hide>, <id> } )

// A model that other programs may use over REST: a function that says so.
#xcommand PUBLISH MODEL REST NAME <name> [SOURCE <src>] [RESOURCE OBJECT <obj>] ;
   => Function __PublishModel<name>() ; Return { <(name)>, <(src)>, <(obj)> }

// A whole model in one command.
#xcommand NEW MODEL TYPE <type> DESCRIPTION <desc> BROWSE <brw> SOURCE <src> MODELID <id> [FILTER <filter>] [CANACTIVE <can>] [PRIMARYKEY <key>] MASTER <master> [HEADER <header>] [DETAIL <detail>] [BEFORE <before>] [AFTER <after>] [COMMIT <commit>] [CANCEL <cancel>] ;
      [RELATION <rel>] [UNIQUELINE <uniq>] [ORDERKEY <order>] [BEFORELINE <bline>] [AFTERLINE <aline>] [AUTOINCREMENT <auto>] ;
   => <brw> := FWNewModel( <type>, <desc>, <src>, <id>, <filter>, <can>, <key>, <master>, <header>, <detail>, <before>, <after>, <commit>, <cancel>, <rel>, <uniq>, <order>, <bline>, <aline>, <auto> )

#endif
