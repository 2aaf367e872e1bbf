package main

import (
	"cmp"
	"fmt"
	"strings"
)

// otherStores says how programs with stores of their own, and other machines,
// come to trust what s does now.
func otherStores(s trustStore, c choice) string {
	system, isSystem := s.(systemStore)
	file := cmp.Or(sharedFile(c, isSystem), localCA)
	name := storeName(c.list[0])
	var b strings.Builder
	section := func(title string, lines ...[2]string) {
		fmt.Fprintf(&b, "\n%s\n", title)
		for _, l := range lines {
			fmt.Fprintf(&b, "  %s:\n    %s\n", l[0], l[1])
		}
	}
	section("Restart programs that run. These have stores of their own"+whereFile(c, file)+":",
		[2]string{"Chromium, Chrome on Linux", fmt.Sprintf("as each user: %s; or certutil -d sql:$HOME/.pki/nssdb -A -t C,, -n %s -i %s",
			commandLine(nil, "certs", "trust", "--nss", "--file", file), name, shellQuote(file))},
		[2]string{"Firefox on Linux", "the same; or Settings, Privacy & Security, View Certificates, Authorities, Import"},
		[2]string{"Firefox on Windows, macOS", "takes it from the system's trustStore since version 120"},
		javaAdvice(isSystem && system.java.has(c.list[0]), system.java, name, file))
	section("Other machines, with a copy of the file named "+localCA+downloadAt(c)+":",
		[2]string{"Windows", "as administrator: certutil -addstore -f ROOT " + localCA},
		[2]string{"Mac", "sudo security add-trusted-cert -d -k /Library/Keychains/System.keychain " + localCA},
		[2]string{"Linux", "with this program, as root: appserver certs trust --file " + localCA + "; without: Debian: copy it to /usr/local/share/ca-certificates and run update-ca-certificates; Red Hat: to /etc/pki/ca-trust/source/anchors and update-ca-trust"},
		[2]string{"Android", "Settings, search for \"CA certificate\", install; enough for Chrome, not for most apps"},
		[2]string{"iPhone, iPad", "install the profile (Settings, Profile Downloaded), and then switch full trust on: Settings, General, About, Certificate Trust Settings"})
	if !isSystem {
		fmt.Fprintf(&b, "\nThe system's own store is another: %s\n", c.again(rootCommandLine, trust))
	}
	return b.String()
}

// javaAdvice says how Java comes to trust the file, as alias name. Taken tells
// that the Java of this system does already.
func javaAdvice(taken bool, j javaStore, name, file string) [2]string {
	command := fmt.Sprintf("keytool -importcert -noprompt -cacerts -storepass changeit -alias %s -file %s (changeit is the usual password)", name, shellQuote(file))
	if taken {
		return [2]string{"Java", fmt.Sprintf("that of this system (%s) trusts it now; every other Java: %s", j.file, command)}
	}
	return [2]string{"Java", "for each Java: " + command}
}

// sharedFile returns a file with what c holds, preferably one that every user of
// this machine can read; "" if there is none. Installed says that the system has
// installed it.
func sharedFile(c choice, installed bool) string {
	if len(c.list) == 1 && !readableByAll(c.file) && installed {
		if file := anchor(c.list[0]); readableByAll(file) {
			return file
		}
	}
	return c.file
}

// whereFile says where users get the file that commands name, if they cannot
// read it.
func whereFile(c choice, file string) string {
	if readableByAll(file) {
		return ""
	}
	text := "; users who cannot read " + file + " need a copy of it"
	if file == localCA {
		text = "; " + localCA + " is the authority's certificate"
	}
	return text + downloadAt(c)
}

// downloadAt says where the server offers the file.
func downloadAt(c choice) string {
	if c.page == "" {
		return ""
	}
	return fmt.Sprintf(" (a running server offers it at %s/ca.crt)", c.page)
}
