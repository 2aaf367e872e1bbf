#include "self.ch"
self()
