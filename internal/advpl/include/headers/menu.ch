// The same as ptmenu.ch.
#include "ptmenu.ch"
