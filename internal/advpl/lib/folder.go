package lib

import (
	"cmp"
	"errors"
	"io/fs"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"appserver/internal/advpl/vm"
)

var folderFuncs = table{
	"DIRECTORY": directory,
	"ADIR":      aDir,
	"EXISTDIR":  existDir,
	"MAKEDIR":   makeDir,
	"MONTADIR":  montaDir,
	"FWMAKEDIR": montaDir,
	"DIRREMOVE": dirRemove,
	"CURDIR":    curDir,
	"SPLITPATH": splitPath,
}

// maxListed is how many files Directory and ADir list at once.
const maxListed = 10000

// Bytes of what a listed file takes while it is listed, about.
const listedBytes = 160

// listedFile is a file or folder in a list.
type listedFile struct {
	name string // in the code page
	size int64
	time time.Time
	attr string
}

// fileQuery says what a list holds.
type fileQuery struct {
	name    string // may have wildcards
	folders bool
	hidden  bool
	order   int // 1 by name, 2 by time, 3 by size
	from    int // how many to leave out
}

// listFiles returns what the query asks for, maxListed at most.
func listFiles(t *vm.Thread, q fileQuery) ([]listedFile, error) {
	h := hold{thread: t}
	var all []listedFile
	add := func(m fileMatch) (bool, error) {
		l, ok := q.listed(t, m)
		if !ok {
			return true, nil
		}
		all = append(all, l)
		return true, h.charge(listedBytes + len(l.name))
	}
	err := eachMatch(t, q.name, add)
	if err == nil && q.folders {
		err = dots(t, q.name, add)
	}
	if err != nil {
		return nil, err
	}
	slices.SortFunc(all, q.compare)
	all = all[min(max(q.from, 0), len(all)):]
	return all[:min(len(all), maxListed)], nil
}

// dots adds "." and "..", which stand in every folder, if the wildcards of name stand for
// them.
func dots(t *vm.Thread, name string, add func(fileMatch) (bool, error)) error {
	cut := strings.LastIndexAny(name, `\/`) + 1
	pattern := trimRight(name[cut:])
	if pattern != "" && !strings.ContainsAny(pattern, "*?") || !newWildcard(pattern).matches(".") {
		return nil
	}
	s, err := locate(t, name[:cut]+".", true)
	if err != nil {
		return err
	}
	for _, dot := range []string{".", ".."} {
		if _, err := add(fileMatch{s.root, s.path, dot}); err != nil {
			return err
		}
	}
	return nil
}

// listed describes a match. It returns false if the query does not ask for it, or if it
// cannot be reached.
func (q fileQuery) listed(t *vm.Thread, m fileMatch) (listedFile, bool) {
	dot := m.name == "." || m.name == ".."
	if m.hidden() && !q.hidden && !dot {
		return listedFile{}, false
	}
	at := m
	if dot {
		at.name = "."
	}
	info, err := at.stat()
	if err != nil || info.IsDir() && !q.folders || !info.IsDir() && !info.Mode().IsRegular() {
		return listedFile{}, false
	}
	l := listedFile{pageText(m.name), info.Size(), info.ModTime().In(t.Now().Location()), attributes(m, info)}
	if info.IsDir() {
		l.size = 0
	}
	return l, true
}

// attributes returns the letters of what a file is: D folder or A file, then R read-only,
// H hidden.
func attributes(m fileMatch, info fs.FileInfo) string {
	attr := "A"
	if info.IsDir() {
		attr = "D"
	} else if info.Mode().Perm()&0o200 == 0 {
		attr += "R"
	}
	if m.hidden() && m.name != "." && m.name != ".." {
		attr += "H"
	}
	return attr
}

func (q fileQuery) compare(a, b listedFile) int {
	by := 0
	switch q.order {
	case 2:
		by = a.time.Compare(b.time)
	case 3:
		by = cmp.Compare(a.size, b.size)
	}
	return cmp.Or(by, cmp.Compare(mapBytes(a.name, upperOf), mapBytes(b.name, upperOf)), cmp.Compare(a.name, b.name))
}

// values returns name, size, date, time and attributes of a listed file.
func (l listedFile) values(upper bool) []vm.Value {
	name := l.name
	if upper {
		name = mapBytes(name, upperOf)
	}
	return []vm.Value{
		vm.Str(name), vm.Num(float64(l.size)), vm.DateOf(dayOfTime(l.time)), vm.Str(l.time.Format(time.TimeOnly)),
		vm.Str(l.attr),
	}
}

