package certs

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func openssl(t *testing.T, args ...string) {
	t.Helper()
	if out, err := exec.CommandContext(t.Context(), "openssl", args...).CombinedOutput(); err != nil {
		t.Fatalf("openssl %v: %v\n%s", args, err, out)
	}
}

// obey runs the command in a hint with the pass phrase and returns the file that
// it writes.
func obey(t *testing.T, hint string) string {
	t.Helper()
	_, command, ok := strings.Cut(hint, ": ")
	command, _, _ = strings.Cut(command, " (")
	args := strings.Fields(command)
	if !ok || len(args) < 2 || args[0] != "openssl" {
		t.Fatalf("hint %q has no command of openssl", hint)
	}
	out := filepath.Join(t.TempDir(), "out.pem")
	args[slices.Index(args, "FILE")] = out
	args = append(args, "-passin", "pass:"+secret)
	if args[1] == "pkcs8" {
		args = append(args, "-passout", "pass:"+secret)
	}
	openssl(t, args[1:]...)
	return out
}

// TestOpenSSLPKCS12 reads what openssl here writes. What is not supported is so
// once the command in the message was run.
func TestOpenSSLPKCS12(t *testing.T) {
	requireTool(t, "openssl")
	root, mid, leaf := newChain()
	f := pairFiles(t, leaf)
	chain := write(t, t.TempDir(), "chain.pem", certPEM(mid, root))
	tests := []struct {
		args []string
		err  string
	}{
		{nil, ""},
		{[]string{"-legacy"}, ""},
		{[]string{"-descert", "-legacy"}, ""},
		{[]string{"-certpbe", "PBE-SHA1-RC2-128", "-keypbe", "PBE-SHA1-RC2-128", "-legacy"}, ""},
		{[]string{"-certpbe", "aes-128-cbc", "-keypbe", "aes-192-cbc"}, ""},
		{[]string{"-certpbe", "NONE"}, ""},
		{[]string{"-keypbe", "NONE"}, ""},
		{[]string{"-keypbe", "NONE", "-certpbe", "NONE"}, ""},
		{[]string{"-macalg", "sha1"}, ""},
		{[]string{"-macalg", "sha224"}, ""},
		{[]string{"-macalg", "sha384"}, ""},
		{[]string{"-macalg", "sha512"}, ""},
		{[]string{"-nomac"}, ""},
		{[]string{"-iter", "50000"}, ""},
		{[]string{"-certpbe", "camellia-128-cbc"}, "the cipher 1.2.392"},
		{[]string{"-keypbe", "des-ede3-cbc"}, "the cipher 1.2.840.113549.3.7"},
		{[]string{"-keypbe", "PBE-MD5-DES", "-legacy"}, "PBES1"},
		{[]string{"-macalg", "md5"}, "sealed with 1.2.840.113549.2.5"},
	}
	for _, tt := range tests {
		file := filepath.Join(t.TempDir(), "pair.p12")
		openssl(t, append([]string{"pkcs12", "-export", "-in", f.Cert, "-inkey", f.Key, "-certfile", chain, "-out", file, "-passout", "pass:" + secret}, tt.args...)...)
		p, _, err := Files{Cert: file, PassPhrase: secret}.load(today)
		if !matches(err, tt.err) {
			t.Errorf("%v: load = %v; want %q", tt.args, err, tt.err)
			continue
		}
		if err != nil {
			hint := Faults(err)[0].Hint
			if slices.Contains(tt.args, "-legacy") {
				hint = strings.Replace(hint, " (with -legacy", " -legacy (", 1)
			}
			if p, _, err = (Files{Cert: obey(t, hint)}).load(today); err != nil {
				t.Errorf("%v: load after %s = %v", tt.args, hint, err)
				continue
			}
		}
		if !p.Certificate.Leaf.Equal(leaf.cert) || len(p.Certificate.Certificate) != 2 || string(p.CA) != string(certPEM(root)) {
			t.Errorf("%v: load = %+v; want leaf, intermediate and root", tt.args, p)
		}
	}
}

