package lib

import (
	"errors"
	"io"
	"os"
	"path"
	"runtime"

	"appserver/internal/advpl/vm"
	"appserver/internal/rootfs"
)

// fileObject is what FWFileReader and FWFileWriter have in common: a name, and the file
// while it is open.
type fileObject struct {
	self      vm.Value
	name      string
	asWritten bool // a new name stays as it is written
	file      *rootfs.File
	handle    owned
	cleanup   runtime.Cleanup
	fault     *fileFault // of the last method, or nil
}

// place follows the name.
func (o *fileObject) place(t *vm.Thread) (spot, error) { return locate(t, o.name, !o.asWritten) }

// openOwned opens the file for object, which closes it when it is no longer used.
func openOwned[T any](t *vm.Thread, object *T, o *fileObject, flag int) (spot, error) {
	if err := o.close(); err != nil {
		return spot{}, err
	}
	s, err := o.place(t)
	if err != nil {
		return s, err
	}
	f := filesOf(t)
	handle, err := f.openHandle(s, flag, 0o644, rootfs.DenyNone)
	if err != nil {
		return s, err
	}
	o.file, o.handle = f.file(handle), owned{f, handle}
	o.cleanup = own(object, o.handle)
	return s, nil
}

// close closes the file if it is open.
func (o *fileObject) close() error {
	if o.file == nil {
		return nil
	}
	o.cleanup.Stop()
	o.file = nil
	_, err := o.handle.files.close(o.handle.handle)
	return err
}

// isOpen tells whether the file is open; Release may have closed it.
func (o *fileObject) isOpen() bool {
	return o.file != nil && o.handle.files.file(o.handle.handle) == o.file
}

// outcome notes err for Error() and returns whether there is none, as the result of a
// method.
func (o *fileObject) outcome(t *vm.Thread, s spot, err error) (vm.Value, error) {
	if e := programError(err); e != nil {
		return vm.Value{}, e
	}
	o.note(t, s, err)
	return vm.Bool(err == nil), nil
}

// note notes err for Error() and FError().
func (o *fileObject) note(t *vm.Thread, s spot, err error) {
	code := faultOf(s, err)
	filesOf(t).fault = code
	o.fault = nil
	if err != nil {
		o.fault = &fileFault{fileFaultText(code), code}
	}
}

// errClosed is the error of using a file object whose file is not open.
var errClosed = errors.New("the file is not open")

// common calls a method that both classes have. It returns false if it is none.
func (o *fileObject) common(t *vm.Thread, name string, a vm.Args) (v vm.Value, ok bool, err error) {
	switch name {
	case "NEW":
		o.name, err = argText("NEW", a, 0)
		v = o.self
	case "CLOSE":
		v, err = o.outcome(t, spot{}, o.close())
	case "EXISTS":
		v, err = o.exists(t)
	case "ERASE":
		v, err = o.erase(t)
	case "GETFILESIZE":
		v, err = o.size(t)
	case "GETFILENAME":
		v = vm.Str(o.name)
	case "SETCASESENSITIVE":
		o.asWritten, err = optBool(name, a, 0, true)
	case "ERROR":
		if o.fault != nil {
			v = vm.NewNative(o.fault)
		}
	default:
		return v, false, nil
	}
	return v, true, err
}

func (o *fileObject) exists(t *vm.Thread) (vm.Value, error) {
	s, err := o.place(t)
	if err != nil {
		return vm.Bool(false), nil
	}
	info, err := s.stat()
	return vm.Bool(err == nil && info.Mode().IsRegular()), nil
}

func (o *fileObject) erase(t *vm.Thread) (vm.Value, error) {
	err := o.close()
	s, found := o.place(t)
	if err == nil {
		err = found
	}
	if err == nil {
		err = s.root.Remove(s.path)
	}
	return o.outcome(t, s, err)
}

// size returns the size of the file, open or not; 0 if there is none.
func (o *fileObject) size(t *vm.Thread) (vm.Value, error) {
	s, err := o.place(t)
	if err != nil {
		return vm.Int(0), nil
	}
	info, err := s.stat()
	if err != nil {
		return vm.Int(0), nil
	}
	return vm.Num(float64(info.Size())), nil
}

// fileFault is what Error() of a file object returns: Message and Code.
type fileFault struct {
	message string
	code    int
}

// fileFaultText returns a text for a number of FError.
func fileFaultText(code int) string {
	switch code {
	case faultClient:
		return "the file is the client's"
	case faultNoFile:
		return "there is no such file"
	case faultNoFolder:
		return "there is no such folder"
	case faultTooMany:
		return "too many files are open"
	case faultHandle:
		return "the file is not open"
	case faultInUse:
		return "the file is in use"
	case faultWrite:
		return "the file cannot be written"
	}
	return "access is denied"
}

func (e *fileFault) ClassName() string { return "FWFILEERROR" }