// Directory(cFiles[, cAttributes[, xNil[, lConvertCase[, nTypeOrder]]]]) → an array of
// {cName, nSize, dDate, cTime, cAttribute} of the files that cFiles stands for, with * and
// ? in its last part; {} if there are none, and FError() tells why. cAttributes adds
// folders ("D", among them "." and ".."), and hidden files ("H"); ":10000" in it leaves
// out as many: a list has 10,000 at most. Names are in upper case unless lConvertCase is
// .F. nTypeOrder 1, the default, sorts by name, 2 by date and time, 3 by size. cAttribute
// is "D" for folders, else "A", with "R" for what is read-only and "H" for what is hidden.
// Source: TDN, Clipper.
func directory(t *vm.Thread, a vm.Args) (vm.Value, error) {
	name, err := optText("DIRECTORY", a, 0, "*.*")
	if err != nil {
		return vm.Value{}, err
	}
	attrs, err := optText("DIRECTORY", a, 1, "")
	if err != nil {
		return vm.Value{}, err
	}
	upper, err := optBool("DIRECTORY", a, 3, true)
	if err != nil {
		return vm.Value{}, err
	}
	attrs, from := splitOffset(strings.ToUpper(attrs))
	q := fileQuery{name: name, order: loose(a, 4, 1), from: from}
	q.folders, q.hidden = strings.Contains(attrs, "D"), strings.Contains(attrs, "H")
	if strings.Contains(attrs, "V") {
		return vm.NewArray(nil), nil
	}
	found, err := listNoting(t, q)
	if err != nil {
		return vm.Value{}, err
	}
	return listArray(t, found, upper)
}

// listNoting is listFiles, but notes errors of the file system for FError.
func listNoting(t *vm.Thread, q fileQuery) ([]listedFile, error) {
	found, err := listFiles(t, q)
	filesOf(t).fault = faultOf(spot{rest: "/"}, err) // what is missing is a folder
	return found, programError(err)
}

// listArray returns the array of Directory.
func listArray(t *vm.Thread, found []listedFile, upper bool) (vm.Value, error) {
	arr := new(vm.ArrayValue)
	h := hold{thread: t}
	for i, l := range found {
		if err := pollEvery(t, i); err != nil {
			return vm.Value{}, err
		}
		if err := h.addRow(arr, l.values(upper)...); err != nil {
			return vm.Value{}, err
		}
	}
	return vm.ArrayOf(arr), nil
}

// splitOffset cuts ":n" from the end of s.
func splitOffset(s string) (string, int) {
	i := strings.LastIndexByte(s, ':')
	if i < 0 {
		return s, 0
	}
	n, err := strconv.Atoi(s[i+1:])
	if err != nil {
		return s, 0
	}
	return s[:i], n
}

// ADir([cFiles[, @aNames[, @aSizes[, @aDates[, @aTimes[, @aAttributes[,
// lChangeCase]]]]]]]) → how many files cFiles stands for, with * and ? in its last part;
// "*.*" is the default. The arrays are set to what Directory tells of each. With
// aAttributes, folders and hidden files are among them. Names are in upper case unless
// lChangeCase is .F. ":10000" at the end of cFiles leaves out as many: 10,000 are listed
// at most. Source: TDN.
func aDir(t *vm.Thread, a vm.Args) (vm.Value, error) {
	name, err := optText("ADIR", a, 0, "*.*")
	if err != nil {
		return vm.Value{}, err
	}
	upper, err := optBool("ADIR", a, 6, true)
	if err != nil {
		return vm.Value{}, err
	}
	name, from := splitOffset(name)
	all := !a.Get(5).IsNil()
	found, err := listNoting(t, fileQuery{name: name, folders: all, hidden: all, order: 1, from: from})
	if err != nil {
		return vm.Value{}, err
	}
	for i := range 5 {
		if err := fillColumn(t, a, i, found, upper); err != nil {
			return vm.Value{}, err
		}
	}
	return vm.Int(len(found)), nil
}

// fillColumn sets the array in argument i+1 to value i of each file.
func fillColumn(t *vm.Thread, a vm.Args, i int, found []listedFile, upper bool) error {
	v := a.Get(i + 1)
	if v.Kind() != vm.Array {
		v = vm.NewArray(nil)
		if !a.Set(i+1, v) {
			return nil
		}
	}
	if err := t.CheckArray(len(found)); err != nil {
		return err
	}
	elems := make([]vm.Value, len(found))
	for k, l := range found {
		elems[k] = l.values(upper)[i]
	}
	v.Array().Elems = elems
	return nil
}

