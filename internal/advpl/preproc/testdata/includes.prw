#include "guarded.ch"
#Include 'GUARDED.CH'
# include <guarded.ch>
GUARD 1
