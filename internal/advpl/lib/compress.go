package lib

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"errors"
	"io"
	"math"
	"strings"

	"appserver/internal/advpl/vm"
)

var compressFuncs = table{
	"COMPRESS":    compress,
	"UNCOMPRESS":  unCompress,
	"GZSTRCOMP":   gzStrComp,
	"GZSTRDECOMP": gzStrDecomp,
}

// Compress(@cTarget, @nTarget, cSource, nSource) → .T.; cTarget is set to the first nSource bytes of
// cSource in the format of zlib, nTarget to its length. nSource below 0 or beyond cSource is an
// error. Source: TDN; the format is decided here: servers by the maker of the language have
// their own.
func compress(t *vm.Thread, a vm.Args) (vm.Value, error) {
	s, err := argBuffer("COMPRESS", a)
	if err != nil {
		return vm.Value{}, err
	}
	var b bytes.Buffer
	out, err := deflate(t, zlib.NewWriter(&b), &b, s)
	if err != nil {
		return vm.Value{}, err
	}
	a.Set(0, vm.Str(out))
	a.Set(1, vm.Int(len(out)))
	return vm.Bool(true), nil
}

// UnCompress(@cTarget, @nTarget, cSource, nSource) → whether the first nSource bytes of cSource are
// what Compress made of something of nTarget bytes at most; then cTarget is set to it and
// nTarget to its length. nSource below 0 or beyond cSource is an error. Source: TDN.
func unCompress(t *vm.Thread, a vm.Args) (vm.Value, error) {
	s, err := argBuffer("UNCOMPRESS", a)
	if err != nil {
		return vm.Value{}, err
	}
	r, err := zlib.NewReader(strings.NewReader(s))
	if err != nil {
		return vm.Bool(false), nil
	}
	out, ok, err := drain(t, r, loose(a, 1, 0))
	if err != nil || !ok {
		return vm.Bool(false), err
	}
	a.Set(0, vm.Str(out))
	a.Set(1, vm.Int(len(out)))
	return vm.Bool(true), nil
}

// argBuffer returns the string in argument 2, cut to the length in argument 3.
func argBuffer(fn string, a vm.Args) (string, error) {
	s, err := argText(fn, a, 2)
	if err != nil {
		return "", err
	}
	n, err := argInt(fn, a, 3)
	switch {
	case err != nil:
		return "", err
	case n < 0:
		return "", vm.Errorf(vm.GenBound, fn, "the length %d is negative", n)
	case n > len(s):
		return "", vm.Errorf(vm.GenBound, fn, "the length %d is beyond the buffer of %d bytes", n, len(s))
	}
	return s[:n], nil
}

// GzStrComp(cSource, @cTarget, @nTarget) → .T.; cTarget is set to cSource in the format of gzip,
// nTarget to its length. An empty cSource is an error. Source: TDN.
func gzStrComp(t *vm.Thread, a vm.Args) (vm.Value, error) {
	s, err := argText("GZSTRCOMP", a, 0)
	if err != nil {
		return vm.Value{}, err
	}
	if s == "" {
		return vm.Value{}, vm.ArgError("GZSTRCOMP", a, 0, "a string that is not empty")
	}
	out, err := gzipText(t, s)
	if err != nil {
		return vm.Value{}, err
	}
	a.Set(1, vm.Str(out))
	a.Set(2, vm.Int(len(out)))
	return vm.Bool(true), nil
}

// gzipText returns s in the format of gzip.
func gzipText(t *vm.Thread, s string) (string, error) {
	var b bytes.Buffer
	return deflate(t, gzip.NewWriter(&b), &b, s)
}

// GzStrDecomp(cSource, nSource, @cTarget) → whether the first nSource bytes of cSource are in the
// format of gzip; then cTarget is set to what they hold. nSource below 1 or beyond cSource is
// all of it. Source: TDN.
func gzStrDecomp(t *vm.Thread, a vm.Args) (vm.Value, error) {
	s, err := argText("GZSTRDECOMP", a, 0)
	if err != nil {
		return vm.Value{}, err
	}
	if n := loose(a, 1, 0); n > 0 && n < len(s) {
		s = s[:n]
	}
	r, err := gzip.NewReader(strings.NewReader(s))
	if err != nil {
		return vm.Bool(false), nil
	}
	out, ok, err := drain(t, r, math.MaxInt)
	if err != nil || !ok {
		return vm.Bool(false), err
	}
	a.Set(2, vm.Str(out))
	return vm.Bool(true), nil
}

// deflate writes s through w to b and returns what b then holds.
func deflate(t *vm.Thread, w io.WriteCloser, b *bytes.Buffer, s string) (string, error) {
	const more = 64 // of what cannot be compressed: headers, and five bytes in 32 KiB
	if err := t.CheckString(2 * (len(s) + len(s)>>10 + more)); err != nil {
		return "", err
	}
	if err := hashText(t, w, s); err != nil {
		return "", err
	}
	if err := w.Close(); err != nil {
		return "", err
	}
	return b.String(), t.CheckString(b.Len())
}

// drain returns what r holds. ok is false if r is broken or holds more than limit bytes. It asks
// for memory before it takes more, so that the limit of a string bounds what is read.
func drain(t *vm.Thread, r io.Reader, limit int) (s string, ok bool, err error) {
	var b strings.Builder
	piece := make([]byte, 32<<10)
	for {
		n, failed := r.Read(piece)
		if b.Len()+n > limit {
			return "", false, nil
		}
		if err := growText(t, &b, n); err != nil {
			return "", false, err
		}
		b.Write(piece[:n])
		if failed != nil {
			return b.String(), errors.Is(failed, io.EOF), nil
		}
		if err := t.Poll(); err != nil {
			return "", false, err
		}
	}
}
