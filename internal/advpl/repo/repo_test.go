package repo

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"appserver/internal/advpl/code"
)

// full returns a repository in which every field of every part is set somewhere.
func full() *Repository {
	annots := []code.Annotation{{Name: "Get", Args: []code.AnnotArg{
		{Name: "path", Value: code.Const{Kind: code.ConstStr, Str: "/a"}},
		{List: []code.AnnotArg{{Value: code.Const{Kind: code.ConstNum, Num: -1.5}}, {Value: code.Const{Kind: code.ConstTrue}}}},
	}}}
	meta := []code.Meta{{Key: "DESCRIPTION", Value: "orders"}}
	inner := &code.Func{Name: "{||}", Kind: code.Block, NRegs: 1, Text: "{|| x }", File: "X.CH", Line: 9,
		Code: []code.Instr{{Op: code.GETUP}, {Op: code.RET}}, Captures: []code.Capture{{Up: true}}}
	block := &code.Func{Name: "{||}", Kind: code.Block, NRegs: 1, Blocks: []*code.Func{inner},
		Code: []code.Instr{{Op: code.RETNIL}}, Captures: []code.Capture{{Index: 1}}}
	f := &code.Func{
		Name: "U_TEST", Kind: code.Static, NParams: 2, NRegs: 300, Variadic: true, Procedure: true, Line: 12,
		Params: []code.Param{{Name: "CNAME", Type: "character"}, {Name: "NAGE"}}, RefParams: []bool{false, true},
		Code: []code.Instr{{Op: code.BOX, A: 1}, code.ABx(code.CLOSURE, 299, 0), code.ABx(code.LOADINT, 2, -70000),
			{Op: code.CALLN, A: 3, B: 1}, {Op: code.RETNIL}},
		Consts: []code.Const{{}, {Kind: code.ConstNum, Num: 1e300}, {Kind: code.ConstStr, Str: "\x00é\xff"}, {Kind: code.ConstFalse}},
		Names:  []string{"CONOUT", "", "XVAR"}, Blocks: []*code.Func{block},
		Named: []code.NamedCall{{Func: "CALC", Args: []string{"A"}}},
		Lines: []code.Line{{PC: 0, Line: 12}, {PC: 2, Line: 400}, {PC: 3, Line: 13}}, Annots: annots,
		Locals: []code.Local{{Name: "nAge", Reg: 1, From: 1, To: 5}},
	}
	init := func() *code.Func {
		return &code.Func{Kind: code.Initializer, NRegs: 1, Code: []code.Instr{{Op: code.RETNIL}}}
	}
	method := &code.Func{Name: "NEW", Kind: code.Method, NRegs: 1, Code: []code.Instr{{Op: code.SELF}, {Op: code.RET}}}
	class := &code.Class{
		Name: "NS.SHAPE", Written: "Shape", Parent: "NS.BASE", Interfaces: []string{"IDRAW"}, Abstract: true, Final: true,
		Data: []code.Data{{Name: "nSize", Type: "numeric", Visibility: code.Private, Static: true, ReadOnly: true, Annots: annots, Meta: meta}},
		Methods: []code.MethodRef{
			{Name: "New", Visibility: code.Protected, Static: true, Final: true, Constructor: true, Func: method, Verb: "GET", Annots: annots, Meta: meta},
			{Name: "Area", Abstract: true},
		},
		Init: init(), StaticInit: init(), Kind: "WSRESTFUL", Meta: meta, Annots: annots, Line: 40, Interface: true, LongNames: true,
	}
	u := &code.Unit{Name: "SAMPLE.TLPP", Path: "src/sample.tlpp", Hash: sha256.Sum256([]byte("sample")), TLPP: true, Namespace: "NS",
		Using: []string{"TLPP.CORE"}, Statics: []string{"A", "U_TEST:B"}, Init: init(), Funcs: []*code.Func{f}, Classes: []*code.Class{class}}
	return &Repository{
		Units: []*code.Unit{u, {Name: "EMPTY.PRW"}},
		Origins: []*Origin{{Key: sha256.Sum256([]byte("key")),
			Includes: []Include{{Name: "totvs.ch", From: "src/sample.tlpp", Hash: sha256.Sum256([]byte("inc"))}}}, nil},
	}
}

