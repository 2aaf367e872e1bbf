// Browses over a table with its menu.
#include "fwbrowse.ch"
#include "fwmvcdef.ch"
