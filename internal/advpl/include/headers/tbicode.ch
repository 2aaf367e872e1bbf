// The same as tbiconn.ch.
#include "tbiconn.ch"