// TestFull checks that full sets every field, so that the round trip below misses
// none, also those that are added later.
func TestFull(t *testing.T) {
	set := map[string]bool{}
	var walk func(v reflect.Value)
	walk = func(v reflect.Value) {
		switch v.Kind() {
		case reflect.Pointer:
			if !v.IsNil() {
				walk(v.Elem())
			}
		case reflect.Slice:
			for i := range v.Len() {
				walk(v.Index(i))
			}
		case reflect.Struct:
			for i := range v.NumField() {
				name := v.Type().String() + "." + v.Type().Field(i).Name
				set[name] = set[name] || !v.Field(i).IsZero()
				walk(v.Field(i))
			}
		}
	}
	walk(reflect.ValueOf(full()))
	delete(set, "code.Unit.Repository") // is not kept
	for name, ok := range set {
		if !ok {
			t.Errorf("full() leaves %s unset everywhere", name)
		}
	}
}

func encode(t testing.TB, r *Repository) []byte {
	t.Helper()
	data, err := Encode(r)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestRoundTrip(t *testing.T) {
	for _, want := range []*Repository{full(), {}, {Units: []*code.Unit{{Name: "A.PRW"}}}} {
		data := encode(t, want)
		got, err := Read(data)
		if err != nil {
			t.Fatalf("Read(Encode(r)) = %v", err)
		}
		if want.Units == nil {
			want.Units = []*code.Unit{}
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("Read(Encode(r)) = %+v; want %+v", got, want)
		}
		if again := encode(t, got); !bytes.Equal(again, data) {
			t.Error("Encode makes other bytes of the same repository")
		}
	}
}

// Programs run while what they were made from is written: the race detector must be content.
func TestEncodeTouchesNothing(t *testing.T) {
	r := full()
	var all sync.WaitGroup
	for range 2 {
		all.Go(func() {
			if _, err := Encode(r); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
}

func TestEncodeRefuses(t *testing.T) {
	bad := full()
	bad.Units[0].Funcs[0].Code[0].A = 999
	origins := &Repository{Origins: make([]*Origin, 1)}
	for name, r := range map[string]*Repository{"a unit": bad, "no unit": {Units: make([]*code.Unit, 1)}, "origins": origins} {
		if data, err := Encode(r); err == nil {
			t.Errorf("%s that is not valid: Encode makes %d bytes; want an error", name, len(data))
		}
	}
}

// seal gives changed bytes a valid length and checksum.
func seal(data []byte) []byte {
	binary.LittleEndian.PutUint64(data[16:], uint64(len(data)))
	body := data[:len(data)-trailerSize]
	sum := sha256.Sum256(body)
	return append(body, sum[:]...)
}

func TestReadErrors(t *testing.T) {
	good := encode(t, full())
	tests := []struct {
		name string
		make func(d []byte) []byte
		err  error
		want string
	}{
		{"empty", func(d []byte) []byte { return nil }, ErrNotRepository, ""},
		{"text", func(d []byte) []byte { return []byte("User Function Test()") }, ErrNotRepository, ""},
		{"magic only", func(d []byte) []byte { return d[:8] }, ErrDamaged, "offset 8: cut off in its header"},
		{"newer", func(d []byte) []byte { d[8] = 9; return d }, ErrVersion, "version 9, this program knows 1"},
		{"cut off", func(d []byte) []byte { return d[:len(d)-40] }, ErrDamaged, "its header says"},
		{"longer", func(d []byte) []byte { return append(d, 0) }, ErrDamaged, "its header says"},
		{"one bit", func(d []byte) []byte { d[len(d)/2] ^= 4; return d }, ErrDamaged, "checksum"},
		{"flags", func(d []byte) []byte { d[12] = 1; return seal(d) }, ErrDamaged, "flags"},
		{"too many units", func(d []byte) []byte { d[24] = 3; return seal(d) }, ErrDamaged, "offset 24"},
		{"endless units", func(d []byte) []byte { copy(d[24:32], "\xff\xff\xff\xff\xff\xff\xff\xff"); return seal(d) }, ErrDamaged, "offset 24"},
		{"units that overflow", func(d []byte) []byte {
			binary.LittleEndian.PutUint64(d[24:], 1<<60)
			return seal(d)
		}, ErrDamaged, "offset 24"},
		{"string section", func(d []byte) []byte { d[32]++; d[40]--; return seal(d) }, ErrDamaged, "strings do not fill"},
		{"unit's offset", func(d []byte) []byte { d[headerSize]++; return seal(d) }, ErrDamaged, "out of place"},
		{"unit's length", func(d []byte) []byte { d[headerSize+8]++; return seal(d) }, ErrDamaged, "bytes too many"},
		{"unit's hash", func(d []byte) []byte { d[headerSize+16]++; return seal(d) }, ErrDamaged, "not the one"},
	}
	for _, tt := range tests {
		_, err := Read(tt.make(bytes.Clone(good)))
		if !errors.Is(err, tt.err) || !strings.Contains(fmt.Sprint(err), tt.want) {
			t.Errorf("%s: Read = %v; want %v with %q", tt.name, err, tt.err, tt.want)
		}
	}
}

// TestReadVerifies checks that Read refuses code that would break the machine.
func TestReadVerifies(t *testing.T) {
	good := encode(t, full())
	call := []byte{byte(code.CALLN), 0, 3, 0, 1, 0, 0, 0}
	at := bytes.Index(good, call)
	bad := bytes.Clone(good)
	bad[at+3] = 0xFF // a register far away
	_, err := Read(seal(bad))
	if !errors.Is(err, ErrDamaged) || !strings.Contains(fmt.Sprint(err), "U_TEST: instruction 3") {
		t.Errorf("Read = %v; want an error about instruction 3", err)
	}
}

// TestReadEveryByte changes each byte in turn, with the checksum made right: Read
// refuses or returns a repository that Encode takes.
func TestReadEveryByte(t *testing.T) {
	good := encode(t, full())
	for i := range len(good) - trailerSize {
		for _, b := range []byte{0, 0x7F, 0xFF} {
			data := bytes.Clone(good)
			data[i] = b
			if r, err := Read(seal(data)); err == nil {
				encode(t, r)
			}
		}
	}
}

// TestReadCut cuts the file everywhere, with length and checksum made right.
func TestReadCut(t *testing.T) {
	good := encode(t, full())
	for n := headerSize + trailerSize; n < len(good); n++ {
		if _, err := Read(seal(bytes.Clone(good[:n]))); err == nil {
			t.Errorf("Read accepts the first %d of %d bytes", n, len(good))
		}
	}
}

// TestReadAllocation checks that a short file cannot ask for much memory.
func TestReadAllocation(t *testing.T) {
	data := encode(t, &Repository{Units: []*code.Unit{{Name: "A.PRW"}}})
	tail := len(data) - trailerSize
	// The last parts of the unit are its counts of functions and classes.
	for at := tail - 6; at < tail; at++ {
		bad := slices.Insert(bytes.Clone(data), at, 0xFF, 0xFF, 0xFF, 0xFF, 0x0F)
		binary.LittleEndian.PutUint64(bad[40:], binary.LittleEndian.Uint64(bad[40:])+5)
		binary.LittleEndian.PutUint64(bad[headerSize+8:], binary.LittleEndian.Uint64(bad[headerSize+8:])+5)
		bad = seal(bad)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := Read(bad)
		runtime.ReadMemStats(&after)
		if err == nil {
			t.Errorf("Read accepts a count of 4 billion at %d", at)
		}
		if n := after.TotalAlloc - before.TotalAlloc; n > 1<<20 {
			t.Errorf("Read of %d bytes allocates %d", len(bad), n)
		}
	}
}

func TestNesting(t *testing.T) {
	u := full().Units[0]
	deep := u.Funcs[0].Blocks[0]
	deep.Captures = nil
	deep.Blocks = nil
	for range code.MaxBlockNest - 1 {
		deep = &code.Func{Kind: code.Block, NRegs: 1, Code: []code.Instr{{Op: code.RETNIL}}, Blocks: []*code.Func{deep}}
	}
	u.Funcs[0].Blocks[0] = deep
	r := &Repository{Units: []*code.Unit{u}}
	if _, err := Read(encode(t, r)); err != nil {
		t.Errorf("Read of the deepest nesting = %v; want nil", err)
	}
}

func TestWriteFile(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "env.repo")
	if err := WriteFile(name, full()); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(name, 0o640); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(dir, "link.repo")
	if err := os.Symlink(name, link); err != nil {
		t.Fatal(err)
	}
	if err := WriteFile(link, &Repository{Units: []*code.Unit{{Name: "B.PRW"}}}); err != nil {
		t.Fatal(err)
	}
	r, err := ReadFile(name)
	if err != nil || len(r.Units) != 1 || r.Units[0].Name != "B.PRW" {
		t.Fatalf("ReadFile = %v, %v; want unit B.PRW", r, err)
	}
	if info, err := os.Stat(name); err != nil || info.Mode().Perm() != 0o640 {
		t.Errorf("mode is %v after WriteFile; want 0640", info.Mode())
	}
	if info, err := os.Lstat(link); err != nil || info.Mode()&fs.ModeSymlink == 0 {
		t.Error("WriteFile replaced a symbolic link")
	}
	if names := folder(t, dir); len(names) != 2 {
		t.Errorf("folder holds %v; want no temporary files", names)
	}
}

func folder(t *testing.T, dir string) []string {
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

// TestWriteFileKeeps checks that what fails leaves the earlier file alone.
func TestWriteFileKeeps(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "env.repo")
	if err := WriteFile(name, full()); err != nil {
		t.Fatal(err)
	}
	if err := WriteFile(name, &Repository{Units: []*code.Unit{nil}}); err == nil {
		t.Error("WriteFile of no unit = nil; want an error")
	}
	if _, err := ReadFile(name); err != nil {
		t.Errorf("ReadFile after a failed write = %v", err)
	}
	if err := WriteFile(dir, full()); err == nil {
		t.Error("WriteFile over a folder = nil; want an error")
	}
	if err := WriteFile(filepath.Join(dir, "none", "x.repo"), full()); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("WriteFile in no folder = %v; want ErrNotExist", err)
	}
	if names := folder(t, dir); len(names) != 1 {
		t.Errorf("folder holds %v; want no temporary files", names)
	}
}

func TestReadFileErrors(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "a.repo")
	if err := os.WriteFile(name, []byte("hello"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := ReadFile(name); !errors.Is(err, ErrNotRepository) || !strings.Contains(err.Error(), name) {
		t.Errorf("ReadFile(text) = %v; want ErrNotRepository with the name", err)
	}
	if _, err := ReadFile(dir); !errors.Is(err, ErrNotRepository) {
		t.Errorf("ReadFile(folder) = %v; want ErrNotRepository", err)
	}
	if _, err := ReadFile(filepath.Join(dir, "none")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("ReadFile(none) = %v; want ErrNotExist", err)
	}
	huge := filepath.Join(dir, "huge")
	f, err := os.Create(huge)
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Truncate(MaxSize + 1); err != nil {
		t.Fatal(err)
	}
	f.Close()
	if _, err := ReadFile(huge); err == nil || !strings.Contains(err.Error(), "at most") {
		t.Errorf("ReadFile(huge) = %v; want an error", err)
	}
}

// FuzzRead reads damaged files whose length and checksum are right. What Read
// accepts can be written and read again.
func FuzzRead(f *testing.F) {
	f.Add(encode(f, full()))
	f.Add(encode(f, &Repository{}))
	f.Add([]byte(magic))
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) >= headerSize+trailerSize {
			data = seal(bytes.Clone(data))
		}
		r, err := Read(data)
		if err != nil {
			return
		}
		first := encode(t, r)
		again, err := Read(first)
		if err != nil {
			t.Fatalf("Read(Encode(r)) = %v", err)
		}
		if !bytes.Equal(encode(t, again), first) {
			t.Error("Encode(Read(Encode(r))) differs from Encode(r)")
		}
	})
}

