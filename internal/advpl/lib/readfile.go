package lib

import "appserver/internal/advpl/vm"

// ReadFile returns the content of the file that a program names, in cp1252, below the
// root path. The error is an *vm.Error if the thread may not have a string of that size or
// has to end, else that of the file system.
func ReadFile(t *vm.Thread, name string) (string, error) { return readFile(t, name) }
