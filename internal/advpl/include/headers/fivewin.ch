// The same as protheus.ch.
#include "protheus.ch"
