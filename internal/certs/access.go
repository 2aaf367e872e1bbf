package certs

import (
	"fmt"
	"os"
	"path/filepath"
)

// credentialsVariable names the folder in which systemd puts a service's
// credentials (systemd.exec(5), LoadCredential=).
const credentialsVariable = "CREDENTIALS_DIRECTORY"

// keyFile is what decides who can read a private key.
type keyFile struct {
	path  string
	mode  os.FileMode // permission bits
	owner int         // number of the user; -1 if it is not known
}

// readableByOthers reports whether others than its server can read the key. The
// rule is PostgreSQL's: the key's owner alone may have access; but if that is
// root, so may read its group, which is how a server that does not run as root
// gets at a key that it cannot change. The same holds for files in credentials,
// systemd's folder, which it shows to that service only; "" is none.
func (k keyFile) readableByOthers(credentials string) bool {
	if k.owner == 0 || inFolder(credentials, k.path) {
		return exposed(k.mode &^ 0o040)
	}
	return exposed(k.mode)
}

// mend says what to do about a key that others can read.
func (k keyFile) mend() string {
	if k.owner == 0 {
		return fmt.Sprintf("chmod 600 %s; or, if the server runs as another user than root, chmod 640 and chgrp it to a group of that user alone", k.path)
	}
	return "chmod 600 " + k.path
}

// inFolder reports whether path leads to something below folder.
func inFolder(folder, path string) bool {
	if !filepath.IsAbs(folder) {
		return false
	}
	folder, err := filepath.EvalSymlinks(folder)
	if err != nil {
		return false
	}
	if path, err = filepath.EvalSymlinks(path); err != nil {
		return false
	}
	if path, err = filepath.Abs(path); err != nil {
		return false
	}
	rel, err := filepath.Rel(folder, path)
	return err == nil && rel != "." && filepath.IsLocal(rel)
}
