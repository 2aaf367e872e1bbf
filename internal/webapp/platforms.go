package webapp

// platforms returns what to do on each system. The bundled authority vouches
// for localhost alone, so it is of no use on phones and tablets.
func platforms(t *texts, origin string) []platform {
	list := []platform{
		{"Windows", t.StepsWindows[:], t.TrustCommand, []string{
			"certutil -addstore -f Root " + caFileName,
		}},
		{"macOS", t.StepsMacOS[:], t.TrustCommand, []string{
			"sudo security add-trusted-cert -d -r trustRoot -k /Library/Keychains/System.keychain " + caFileName,
		}},
		{"Linux", t.StepsLinux[:], "", []string{
			"# Debian, Ubuntu",
			"sudo cp " + caFileName + " /usr/local/share/ca-certificates/ && sudo update-ca-certificates",
			"# Fedora, Red Hat, Oracle Linux",
			"sudo cp " + caFileName + " /etc/pki/ca-trust/source/anchors/ && sudo update-ca-trust",
			"# Chrome, Chromium",
			`certutil -d "sql:$HOME/.pki/nssdb" -A -t C,, -n appserver -i ` + caFileName,
		}},
		{"Firefox", t.StepsFirefox[:], "", nil},
	}
	if origin == "bundled" {
		return list
	}
	return append(list,
		platform{"Android", t.StepsAndroid[:], "", nil},
		platform{"iPhone, iPad", t.StepsIOS[:], "", nil})
}
