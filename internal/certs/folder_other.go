//go:build !unix

package certs

import (
	"io/fs"
	"os"
)

// openNonBlock is a flag for opening what may be a pipe. There are none in
// folders here.
const openNonBlock = 0

// owner is whom a new file is given to. Access lists, which new files inherit,
// take its place here.
type owner struct{}

func ownerToBe(fs.FileInfo) owner { return owner{} }

func (owner) give(*os.File) error { return nil }

func othersMayWrite(fs.FileInfo) bool { return false }

func checkLink(string, fs.FileInfo) error { return nil }

// sync does nothing: folders cannot be flushed here.
func (*folder) sync() error { return nil }