func (e *fileFault) Get(_ *vm.Thread, name string) (vm.Value, error) {
	switch name {
	case "MESSAGE", "CMESSAGE":
		return vm.Str(e.message), nil
	case "CODE", "NCODE":
		return vm.Int(e.code), nil
	}
	return vm.Value{}, noMember(e, name)
}

func (e *fileFault) Set(_ *vm.Thread, name string, _ vm.Value) error { return noMember(e, name) }

func (e *fileFault) Send(_ *vm.Thread, name string, _ vm.Args) (vm.Value, error) {
	return vm.Value{}, noMethod(e, name)
}

// fileReader is an object of FWFileReader.
type fileReader struct {
	fileObject
	text *textFile
}

// FWFileReader():New(cFile) → an object that reads a text file line by line, however large
// it is. Open() opens the file and tells whether that succeeded; HasLine() tells whether
// there is one more line and GetLine([lWithEnd]) returns it, without its end unless
// lWithEnd is .T.; GetAllLines() returns an array of those left; FullRead() returns all
// that is left as one string. EoF() tells whether the end is reached, GetBytesRead() how
// far it is read, GetFileSize() its size; GoTop() begins again. Close() closes it,
// Exists(), Erase() and GetFileName() speak of the file, Error() returns an object with
// Message and Code of what failed last, else NIL. SetBufferSize(nBytes) changes nothing
// that a program can see. Source: TDN, public programs.
func newFileReader(t *vm.Thread, _ vm.Args) (vm.Value, error) {
	if err := t.Charge(entryBytes); err != nil {
		return vm.Value{}, err
	}
	r := new(fileReader)
	r.self = vm.NewNative(r)
	return r.self, nil
}

func (r *fileReader) ClassName() string { return "FWFILEREADER" }

// Walk returns the size of what the reader holds.
func (r *fileReader) Walk(func(vm.Value)) int {
	if r.text == nil {
		return entryBytes + len(r.name)
	}
	return entryBytes + len(r.name) + cap(r.text.window) + 8*cap(r.text.marks)
}

func (r *fileReader) Get(_ *vm.Thread, name string) (vm.Value, error) {
	return vm.Value{}, noMember(r, name)
}

func (r *fileReader) Set(_ *vm.Thread, name string, _ vm.Value) error { return noMember(r, name) }

// lines returns what reads the file, or nil, and a noted error, if it is not open.
func (r *fileReader) lines(t *vm.Thread) *textFile {
	if r.isOpen() {
		return r.text
	}
	r.note(t, spot{}, errClosed)
	return nil
}

func (r *fileReader) Send(t *vm.Thread, name string, a vm.Args) (vm.Value, error) {
	switch name {
	case "OPEN":
		return r.open(t)
	case "HASLINE":
		x := r.lines(t)
		return vm.Bool(x != nil && !x.eof()), nil
	case "EOF":
		x := r.lines(t)
		return vm.Bool(x == nil || x.eof()), nil
	case "GETLINE":
		return r.line(t, a)
	case "GETALLLINES":
		return r.allLines(t)
	case "FULLREAD":
		return r.rest(t)
	case "GOTOP":
		if x := r.lines(t); x != nil {
			return vm.Value{}, x.goTo(t, 1)
		}
		return vm.Value{}, nil
	case "GETBYTESREAD":
		if r.text == nil {
			return vm.Int(0), nil
		}
		return vm.Num(float64(r.text.start)), nil
	case "SETBUFFERSIZE":
		return vm.Value{}, nil
	}
	v, ok, err := r.common(t, name, a)
	if !ok {
		return v, noMethod(r, name)
	}
	return v, err
}

func (r *fileReader) open(t *vm.Thread) (vm.Value, error) {
	if err := t.Charge(windowBytes); err != nil {
		return vm.Value{}, err
	}
	r.text = nil
	s, err := openOwned(t, r, &r.fileObject, os.O_RDONLY)
	if err == nil {
		r.text = newTextFile(r.handle.handle, r.file)
	}
	return r.outcome(t, s, err)
}

func (r *fileReader) line(t *vm.Thread, a vm.Args) (vm.Value, error) {
	whole, err := optBool("GETLINE", a, 0, false)
	if err != nil {
		return vm.Value{}, err
	}
	x := r.lines(t)
	if x == nil {
		return vm.Str(""), nil
	}
	text, err := x.take(t, whole)
	if e := programError(err); e != nil {
		return vm.Value{}, e
	}
	r.note(t, spot{}, err)
	return vm.Str(text), nil
}

// take returns the current line, with its end if whole, and goes to the next.
func (x *textFile) take(t *vm.Thread, whole bool) (string, error) {
	text, err := x.text(t)
	if err != nil {
		return "", err
	}
	if whole {
		end := make([]byte, x.end-x.start-int64(len(text)))
		if _, err := x.file.ReadAt(end, x.end-int64(len(end))); err != nil && err != io.EOF {
			return "", err
		}
		text += string(end)
	}
	_, err = x.next(t)
	return text, err
}

