// Commands of the framework's browses and models.
#include "fwbrowse.ch"
