package certs

import (
	"errors"
	"io/fs"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

const (
	createHint       = "make a new certificate: appserver certs create"
	newAuthorityHint = "make a new authority, which stations then have to install: appserver certs create --new-authority"
	clockHint        = "check the clock of this machine"
)

// localNames are those of findings on the local pair: no key of the
// configuration is at fault.
var localNames = Names{}

// Local is an authority on this machine, for the certificate of this server
// alone, with that certificate. It lives in one folder; [MachineHosts] and the
// folder are all that it looks at.
//
// Files are replaced in one step each, in an order that leaves a state that can
// be used whenever the process ends; what is missing then, RenewIfDue completes.
// Several processes may work in the folder without a lock: the last one wins. If
// one of them makes an authority while another issues a certificate, RenewIfDue
// notices that the two do not match, and issues one anew.
//
// Methods are safe for concurrent use.
type Local struct {
	dir     string
	machine machine
	now     func() time.Time // for AuthorityPEM and Create

	mu sync.Mutex // held while files are changed
}

// OpenLocal returns the authority in the folder dir. It touches nothing: there
// need not be one.
func OpenLocal(dir string) *Local {
	return &Local{dir: dir, machine: thisMachine(), now: time.Now}
}

// Exists reports whether a pair was created here. That it can be used is not
// said; if the folder cannot be searched, the answer is true.
func (l *Local) Exists() bool {
	return present(l.path(serverFile)) || present(l.path(authorityFile))
}

func (l *Local) path(name string) string { return filepath.Join(l.dir, name) }

// LocalOptions say what [Local.Create] makes.
type LocalOptions struct {
	// Hosts are DNS names in ASCII, of which the first label may be *, and IP
	// addresses; at most 100. If there are none, they are those of MachineHosts,
	// looked up again at each renewal.
	Hosts []string

	// NewAuthority makes a new authority even if there is one, without overlap:
	// nothing of the old is kept, as after its key was lost or stolen. Stations
	// have to install the new one before they trust the server again.
	NewAuthority bool

	Now time.Time // zero = the present
}

// Create issues a certificate for the hosts, from the authority in the folder,
// which is made if there is none or if it has expired. The folder is made, open
// to its owner alone. An administrator may create in the folder of another user:
// the files then belong to the folder's owner.
//
// The authority is an ECDSA P-256 key for ten years, the certificate one for 90
// days. The error is a [*Fault] if it is one of the options, or an authority
// that cannot be used.
func (l *Local) Create(o LocalOptions) (*Pair, error) {
	if o.Now.IsZero() {
		o.Now = l.now()
	}
	requested, err := parseHosts(o.Hosts)
	if err != nil {
		return nil, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	f, err := openFolder(l.dir)
	if err != nil {
		return nil, err
	}
	defer f.close()
	var a *authority
	if !o.NewAuthority {
		if a, err = l.authority(f); err != nil {
			return nil, err
		}
	}
	if a, err = l.usable(a, o.Now); err != nil {
		return nil, err
	}
	hosts, err := l.wanted(f, requested)
	if err != nil {
		return nil, err
	}
	if err := f.write(hostsFile, encodeHosts(requested), 0o644); err != nil {
		return nil, err
	}
	return l.write(f, a, hosts, o.Now)
}

// hostname returns the machine's name for the authority's, "" if it has none.
func (l *Local) hostname() string {
	name, err := l.machine.hostname()
	name, _, _ = strings.Cut(strings.ToLower(name), ".")
	if err != nil || !validHostName(name) {
		return ""
	}
	return name
}

// write issues a certificate and replaces the files, and returns the new pair.
// The order matters: with the new authority and the old certificate there, the
// next RenewIfDue issues a new one; the other way round nothing could tell what
// stations are to trust.
func (l *Local) write(f *folder, a *authority, hosts []string, now time.Time) (*Pair, error) {
	leaf, key, err := a.issue(hosts, now)
	if err != nil {
		return nil, err
	}
	own, err := a.encode()
	if err != nil {
		return nil, err
	}
	server, err := encodeKey(key)
	if err != nil {
		return nil, err
	}
	for _, der := range append([][]byte{leaf.Raw}, a.intermediates()...) {
		server = append(server, encodeCertificate(der)...)
	}
	if err := f.write(authorityFile, own, 0o600); err != nil {
		return nil, err
	}
	if err := l.publish(f, a); err != nil {
		return nil, err
	}
	if err := f.write(serverFile, server, 0o600); err != nil {
		return nil, err
	}
	p, _, err := l.Load(now)
	return p, err
}

// Load returns the pair as it is in the folder, checked for use at now, with
// Origin [FromLocal]. It changes nothing.
func (l *Local) Load(now time.Time) (*Pair, []Finding, error) {
	server := Files{Cert: l.path(serverFile), Key: l.path(serverFile), Names: localNames}
	p, findings, err := server.load(now)
	for i := range findings {
		findings[i].Hint = "the server renews it on its own, and its log says why it could not"
	}
	if err != nil {
		return nil, findings, l.mendable(err)
	}
	p.Origin = FromLocal
	if p.CA, err = l.rootsAt(now); err != nil {
		for _, f := range Faults(err) {
			f.Level = Warning
			findings = append(findings, f)
		}
	}
	return p, findings, nil
}

// mendable gives the faults of a local pair the one hint that always mends; but
// for a file of another user, which is not to be replaced.
func (l *Local) mendable(err error) error {
	if _, _, cause := readFile(l.path(serverFile)); errors.Is(cause, fs.ErrPermission) {
		return err
	}
	var out []error
	said := map[string]bool{} // certificate and key are one file, with one fault
	for _, f := range Faults(err) {
		if f.Hint = createHint; !said[f.Message] {
			said[f.Message] = true
			out = append(out, &Fault{f})
		}
	}
	switch len(out) {
	case 0:
		return err
	case 1:
		return out[0]
	}
	return errors.Join(out...)
}