// corpus returns a repository like that of a real program: n functions.
func corpus(n int) *Repository {
	r := &Repository{}
	for i := range n / 10 {
		u := &code.Unit{Name: fmt.Sprintf("SRC%05d.PRW", i), Path: fmt.Sprintf("src/src%05d.prw", i)}
		for j := range 10 {
			u.Funcs = append(u.Funcs, function(fmt.Sprintf("U_F%05d%d", i, j)))
		}
		r.Units = append(r.Units, u)
	}
	return r
}

func function(name string) *code.Func {
	f := &code.Func{Name: name, NParams: 2, NRegs: 20, Params: []code.Param{{Name: "CCODE"}, {Name: "NSIZE"}},
		Names: []string{"ALLTRIM", "CONOUT", "XFILIAL"}, Consts: []code.Const{{Kind: code.ConstStr, Str: "text " + name}, {Kind: code.ConstNum, Num: 3}}}
	for pc := range 100 {
		in := code.Instr{Op: code.ADD, A: uint16(pc % 20), B: 3, C: 4}
		switch pc % 5 {
		case 1:
			in = code.Instr{Op: code.CALL, A: 8, B: 2, C: uint16(pc % 3)}
		case 2:
			in = code.ABx(code.LOADK, 5, int32(pc%2))
		case 3:
			in = code.ABx(code.JF, 5, 2)
		}
		f.Code = append(f.Code, in)
		if pc%4 == 0 {
			f.Lines = append(f.Lines, code.Line{PC: int32(pc), Line: int32(10 + pc/4)})
		}
	}
	f.Code = append(f.Code, code.Instr{Op: code.RETNIL}, code.Instr{Op: code.RETNIL})
	for i, name := range []string{"cCode", "nSize", "cText", "aList"} {
		f.Locals = append(f.Locals, code.Local{Name: name, Reg: uint16(i), To: 100})
	}
	return f
}

func BenchmarkRead(b *testing.B) {
	data := encode(b, corpus(10000))
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Read(data); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkEncode(b *testing.B) {
	r := corpus(10000)
	b.SetBytes(int64(len(encode(b, r))))
	for b.Loop() {
		if _, err := Encode(r); err != nil {
			b.Fatal(err)
		}
	}
}
