// The same as dialog.ch.
#include "dialog.ch"
