package datadir

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// FuzzUnpack feeds tar archives, whose header checksums are mended, to unpack.
// What it accepts must be on the disk as the manifest says, and in no case may
// anything be outside of the folder.
func FuzzUnpack(f *testing.F) {
	dir := f.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, "certs"), 0o700); err != nil {
		f.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "certs", "a"), []byte("content"), 0o600); err != nil {
		f.Fatal(err)
	}
	var whole bytes.Buffer
	if _, _, err := Backup(f.Context(), dir, &whole, BackupOptions{}); err != nil {
		f.Fatal(err)
	}
	for _, archive := range [][]byte{
		whole.Bytes(),
		pack(f, `{"format":1,"entries":[]}`),
		pack(f, "", item{name: "data/../a"}),
		pack(f, "", item{name: "data/a", header: tar.Header{Typeflag: tar.TypeSymlink, Linkname: ".."}}, item{name: "data/a/b", content: "x"}),
		pack(f, "", item{name: "data/" + strings.Repeat("long/", 60) + "a"}),
	} {
		z, err := gzip.NewReader(bytes.NewReader(archive))
		if err != nil {
			f.Fatal(err)
		}
		plain, err := io.ReadAll(z)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(plain)
	}
	f.Fuzz(func(t *testing.T, archive []byte) {
		archive = bytes.Clone(archive)
		mend(archive)
		var b bytes.Buffer
		z, err := gzip.NewWriterLevel(&b, gzip.NoCompression)
		if err != nil {
			t.Fatal(err)
		}
		z.Write(archive)
		z.Close()
		fuzzUnpack(t, &b)
	})
}

func fuzzUnpack(t *testing.T, r io.Reader) {
	above := t.TempDir()
	dir := filepath.Join(above, "data")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	_, m, err := unpack(t.Context(), root, r, limits{bytes: 1 << 20, entries: 100, name: 200})
	if got := beside(t, dir); got != nil {
		t.Fatalf("outside of the folder are %q", got)
	}
	if err != nil {
		return
	}
	got := readTree(t, dir)
	if len(got) != len(m.Entries) {
		t.Fatalf("unpack accepts %d entries and makes %d", len(m.Entries), len(got))
	}
	for _, e := range m.Entries {
		content, there := got[strings.TrimSuffix(e.Name, "/")]
		if !there || !e.folder() && int64(len(content)) != e.Size {
			t.Fatalf("unpack accepts %+v and makes %d bytes, %t", e, len(content), there)
		}
	}
}

// mend corrects the checksum of every block that looks like a header.
func mend(archive []byte) {
	for ; len(archive) >= 512; archive = archive[512:] {
		h := archive[:512]
		if string(h[257:262]) != "ustar" {
			continue
		}
		copy(h[148:156], "        ")
		sum := 0
		for _, b := range h {
			sum += int(b)
		}
		copy(h[148:156], fmt.Sprintf("%06o\x00 ", sum))
	}
}
