// Package deploy holds what an operating system needs to run the server: the
// systemd unit that the packages ship, and from which "appserver service install"
// makes the one that it writes.
package deploy

import (
	_ "embed"
	"strings"

	"appserver/configs"
)

//go:embed systemd/appserver.service
var unit string

//go:embed systemd/appserver.socket
var socket string

//go:embed sysusers/appserver.conf
var sysusers string

// Unit returns the text of appserver.service.
func Unit() string { return unit }

// Socket returns the text of appserver.socket.
func Socket() string { return socket }

// Sysusers returns the text of sysusers.d's appserver.conf.
func Sysusers() string { return sysusers }

// Config returns the default configuration for a server whose own folder is
// dataPath; below it are also the files of the sample environment.
func Config(dataPath string) []byte {
	return []byte(strings.NewReplacer(
		"\n;DataPath=\n", "\nDataPath="+dataPath+"\n",
		"\nRootPath=data/root\n", "\nRootPath="+dataPath+"/root\n",
	).Replace(string(configs.Default())))
}