// TestPKCS12HintsWork does what messages say of the files in testdata.
func TestPKCS12HintsWork(t *testing.T) {
	requireTool(t, "openssl")
	for _, name := range []string{"ber", "camellia", "twokeys"} {
		file := write(t, t.TempDir(), name, testPKCS12(t, name))
		_, _, err := Files{Cert: file, PassPhrase: secret}.load(today)
		if len(Faults(err)) != 1 {
			t.Errorf("%s: load = %v; want a fault", name, err)
			continue
		}
		out := obey(t, Faults(err)[0].Hint)
		if name == "twokeys" { // which one stays is the operator's choice; the first is ours
			continue
		}
		if _, _, err := (Files{Cert: out}).load(today); err != nil {
			t.Errorf("%s: load after %s = %v", name, Faults(err)[0].Hint, err)
		}
	}
}

// TestOpenSSLOldKeys: the command that is shown for encryption of old works.
func TestOpenSSLOldKeys(t *testing.T) {
	requireTool(t, "openssl")
	p := (*party)(nil).issue("server", newKey(), nil)
	f := pairFiles(t, p)
	for _, scheme := range [][]string{
		{"-v1", "PBE-MD5-DES"}, {"-v1", "PBE-MD5-RC2-64"}, {"-v1", "PBE-SHA1-DES"}, {"-v1", "PBE-SHA1-RC2-64"},
		{"-v1", "PBE-SHA1-RC4-128"}, {"-v1", "PBE-SHA1-3DES"}, {"-v1", "PBE-SHA1-RC2-40"}, {"-v2", "camellia-256-cbc"},
	} {
		old := filepath.Join(t.TempDir(), "old.pem")
		openssl(t, append([]string{"pkcs8", "-topk8", "-in", f.Key, "-out", old, "-passout", "pass:" + secret, "-provider", "legacy", "-provider", "default"}, scheme...)...)
		_, _, err := Files{Cert: f.Cert, Key: old, PassPhrase: secret}.load(today)
		if !matches(err, "which is not supported|openssl pkcs8") {
			t.Errorf("%v: load = %v; want the command that converts it", scheme, err)
			continue
		}
		converted := obey(t, Faults(err)[0].Hint)
		if _, _, err := (Files{Cert: f.Cert, Key: converted, PassPhrase: secret}).load(today); err != nil {
			t.Errorf("%v: load after %s = %v", scheme, Faults(err)[0].Hint, err)
		}
	}
}

// TestOpenSSLDER: so do those for certificates and keys without PEM.
func TestOpenSSLDER(t *testing.T) {
	requireTool(t, "openssl")
	p := (*party)(nil).issue("server", newKey(), nil)
	f := pairFiles(t, p)
	dir := t.TempDir()
	cert, key := write(t, dir, "cert.der", p.cert.Raw), filepath.Join(dir, "key.der")
	openssl(t, "pkey", "-in", f.Key, "-outform", "DER", "-out", key)
	_, _, err := Files{Cert: cert, Key: f.Key}.load(today)
	if !matches(err, "is in DER") {
		t.Fatalf("load of a certificate in DER = %v", err)
	}
	f.Cert = obey(t, Faults(err)[0].Hint)
	if _, _, err = (Files{Cert: f.Cert, Key: key}).load(today); !matches(err, "is in DER") {
		t.Fatalf("load of a key in DER = %v", err)
	}
	f.Key = obey(t, Faults(err)[0].Hint)
	if fi := must(os.Stat(f.Key)); fi.Mode().Perm()&0o077 != 0 {
		t.Errorf("openssl wrote the key with mode %04o", fi.Mode().Perm())
	}
	if _, _, err := f.load(today); err != nil {
		t.Errorf("load of what was converted = %v", err)
	}
}
