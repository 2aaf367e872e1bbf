package main

import "os"

// socketKind is not used: no service manager of Windows hands sockets over.
func socketKind(*os.File) (kind string, ok bool) { return "no socket", false }
