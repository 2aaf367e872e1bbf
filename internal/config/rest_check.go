package config

import (
	"encoding/json"
	"fmt"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// tlsNames are names of keys that differ from one kind of listener to the other.
type tlsNames struct{ certificate, key, passPhrase, ips string }

// readTLS returns what the section of a listener says of TLS, nil if it has none.
func (r *restReader) readTLS(s *section, k *tlsKeys, names tlsNames) *RESTTLS {
	versions, named := k.versions()
	wanted := k.certificate != "" || len(versions) > 0 || k.tls1 != nil && *k.tls1 > 0
	r.checkOldSSL(s, k)
	switch {
	case k.key != "" && k.certificate == "":
		r.Report(Error, s.name, names.key, "a key without a certificate", "set "+names.certificate+" too")
	case k.checkClient && !wanted:
		r.Report(Error, s.name, "SSLCheckClientCert", "this listener has no TLS: no client would be asked for a certificate", "set "+names.certificate)
	case k.checkClient && r.MPP.ClientCA == "":
		r.Report(Error, s.name, "SSLCheckClientCert", "there is no authority to check certificates with", "set [MPP] ClientCA")
	case wanted && named && len(versions) == 0:
		r.Report(Error, s.name, names.certificate, "no version of TLS is on", "set TLS1_2=1 and TLS1_3=1")
	}
	if !wanted {
		return nil
	}
	t := &RESTTLS{
		Certificate: k.certificate, Key: k.key, PassPhrase: k.passPhrase, Versions: versions, ClientCert: "none",
		CertificateName: names.certificate, KeyName: names.key, PassPhraseName: names.passPhrase,
	}
	if k.checkClient {
		t.ClientCert = "required"
	}
	return t
}

// versions returns the versions of TLS that are on, and whether any is named, be it as off.
func (k *tlsKeys) versions() (on []string, named bool) {
	on = k.method
	for i, v := range []*bool{k.tls10, k.tls11, k.tls12, k.tls13} {
		named = named || v != nil
		if v != nil && *v {
			on = append(on, "TLSv1."+strconv.Itoa(i))
		}
	}
	return on, named
}

// checkOldSSL says that versions which cannot be offered are not.
func (r *restReader) checkOldSSL(s *section, k *tlsKeys) {
	for _, old := range []struct {
		key string
		on  bool
	}{{"SSL2", k.ssl2}, {"SSL3", k.ssl3}} {
		if old.on {
			r.Report(Warning, s.name, old.key, "broken and not supported: it stays off", "remove the line")
		}
	}
}

// checkUnusedOnPort names what a section says of a listener that the multiprotocol port
// decides for itself.
func (r *restReader) checkUnusedOnPort(s *section, socket *restSocket, names tlsNames) {
	for _, k := range []struct {
		key string
		set bool
	}{
		{names.certificate, socket.tls.certificate != ""}, {names.key, socket.tls.key != ""}, {"SslMethod", len(socket.tls.method) > 0},
		{names.ips, len(socket.ips) > 0},
	} {
		if k.set {
			r.Report(Warning, s.name, k.key, "not used: this is served on the multiprotocol port, as [MPP] says", "give the section a port of its own, or remove the line")
		}
	}
	if socket.tls.checkClient && r.MPP.ClientAuth != "required" {
		r.Report(Error, s.name, "SSLCheckClientCert", "this is served on the multiprotocol port, and no client of that must show a certificate", "give the section a port of its own, or set [MPP] SSLClientAuth=required")
	}
}

// checkClearText says what it means that a listener has no TLS.
func (r *restReader) checkClearText(s *section, socket *restSocket, t *RESTTLS) {
	if t != nil || len(socket.ips) > 0 && !slices.ContainsFunc(socket.ips, func(ip string) bool { return !netip.MustParseAddr(ip).IsLoopback() }) {
		return
	}
	r.Report(Warning, s.name, "Port", "no TLS on this port: passwords and data cross the network in clear text",
		"set TLS1_2=1 and TLS1_3=1 (SslMethod=SSL/TLS in sections of TLPP) for the certificate of the multiprotocol port, or name another")
}

// checkMount looks at what opens a mount. The section may say so, or the one that names it.
func (r *restReader) checkMount(by string, m *RESTMount) {
	where := m.Section
	if r.table.get(where, "Security") == nil {
		where = by
	}
	if !m.Security {
		r.Report(Warning, where, "Security", "NOBODY IS ASKED WHO HE IS: whoever reaches the port can call every program that is served", "set it to 1")
	}
	if m.Security && slices.ContainsFunc(m.Public, func(p string) bool { return strings.Trim(p, "/*") == "" }) {
		r.Report(Warning, m.Section, "Public", "NOBODY IS ASKED WHO HE IS: everything is public", "name what is meant to be")
	}
	r.checkOrigins(r.table.section(m.Section), "AllowOrigin", "CORSCredentials", &m.CORS)
}

// checkBodies finds bounds of bodies that programs can never reach, since they read a body
// as one string.
func (r *restReader) checkBodies() {
	told := map[string]bool{}
	for _, l := range append([]RESTListener{r.port}, r.own...) {
		for _, m := range l.Mounts {
			section := m.Section
			if r.table.get(section, "MaxBody") == nil {
				section = "REST"
			}
			if r.table.get(section, "MaxBody") != nil && !told[fold(section)] {
				told[fold(section)] = r.checkBody(section, &m)
			}
		}
	}
}

// checkBody reports whether it had to complain about MaxBody of the section.
func (r *restReader) checkBody(section string, m *RESTMount) bool {
	i := slices.IndexFunc(r.Environments, func(e Environment) bool { return e.Name == m.Environment })
	if i < 0 || m.MaxBody <= int64(r.Environments[i].MaxStringSize)<<20 {
		return false
	}
	e := &r.Environments[i]
	r.Report(Warning, section, "MaxBody",
		fmt.Sprintf("bodies of more than %d MiB are refused all the same: a string of environment %s cannot be longer", e.MaxStringSize, e.Name),
		fmt.Sprintf("set MaxBody to %d at most, or MaxStringSize of the environment to %d", e.MaxStringSize, m.MaxBody>>20))
	return true
}

// checkOrigins looks at which pages may call.
func (r *restReader) checkOrigins(s *section, key, credentials string, cors *RESTCORS) {
	if s == nil {
		return
	}
	any := slices.Contains(cors.Origins, "*")
	switch v := s.get(key); {
	case !cors.Enable && len(cors.Origins) > 0:
		r.Report(Notice, s.name, key, "no effect: CORSEnable is 0", "set CORSEnable=1, or remove the line")
	case cors.Enable && len(cors.Origins) == 0 && (v == nil || !v.bad):
		r.Report(Warning, s.name, key, "pages of no other origin may call: none is named", "name their origins, or * for any")
	case cors.Enable && any && cors.Credentials:
		r.Report(Warning, s.name, key, "pages of every origin can call with the credentials that a browser keeps", "name the origins that are meant, or set "+credentials+"=0")
	}
	if any {
		cors.Origins = []string{"*"}
	}
}

// maxData is the largest file that TlppData and UserData can name, in bytes.
const maxData = 64 << 10

// authorize reads TlppData of a server: which function checks who calls.
func (r *restReader) authorize(s *section, server *restSocket) {
	v := s.get("TlppData")
	if v == nil || server.mount.TlppData == "" || v.bad {
		return
	}
	text, problem := r.dataText(v, server.mount.TlppData)
	var data struct {
		Authorization *struct{ Scheme, OnAuth string }
	}
	if problem == "" && json.Unmarshal([]byte(text), &data) != nil {
		problem = "is no JSON object, and no file with one"
	}
	if problem != "" {
		r.reportBad(v, problem, `{"Authorization":{"scheme":"basic","OnAuth":"U_MAY"}}, or the name of a file with it`)
		return
	}
	server.mount.TlppData = text
	if data.Authorization == nil {
		return
	}
	server.authorizes = true
	name, problem := parseFunction(data.Authorization.OnAuth)
	switch scheme := fold(data.Authorization.Scheme); {
	case scheme == "oauth2":
		server.mount.Security, server.mount.AllowBasic = true, false
		r.reportAt(v, Warning, "the scheme oAuth2 counts as Security=1 with AllowBasic=0: tokens are those of this server's users, and its functions are not called", "make users with appserver user add")
	case scheme != "basic":
		r.reportBad(v, "names no scheme of Authorization that is known", "basic or oAuth2")
	case problem != "" || name == "":
		r.reportBad(v, "does not name the function OnAuth", functionAllowed)
	default:
		server.mount.OnAuth = name
		r.requireAuth(s, server)
	}
}

// requireAuth makes OnAuth count.
func (r *restReader) requireAuth(s *section, server *restSocket) {
	if !server.mount.Security || !server.mount.AllowBasic {
		r.Report(Warning, s.name, "TlppData", "Security and AllowBasic count as 1: OnAuth checks names and passwords", "remove one or the other")
	}
	server.mount.Security, server.mount.AllowBasic = true, true
}

// dataOf returns what a key for programs holds: JSON, that of the file which it names, or
// else what is written.
func (r *restReader) dataOf(s *section, key, written string) string {
	if v := s.get(key); v != nil && written != "" {
		if text, problem := r.dataText(v, written); problem == "" {
			return text
		}
	}
	return written
}

// dataText returns what TlppData holds: the JSON itself, or that of the file that it names,
// beside the configuration or in the root folder of the environment of HTTP requests.
func (r *restReader) dataText(v *value, data string) (text, problem string) {
	if strings.HasPrefix(data, "{") || strings.HasPrefix(data, "[") {
		return data, ""
	}
	path, problem := r.resolve(v, data)
	if problem != "" {
		return "", problem
	}
	candidates := []string{path}
	for _, e := range r.Environments {
		if v.from != fromProgram && fold(e.Name) == fold(r.General.AppEnvironment) && e.RootPath != "" && filepath.IsLocal(data) {
			candidates = append(candidates, filepath.Join(e.RootPath, data))
		}
	}
	for _, name := range candidates {
		if text, ok := smallFile(name); ok {
			return text, ""
		}
	}
	return "", "is no JSON object, and no file of that name can be read"
}

// smallFile returns the text of a regular file of at most maxData bytes.
func smallFile(name string) (text string, ok bool) {
	info, err := os.Stat(name)
	if err != nil || !info.Mode().IsRegular() || info.Size() > maxData {
		return "", false
	}
	f, err := os.Open(name)
	if err != nil {
		return "", false
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxData))
	return strings.TrimPrefix(string(data), "\ufeff"), err == nil
}
