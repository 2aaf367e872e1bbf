#ifndef GUARDED
#define GUARDED
#include "guarded.ch"
#xcommand GUARD <x> => Guarded(<x>)
inHeader()
#endif
