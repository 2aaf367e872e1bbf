#include "totvs.ch"

Function wms_v1_sizes()
_ADVPL_create_rest_logix_routes()
Return

Function sizes_one(oRequest)
Return ""

Function sizes_all(oRequest)
Return ""
