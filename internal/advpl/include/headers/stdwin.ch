// The same as std.ch.
#include "std.ch"
