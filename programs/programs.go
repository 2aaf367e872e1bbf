// Package programs holds the sample programs of the default configuration. They are
// embedded, so that the server started in an empty folder has something to run.
package programs

import (
	"embed"
	"io/fs"
)

//go:embed *.prw *.tlpp
var files embed.FS

// Files returns the sources, all in one folder.
func Files() fs.FS { return files }
