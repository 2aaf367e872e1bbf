package certs

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

const clockHint = "check the clock of this machine"

// localNames are those of findings on the local pair: no key of the
// configuration is at fault.
var localNames = Names{}

// Local is an authority on this machine, for the certificate of this server
// alone, with that certificate. It lives in one folder; that and the
// names and addresses of the machine are all that it looks at.
//
// Files are replaced in one step each, in an order that leaves a state that can
// be used whenever the process ends; what is missing then, RenewIfDue completes.
// Whoever changes files has the file "lock" in the folder locked from before it
// reads what it goes by, so that several processes may work there. Reading the
// pair needs no lock.
//
// Methods are safe for concurrent use.
type Local struct {
	// Command creates here, in hints: a command line to which options can be
	// added; "" = appserver certs create. It is not changed after the first call.
	Command string

	dir     string
	machine machine
	now     func() time.Time // for AuthorityPEM and Create

	mu   sync.Mutex // held while files are changed
	seen []string   // this machine's hosts at the last look of RenewIfDue; nil: there was none
}

// OpenLocal returns the authority in the folder dir. It touches nothing: there
// need not be one.
func OpenLocal(dir string) *Local {
	return &Local{dir: dir, machine: thisMachine(), now: time.Now}
}

func (l *Local) command() string { return cmp.Or(l.Command, "appserver certs create") }

func (l *Local) createHint() string { return "make a new certificate: " + l.command() }

func (l *Local) newAuthorityHint() string {
	return "make a new authority, which stations then have to install: " + l.command() + " --new-authority"
}

// enterable returns a fault if this user may not look into the folder: then
// nobody can tell what is in it.
func (l *Local) enterable() error {
	if _, err := os.Lstat(l.path(serverFile)); !errors.Is(err, fs.ErrPermission) {
		return nil
	}
	return localNames.fault("", "run this as the user that the server runs as, or as root; that user must be able to enter the folder",
		"this user may not look into the data folder, where a certificate may have been made (%s)", l.dir)
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
	// addresses; at most 100. If there are none, they are those of this
	// machine, looked up again at each renewal.
	Hosts []string

	// NewAuthority makes a new authority even if there is one, without overlap:
	// nothing of the old is kept, as after its key was lost or stolen. Stations
	// have to install the new one before they trust the server again.
	NewAuthority bool

	// Replaced, if not nil, is called with the path of the file in which the
	// certificates of the authority before are kept, without its key, if
	// NewAuthority has replaced one that has not expired: stations go on trusting
	// it until they are told not to.
	Replaced func(file string)

	Now time.Time // zero = the present
}

// Create issues a certificate for the hosts, from the authority in the folder,
// which is made if there is none or if it has expired; but if its file alone is
// missing, Create refuses. The folder is made, open to its owner alone. An
// administrator may create in the folder of another user: the files then belong
// to the folder's owner.
//
// The authority is an ECDSA P-256 key for ten years, the certificate one for 90
// days. The error is a [*Fault] if it is one of the options, or an authority
// that cannot be used, or if another process has had the folder locked for ten
// seconds.
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
	hosts, err := l.wanted(f, requested, l.look(context.Background()))
	if err != nil {
		return nil, err
	}
	unlock, err := f.lock(context.Background())
	if err != nil {
		return nil, err
	}
	defer unlock()
	a, err := l.issuer(f, o)
	if err != nil {
		return nil, err
	}
	if o.NewAuthority {
		file, err := l.keepReplaced(f, a, o.Now)
		if err != nil {
			return nil, err
		}
		if file != "" && o.Replaced != nil {
			defer o.Replaced(file)
		}
	}
	// The authority first: without it, the other files tell that it is lost.
	if err := a.store(f); err != nil {
		return nil, err
	}
	if err := f.write(hostsFile, encodeHosts(requested), 0o644); err != nil {
		return nil, err
	}
	return l.write(f, a, hosts, o.Now)
}

// issuer returns the authority that Create issues from. It makes no other one
// because the file is missing that stations trust the authority of.
func (l *Local) issuer(f *folder, o LocalOptions) (*authority, error) {
	if o.NewAuthority {
		return l.usable(nil, o.Now)
	}
	left := f.first(serverFile, rootsFile, hostsFile) // before the authority, which is written first
	a, err := l.authority(f)
	if err != nil {
		return nil, err
	}
	if a == nil && left != "" {
		return nil, localNames.fault("", "put the authority's file back, for instance from a backup; or "+l.newAuthorityHint(),
			"the authority's file %s is not there, but %s is: stations may trust the authority that was made here", l.path(authorityFile), left)
	}
	return l.usable(a, o.Now)
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
// stations are to trust. It is called with the folder locked.
func (l *Local) write(f *folder, a *authority, hosts []string, now time.Time) (*Pair, error) {
	acting := a.alone(now)
	leaf, key, err := acting.issue(hosts, now)
	if err != nil {
		return nil, err
	}
	server, err := encodeKey(key)
	if err != nil {
		return nil, err
	}
	for _, der := range append([][]byte{leaf.Raw}, acting.intermediates()...) {
		server = append(server, encodeCertificate(der)...)
	}
	if err := a.store(f); err != nil {
		return nil, err
	}
	if err := l.publish(f, acting); err != nil {
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
	if err := l.enterable(); err != nil {
		return nil, nil, err
	}
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
	first, _ := errors.AsType[*Fault](err)
	var out []error
	said := map[string]bool{} // certificate and key are one file, with one fault
	for _, f := range Faults(err) {
		if f.Hint = l.createHint(); !said[f.Message] {
			said[f.Message] = true
			out = append(out, &Fault{Finding: f, Clock: first.Clock})
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
