// The same as msobject.ch.
#include "msobject.ch"
