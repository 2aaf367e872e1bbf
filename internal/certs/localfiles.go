package certs

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"sync"
	"time"
)

// The files of a local authority. Each that belongs together is one file, so
// that it is replaced in one step.
const (
	authorityFile = "ca.pem"     // private key and certificates of the authority, see authority.encode
	serverFile    = "server.pem" // private key, certificate, and in an overlap the cross certificate
	rootsFile     = "ca.crt"     // authority.roots of what acts, for whoever wants to copy it
	hostsFile     = "hosts"      // the hosts asked for, one a line; none: those of the machine
)

// store writes the authority's own file, unless it holds a already.
func (a *authority) store(f *folder) error {
	data, err := a.encode()
	if err != nil {
		return err
	}
	if have, mode, err := f.read(authorityFile); err == nil && !exposed(mode) && bytes.Equal(have, data) {
		return nil
	}
	return f.write(authorityFile, data, 0o600)
}

// published reports whether ca.crt is up to date with a, which acts.
func published(f *folder, a *authority) bool {
	have, _, err := f.read(rootsFile)
	return err == nil && bytes.Equal(have, a.roots())
}

// publish brings ca.crt up to date with a, which acts.
func (l *Local) publish(f *folder, a *authority) error {
	if published(f, a) {
		return nil
	}
	return f.write(rootsFile, a.roots(), 0o644)
}

// authority reads the authority; nil if there is none.
func (l *Local) authority(f *folder) (*authority, error) {
	data, mode, err := f.read(authorityFile)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return l.parse(data, mode)
}

func (l *Local) parse(data []byte, mode fs.FileMode) (*authority, error) {
	path := l.path(authorityFile)
	if exposed(mode) {
		return nil, localNames.fault("", "chmod 600 "+path+"; if somebody may have read it, "+l.newAuthorityHint(),
			"%s can be read by others (mode %04o), who could then pretend to be any server", path, mode)
	}
	a, err := parseAuthority(data)
	if err != nil {
		return nil, localNames.fault("", "put a copy of it back; or "+l.newAuthorityHint(), "%s is not usable: %v", path, err)
	}
	return a, nil
}

// lookup is what was found out about this machine.
type lookup struct {
	hosts  []string
	unsure bool // see machine.hosts
}

// look returns a function that looks this machine's hosts up, once: what it
// returned first it returns again. It may take seconds, so the first call is
// made without the folder's lock.
func (l *Local) look(ctx context.Context) func() (lookup, error) {
	return sync.OnceValues(func() (lookup, error) {
		hosts, unsure, err := l.machine.hosts(ctx)
		if err != nil {
			return lookup{}, fmt.Errorf("cannot list the addresses of this machine: %w", err)
		}
		return lookup{hosts, unsure}, nil
	})
}

// wanted returns the hosts of the next certificate: requested, or those of the
// machine. If DNS does not answer, the full name that the last one had stays.
func (l *Local) wanted(f *folder, requested []string, look func() (lookup, error)) ([]string, error) {
	if len(requested) > 0 {
		return requested, nil
	}
	found, err := look()
	if err != nil {
		return nil, err
	}
	hosts := found.hosts
	if name := l.hostname(); found.unsure && name != "" {
		hosts = append(lastNames(f, name+"."), hosts...)
	}
	return parseHosts(hosts[:min(maxHosts, len(hosts))])
}

// lastNames returns the DNS names in the present certificate that begin with
// prefix, as far as it can be read.
func lastNames(f *folder, prefix string) []string {
	data, _, err := f.read(serverFile)
	if err != nil {
		return nil
	}
	pair, err := tls.X509KeyPair(data, data)
	if err != nil {
		return nil
	}
	return slices.DeleteFunc(pair.Leaf.DNSNames, func(name string) bool { return !strings.HasPrefix(name, prefix) })
}

// requested reads the hosts that Create was given.
func (l *Local) requested(f *folder) ([]string, error) {
	data, _, err := f.read(hostsFile)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	hosts, err := parseHosts(decodeHosts(data))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", l.path(hostsFile), err)
	}
	return hosts, nil
}

func encodeHosts(hosts []string) []byte {
	out := []byte("# Hosts of the certificate in " + serverFile + ", one a line. None: those of this machine.\n")
	for _, h := range hosts {
		out = append(append(out, h...), '\n')
	}
	return out
}

func decodeHosts(data []byte) (hosts []string) {
	for line := range strings.Lines(string(data)) {
		line, _, _ = strings.Cut(line, "#")
		if line = strings.TrimSpace(line); line != "" {
			hosts = append(hosts, line)
		}
	}
	return hosts
}

// AuthorityPEM returns the certificates, PEM, that stations install to trust
// the pair: that of the authority, and in an overlap that of the one before.
// The error is a [*Fault] if there is none.
func (l *Local) AuthorityPEM() ([]byte, error) { return l.rootsAt(l.now()) }

func (l *Local) rootsAt(now time.Time) ([]byte, error) {
	if err := l.enterable(); err != nil {
		return nil, err
	}
	data, mode, err := readFile(l.path(authorityFile))
	switch {
	case err == nil:
		a, err := l.parse(data, mode)
		if err != nil {
			return nil, err
		}
		return a.alone(now).roots(), nil
	case !errors.Is(err, os.ErrNotExist):
		return nil, localNames.fault("", "make the user that runs the server its owner", "cannot read %s: %v", l.path(authorityFile), err)
	}
	// Its private key may be kept elsewhere; then this file is left.
	data, _, err = readFile(l.path(rootsFile))
	if errors.Is(err, os.ErrNotExist) {
		return nil, localNames.fault("", "make one: "+l.command(), "there is no local authority in %s", l.dir)
	}
	if err != nil {
		return nil, localNames.fault("", l.createHint(), "cannot read %s: %v", l.path(rootsFile), err)
	}
	return publicRoots(data, now), nil
}

// publicRoots returns the certificates in data that have not expired.
func publicRoots(data []byte, now time.Time) (out []byte) {
	for _, c := range certificatesIn(data) {
		if !now.After(c.NotAfter) {
			out = append(out, encodeCertificate(c.Raw)...)
		}
	}
	return out
}
