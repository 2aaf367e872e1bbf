// How ShellExecute shows a window.
#include "winapi.ch"