// ExistDir(cFolder[, xNil[, lChangeCase]]) → whether there is such a folder. Its name is
// found in any case. Source: TDN.
func existDir(t *vm.Thread, a vm.Args) (vm.Value, error) {
	s, bad, err := argPlace(t, "EXISTDIR", a, 0, 2)
	if bad != nil || err != nil {
		return vm.Bool(false), bad
	}
	info, err := s.stat()
	return vm.Bool(err == nil && info.IsDir()), nil
}

// MakeDir(cFolder[, xNil[, lChangeCase]]) → 0 if the folder was made, else -1, and
// FError() tells why: the folder above it must exist, and it must not. Its name is in
// lower case unless lChangeCase is .F. Source: TDN.
func makeDir(t *vm.Thread, a vm.Args) (vm.Value, error) {
	s, bad, err := argPlace(t, "MAKEDIR", a, 0, 2)
	if bad != nil {
		return vm.Value{}, bad
	}
	if err == nil {
		err = s.root.Mkdir(s.path)
	}
	return filesOf(t).result(s, err)
}

// MontaDir(cFolder) → whether the folder exists now: it is made, with those above it. New
// names are in lower case. FWMakeDir is the same. Source: public programs.
func montaDir(t *vm.Thread, a vm.Args) (vm.Value, error) {
	name, err := argText("MONTADIR", a, 0)
	if err != nil {
		return vm.Value{}, err
	}
	s, err := locate(t, name, true)
	if err == nil {
		err = s.root.MkdirAll(s.path)
	}
	return filesOf(t).success(s, err)
}

// DirRemove(cFolder[, xNil[, lChangeCase]]) → whether the folder, which must be empty, was
// removed; FError() tells why not. Source: TDN.
func dirRemove(t *vm.Thread, a vm.Args) (vm.Value, error) {
	s, bad, err := argPlace(t, "DIRREMOVE", a, 0, 2)
	if bad != nil {
		return vm.Value{}, bad
	}
	if err == nil {
		err = s.root.RemoveFolder(s.path)
	}
	return filesOf(t).success(s, err)
}

// CurDir([cFolder]) → the folder where names begin that do not begin with a separator,
// below the root, without a separator before it and with one behind: "system\"; "" is the
// root. It is the StartPath of the environment, until cFolder, which must exist, takes its
// place. Source: TDN, public programs.
func curDir(t *vm.Thread, a vm.Args) (vm.Value, error) {
	name, err := optText("CURDIR", a, 0, "")
	if err != nil {
		return vm.Value{}, err
	}
	if name != "" {
		changeFolder(t, name)
	}
	folder := currentFolder(t)
	if folder == "." {
		return vm.Str(""), nil
	}
	return vm.Str(pageText(strings.ReplaceAll(folder, "/", `\`)) + `\`), nil
}

// changeFolder makes the folder with the name the current one, if there is one.
func changeFolder(t *vm.Thread, name string) {
	s, err := locate(t, name, true)
	if err == nil {
		var info fs.FileInfo
		if info, err = s.stat(); err == nil && !info.IsDir() {
			err = errors.New("not a folder")
		}
	}
	f := filesOf(t)
	f.fault = faultOf(s, err)
	if err == nil {
		f.folder = s.path
	}
}

// SplitPath(cFile[, @cDrive[, @cFolder[, @cName[, @cExtension]]]]) → NIL; the parts of a
// name: cDrive "c:", cFolder with its last separator, cName without cExtension, which
// begins with the point; "" for what is not there. Neither needs to exist. On a server
// that does not run on Windows the parts are in lower case, with "/" for "\". Source: TDN.
func splitPath(t *vm.Thread, a vm.Args) (vm.Value, error) {
	name, err := argText("SPLITPATH", a, 0)
	if err != nil {
		return vm.Value{}, err
	}
	if err := t.Charge(len(name)); err != nil {
		return vm.Value{}, err
	}
	for i, part := range pathParts(name, runtime.GOOS == "windows") {
		a.Set(i+1, vm.Str(part))
	}
	return vm.Value{}, nil
}

// pathParts returns drive, folder, name and extension.
func pathParts(name string, windows bool) [4]string {
	if !windows {
		name = strings.ReplaceAll(mapBytes(name, lowerOf), `\`, "/")
	}
	var parts [4]string
	if len(name) > 1 && name[1] == ':' {
		parts[0], name = name[:2], name[2:]
	}
	cut := strings.LastIndexAny(name, `\/`) + 1
	parts[1], name = name[:cut], name[cut:]
	point := strings.LastIndexByte(name, '.')
	if point < 0 {
		point = len(name)
	}
	parts[2], parts[3] = name[:point], name[point:]
	return parts
}
