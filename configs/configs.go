// Package configs holds the configuration for the first run. It is embedded, so
// that the program started in an empty folder works.
package configs

import _ "embed"

//go:embed appserver.ini
var appserver string

// Default returns a copy of the bytes of appserver.ini.
func Default() []byte { return []byte(appserver) }