func (r *fileReader) allLines(t *vm.Thread) (vm.Value, error) {
	arr := new(vm.ArrayValue)
	h := hold{thread: t}
	for x := r.lines(t); x != nil && !x.eof(); {
		text, err := x.take(t, false)
		if err == nil {
			err = h.charge(len(text))
		}
		if err == nil {
			err = h.add(arr, vm.Str(text))
		}
		if e := programError(err); e != nil {
			return vm.Value{}, e
		}
		if err != nil {
			r.note(t, spot{}, err)
			break
		}
		if err := t.Poll(); err != nil {
			return vm.Value{}, err
		}
	}
	return vm.ArrayOf(arr), nil
}

// rest returns all from the current line on.
func (r *fileReader) rest(t *vm.Thread) (vm.Value, error) {
	x := r.lines(t)
	if x == nil {
		return vm.Str(""), nil
	}
	text, err := x.rest(t)
	if e := programError(err); e != nil {
		return vm.Value{}, e
	}
	r.note(t, spot{}, err)
	return vm.Str(text), nil
}

func (x *textFile) rest(t *vm.Thread) (string, error) {
	info, err := x.file.Stat()
	if err != nil {
		return "", err
	}
	n := max(info.Size()-x.start, 0)
	text, err := readText(t, io.NewSectionReader(x.file, x.start, n), n)
	if err != nil {
		return "", err
	}
	lines, err := x.count(t)
	if err != nil {
		return "", err
	}
	return text, x.goTo(t, lines+1)
}

// fileWriter is an object of FWFileWriter.
type fileWriter struct{ fileObject }

// FWFileWriter():New(cFile[, lBuffer]) → an object that writes a file; lBuffer changes
// nothing. Create() makes the file, or empties it, and Open() opens one that exists; both
// tell whether that succeeded. Write(cText) writes and tells the same; GoTop() and
// GoBottom() say where, and Clear() empties the file. CreateDirectory() makes the folders
// of its name. A new name is in lower case unless SetCaseSensitive(.T.) was called.
// Close(), Exists(), Erase(), GetFileName(), GetFileSize() and Error() are those of
// FWFileReader. Source: public programs.
func newFileWriter(t *vm.Thread, _ vm.Args) (vm.Value, error) {
	if err := t.Charge(entryBytes); err != nil {
		return vm.Value{}, err
	}
	w := new(fileWriter)
	w.self = vm.NewNative(w)
	return w.self, nil
}

func (w *fileWriter) ClassName() string { return "FWFILEWRITER" }

// Walk returns the size of what the writer holds.
func (w *fileWriter) Walk(func(vm.Value)) int { return entryBytes + len(w.name) }

func (w *fileWriter) Get(_ *vm.Thread, name string) (vm.Value, error) {
	return vm.Value{}, noMember(w, name)
}

func (w *fileWriter) Set(_ *vm.Thread, name string, _ vm.Value) error { return noMember(w, name) }

func (w *fileWriter) Send(t *vm.Thread, name string, a vm.Args) (vm.Value, error) {
	switch name {
	case "CREATE":
		s, err := openOwned(t, w, &w.fileObject, os.O_RDWR|os.O_CREATE|os.O_TRUNC)
		return w.outcome(t, s, err)
	case "OPEN":
		s, err := openOwned(t, w, &w.fileObject, os.O_RDWR)
		return w.outcome(t, s, err)
	case "WRITE":
		return w.write(t, a)
	case "GOTOP":
		return w.use(t, func() error { _, err := w.file.Seek(0, io.SeekStart); return err })
	case "GOBOTTOM":
		return w.use(t, func() error { _, err := w.file.Seek(0, io.SeekEnd); return err })
	case "CLEAR":
		return w.use(t, w.clear)
	case "CREATEDIRECTORY":
		return w.createFolder(t)
	}
	v, ok, err := w.common(t, name, a)
	if !ok {
		return v, noMethod(w, name)
	}
	return v, err
}

// use does something with the open file and returns whether it succeeded.
func (w *fileWriter) use(t *vm.Thread, do func() error) (vm.Value, error) {
	err := errClosed
	if w.isOpen() {
		err = do()
	}
	return w.outcome(t, spot{}, err)
}

func (w *fileWriter) clear() error {
	_, err := w.file.Seek(0, io.SeekStart)
	return errors.Join(err, w.file.Truncate(0))
}

func (w *fileWriter) write(t *vm.Thread, a vm.Args) (vm.Value, error) {
	text, err := argText("WRITE", a, 0)
	if err != nil {
		return vm.Value{}, err
	}
	return w.use(t, func() error { _, err := writeText(t, w.file, text); return err })
}

// createFolder makes the folder of the file.
func (w *fileWriter) createFolder(t *vm.Thread) (vm.Value, error) {
	s, err := w.place(t)
	if folder := path.Dir(s.path); err == nil && folder != "." {
		err = s.root.MkdirAll(folder)
	}
	return w.outcome(t, s, err)
}
