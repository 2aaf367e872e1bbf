package certs

import (
	"crypto/sha256"
	"fmt"
	"hash"
	"path/filepath"
	"time"

	bundled "appserver/certs"
)

// Source is where a pair comes from, again and again: what a [Watcher] looks at.
// Both functions are safe for concurrent use.
type Source struct {
	// Digest is a sum over all that decides what Load returns: which files there
	// are, their permissions, owner and content. The time at which they were
	// changed is not part of it, nor through which links they are reached.
	Digest func() [sha256.Size]byte

	// Load reads the pair and checks it for use at now.
	Load func(now time.Time) (*Pair, []Finding, error)
}

// Source returns what [Select] chooses r's pair from, at whatever time: r.Now is
// not used.
func (r Request) Source() Source {
	return Source{
		Digest: func() [sha256.Size]byte { return digest(r.files()) },
		Load: func(now time.Time) (*Pair, []Finding, error) {
			r.Now = now
			return Select(r)
		},
	}
}

// Source returns where the pair in f comes from, for a server that shows no other. Its
// findings name f.Names.
func (f Files) Source() Source {
	return Source{
		Digest: func() [sha256.Size]byte { return digest(f.paths()) },
		Load: func(now time.Time) (*Pair, []Finding, error) {
			p, findings, err := f.load(now)
			if err != nil {
				return nil, findings, err
			}
			return p, append(findings, serverRemarks(p, f.Names)...), nil
		},
	}
}

// files returns the files that Select may look at.
func (r Request) files() []string {
	if !r.Default {
		for _, f := range []Files{r.MPP, r.SSLConfigure} {
			if f.named() {
				return f.paths()
			}
		}
	}
	var paths []string
	if r.Local != "" {
		for _, name := range []string{serverFile, authorityFile, rootsFile} {
			paths = append(paths, filepath.Join(r.Local, name))
		}
	}
	if r.Dir != "" {
		for _, name := range []string{bundled.CertificateFile, bundled.KeyFile, bundled.CAFile} {
			paths = append(paths, filepath.Join(r.Dir, name))
		}
	}
	return paths
}

// paths returns the files that are named, each once.
func (f Files) paths() (paths []string) {
	if f.Cert != "" {
		paths = append(paths, f.Cert)
	}
	if f.Key != "" && f.Key != f.Cert {
		paths = append(paths, f.Key)
	}
	return paths
}

// digest is the sum over the files at paths. It reads at most maxFile of each.
func digest(paths []string) (sum [sha256.Size]byte) {
	h := sha256.New()
	for _, path := range paths {
		digestFile(h, path)
	}
	h.Sum(sum[:0])
	return sum
}

func digestFile(h hash.Hash, path string) {
	data, fi, err := openFile(path)
	if err != nil {
		fmt.Fprintf(h, "%q: %v\n", path, err)
		return
	}
	fmt.Fprintf(h, "%q: mode %o, owner %d, %d bytes\n", path, fi.Mode().Perm(), fileOwner(fi), len(data))
	h.Write(data)
}
