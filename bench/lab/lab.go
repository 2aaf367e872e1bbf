// Package lab starts servers as processes of their own and measures them, for the
// programs beside it.
package lab

import (
	"bufio"
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// startTime is how long a server may take until it says where it listens.
const startTime = time.Minute

// Names of the files that MakeCertificate writes.
const (
	CertificateFile = "server.pem"
	KeyFile         = "server.key"
)

// Server is a process that is measured.
type Server struct {
	Address string // where it listens
	cmd     *exec.Cmd
}

// Start starts a server, whose standard output says where it listens in the first group of
// address. Its standard error is that of this process.
func Start(cmd *exec.Cmd, address *regexp.Regexp) (*Server, error) {
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	s, found := &Server{cmd: cmd}, make(chan string, 1)
	go func() {
		lines := bufio.NewScanner(out)
		for lines.Scan() {
			if m := address.FindStringSubmatch(lines.Text()); m != nil {
				found <- m[1]
				break
			}
		}
		_, _ = io.Copy(io.Discard, out) // until the server ends
	}()
	select {
	case s.Address = <-found:
		return s, nil
	case <-time.After(startTime):
		s.Stop()
		return nil, fmt.Errorf("%s does not say that it listens", cmd.Path)
	}
}

// Stop kills the server.
func (s *Server) Stop() {
	_ = s.cmd.Process.Kill() // it keeps nothing
	_ = s.cmd.Wait()
}

// ProcessorTime returns what the server has used of it so far, on Linux; elsewhere 0.
func (s *Server) ProcessorTime() (time.Duration, error) {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", s.cmd.Process.Pid))
	if errors.Is(err, os.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	// The name in brackets may hold anything; state and parent follow it.
	fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
	user, err1 := strconv.Atoi(fields[11])
	system, err2 := strconv.Atoi(fields[12])
	const tick = time.Second / 100
	return time.Duration(user+system) * tick, errors.Join(err1, err2)
}

// Resident returns how much memory the server has, in MiB, on Linux; elsewhere 0.
func (s *Server) Resident() (float64, error) {
	statm, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", s.cmd.Process.Pid))
	if errors.Is(err, os.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	pages, err := strconv.Atoi(strings.Fields(string(statm))[1])
	return float64(pages*os.Getpagesize()) / (1 << 20), err
}

// BuildAppserver builds the server under test into dir and returns the path of the binary.
func BuildAppserver(dir string) (string, error) {
	binary := filepath.Join(dir, "appserver")
	if out, err := exec.Command("go", "build", "-o", binary, "appserver/cmd/appserver").CombinedOutput(); err != nil {
		return "", fmt.Errorf("building the server: %w\n%s", err, out)
	}
	return binary, nil
}

// Listening finds where appserver listens in its log.
var Listening = regexp.MustCompile(`port is open address=(\S+)`)

// StartSelf starts this program with arguments; it prints where it listens as Announce
// writes it.
func StartSelf(args ...string) (*Server, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	return Start(exec.Command(self, args...), regexp.MustCompile(`^listening on (\S+)$`))
}

// Announce tells StartSelf where this program listens.
func Announce(address fmt.Stringer) { fmt.Println("listening on", address) }

// MakeCertificate writes a certificate for localhost and its key into dir, and returns
// whom clients are to trust.
func MakeCertificate(dir string) (*x509.CertPool, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), DNSNames: []string{"localhost"}, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return nil, err
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, err
	}
	certificate := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(certificate)
	return pool, errors.Join(
		os.WriteFile(filepath.Join(dir, CertificateFile), certificate, 0o600),
		os.WriteFile(filepath.Join(dir, KeyFile), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}), 0o600))
}

// Write writes a file below dir, with its folders, and returns its path.
func Write(dir, name, text string) (path string, err error) {
	path = filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return "", err
	}
	return path, os.WriteFile(path, []byte(text), 0o600)
}

// Quantile returns the value below which the part q, of 0 to 1, of the list lies; the list
// must not be empty.
func Quantile(list []float64, q float64) float64 {
	list = slices.Sorted(slices.Values(list))
	return list[int(q*float64(len(list)-1)+.5)]
}
