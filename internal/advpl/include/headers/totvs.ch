// The header of AdvPL programs: the same as protheus.ch.
#include "protheus.ch"
