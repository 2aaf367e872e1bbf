package lib

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"path"
	"strings"

	"appserver/internal/advpl/vm"
)

var iniFuncs = table{
	"GETPVPROFSTRING":   getPvProfString,
	"GETPVPROFILEINT":   getPvProfileInt,
	"GETSRVPROFSTRING":  getSrvProfString,
	"WRITEPPROSTRING":   writePProString,
	"DELETEKEYINI":      deleteKeyINI,
	"DELETESECTIONINI":  deleteSectionINI,
	"GETINISESSIONS":    getIniSessions,
	"GETINIKEYS":        getIniKeys,
	"GETPROFSTRING":     getProfString,
	"GETPROFINT":        getProfInt,
	"WRITEPROFSTRING":   writeProfString,
	"FWGETPROFSTRING":   getProfString,
	"FWWRITEPROFSTRING": writeProfString,
}

// Bounds of settings.
const (
	maxINI      = 1 << 20 // bytes of a file
	maxProfile  = 200     // keys of a profile
	profileText = 4096    // bytes of one of its keys or values
)

// errSettings is the error of writing to the server's own settings.
var errSettings = fmt.Errorf("programs cannot change the settings of the server: %w", fs.ErrPermission)

// ini is a file of settings: lines "key=value" below lines "[section]". Sections and keys
// are in any case; what else there is stays as it is.
type ini struct {
	lines []string // without their ends
	crlf  bool     // what ends them
}

func parseINI(text string) *ini {
	f := &ini{crlf: text == "" || strings.Contains(text, "\r\n")}
	for line := range strings.Lines(text) {
		f.lines = append(f.lines, withoutEnd(line))
	}
	return f
}

// text returns the content of the file.
func (f *ini) text() string {
	end := "\n"
	if f.crlf {
		end = "\r\n"
	}
	if len(f.lines) == 0 {
		return ""
	}
	return strings.Join(f.lines, end) + end
}

// iniSection returns the section that a line begins.
func iniSection(line string) (string, bool) {
	line = strings.TrimSpace(line)
	if !strings.HasPrefix(line, "[") {
		return "", false
	}
	name, _, ok := strings.Cut(line[1:], "]")
	return strings.TrimSpace(name), ok
}

// iniKey returns the key and value of a line.
func iniKey(line string) (key, value string, ok bool) {
	line = strings.TrimSpace(line)
	if line == "" || line[0] == ';' || line[0] == '#' || line[0] == '[' {
		return "", "", false
	}
	key, value, ok = strings.Cut(line, "=")
	return strings.TrimSpace(key), strings.TrimSpace(value), ok
}

// section returns the lines from, behind the section's own, to below those of the section.
func (f *ini) section(name string) (from, to int, ok bool) {
	for i, line := range f.lines {
		s, begins := iniSection(line)
		switch {
		case begins && ok:
			return from, i, true
		case begins && strings.EqualFold(s, name):
			from, ok = i+1, true
		}
	}
	return from, len(f.lines), ok
}

// find returns the line of the key, and its value.
func (f *ini) find(section, key string) (line int, value string, ok bool) {
	from, to, ok := f.section(section)
	for i := from; ok && i < to; i++ {
		if k, v, is := iniKey(f.lines[i]); is && strings.EqualFold(k, key) {
			return i, v, true
		}
	}
	return 0, "", false
}

// put sets a value.
func (f *ini) put(section, key, value string) {
	entry := key + "=" + value
	if line, _, ok := f.find(section, key); ok {
		f.lines[line] = entry
		return
	}
	from, to, ok := f.section(section)
	if !ok {
		f.lines = append(f.lines, "["+section+"]", entry)
		return
	}
	for to > from && strings.TrimSpace(f.lines[to-1]) == "" {
		to--
	}
	f.lines = append(f.lines[:to:to], append([]string{entry}, f.lines[to:]...)...)
}

// remove takes lines away.
func (f *ini) remove(from, to int) { f.lines = append(f.lines[:from:from], f.lines[to:]...) }

// iniName is an INI file that a program names, or the server's settings.
type iniName struct {
	at     spot
	server bool
}

// argINI follows the name in argument i. The name of the server's settings means these, in
// whatever folder.
func argINI(t *vm.Thread, fn string, a vm.Args, i int) (n iniName, bad, err error) {
	name, bad := argText(fn, a, i)
	if bad != nil {
		return n, bad, nil
	}
	own := SurroundingsOf(t).INI
	if base := path.Base(strings.ReplaceAll(toUTF8(trimRight(name)), `\`, "/")); own != "" && strings.EqualFold(base, own) {
		return iniName{server: true}, nil, nil
	}
	n.at, err = locate(t, name, true)
	return n, nil, err
}

// read returns the settings in the file; none if it cannot be read.
func (n iniName) read(t *vm.Thread) (*ini, error) {
	if n.server {
		return parseINI(""), nil
	}
	f, err := n.at.root.OpenFile(n.at.path, 0, 0)
	if err != nil {
		return parseINI(""), nil
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil || info.Size() > maxINI {
		return parseINI(""), nil
	}
	text, err := readText(t, f, info.Size())
	if e := programError(err); e != nil {
		return nil, e
	}
	return parseINI(text), t.Charge(len(text))
}

// value returns a setting.
func (n iniName) value(t *vm.Thread, section, key string) (string, bool, error) {
	if n.server {
		v, ok := serverSetting(t, section, key)
		return v, ok, nil
	}
	f, err := n.read(t)
	if err != nil {
		return "", false, err
	}
	_, v, ok := f.find(section, key)
	return v, ok, nil
}

// serverSetting returns a value of the server's settings, in the code page.
func serverSetting(t *vm.Thread, section, key string) (string, bool) {
	setting := SurroundingsOf(t).Setting
	if setting == nil {
		return "", false
	}
	v, ok := setting(toUTF8(section), toUTF8(key))
	if !ok {
		return "", false
	}
	return pageText(v), true
}

// setServerSetting changes a value of the server's settings, nil removes it.
func setServerSetting(t *vm.Thread, section, key string, value *string) error {
	set := SurroundingsOf(t).SetSetting
	if set == nil {
		return errSettings
	}
	if value != nil {
		value = new(toUTF8(*value))
	}
	return set(toUTF8(strings.TrimSpace(section)), toUTF8(strings.TrimSpace(key)), value)
}

// change replaces the file by what edit makes of it. edit returns false if there is
// nothing to change.
func (n iniName) change(edit func(*ini) bool) (done bool, err error) {
	if n.server {
		return false, errSettings
	}
	err = n.at.root.Edit(n.at.path, maxINI, func(old []byte) ([]byte, error) {
		f := parseINI(string(old))
		done = edit(f)
		return []byte(f.text()), nil
	})
	return done && err == nil, err
}

// iniSetting reads what GetPvProfString and GetPvProfileInt ask for.
func iniSetting(t *vm.Thread, fn string, a vm.Args) (value string, ok bool, err error) {
	section, key, err := twoTexts(fn, a)
	if err != nil {
		return "", false, err
	}
	n, bad, err := argINI(t, fn, a, 3)
	if bad != nil || err != nil {
		return "", false, bad
	}
	return n.value(t, section, key)
}

func twoTexts(fn string, a vm.Args) (x, y string, err error) {
	if x, err = argText(fn, a, 0); err == nil {
		y, err = argText(fn, a, 1)
	}
	return x, y, err
}

// GetPvProfString(cSection, cKey, cDefault, cFile) → the value of the key in the section
// of an INI file, without blanks around it; cDefault if there is none. Sections, keys and
// the name of the file are in any case. The name of the server's own settings
// (GetSrvIniName()) gives their values, but not the secret ones; other files are below the
// root. Source: TDN.
func getPvProfString(t *vm.Thread, a vm.Args) (vm.Value, error) {
	def, err := optText("GETPVPROFSTRING", a, 2, "")
	if err != nil {
		return vm.Value{}, err
	}
	v, ok, err := iniSetting(t, "GETPVPROFSTRING", a)
	if !ok {
		v = def
	}
	return vm.Str(v), err
}

// GetSrvProfString(cKey, cDefault) → the value of the key in the section of the server's
// settings that is the thread's environment; cDefault, which may be left out, if it is not
// set there or programs may not read it. Source: TDN.
func getSrvProfString(t *vm.Thread, a vm.Args) (vm.Value, error) {
	key, err := argText("GETSRVPROFSTRING", a, 0)
	if err != nil {
		return vm.Value{}, err
	}
	def, err := optText("GETSRVPROFSTRING", a, 1, "")
	if err != nil {
		return vm.Value{}, err
	}
	if v, ok := serverSetting(t, pageText(SurroundingsOf(t).Environment), strings.TrimSpace(key)); ok {
		return vm.Str(v), nil
	}
	return vm.Str(def), nil
}

// GetPvProfileInt(cSection, cKey, nDefault, cFile) → the value of the key as a number,
// without decimals; nDefault if there is none, 0 if it does not begin with digits. Source:
// TDN.
func getPvProfileInt(t *vm.Thread, a vm.Args) (vm.Value, error) {
	def, err := optInt("GETPVPROFILEINT", a, 2, 0)
	if err != nil {
		return vm.Value{}, err
	}
	v, ok, err := iniSetting(t, "GETPVPROFILEINT", a)
	if !ok {
		return vm.Int(def), err
	}
	return vm.Int(leadingInt(v)), err
}

// leadingInt returns the number whose digits s begins with.
func leadingInt(s string) int {
	digits, sign := s, 1
	if strings.HasPrefix(s, "-") {
		digits, sign = s[1:], -1
	}
	n := 0
	for i := 0; i < len(digits) && isDigit(digits[i]) && n < math.MaxInt32; i++ {
		n = n*10 + int(digits[i]-'0')
	}
	return sign * min(n, math.MaxInt32)
}

// WritePProString(cSection, cKey, cValue, cFile) → whether the INI file now has the value;
// section, key and file are made if there are none, folders not. What else is in the file
// stays. A file of more than a megabyte and texts with line ends give .F.; FError() tells
// why. The server's own settings can be changed if [General] AllowIniWrite is 1, but for
// secret ones and for what the server could not start with; GetPvProfString tells the new
// value when the server has reloaded its settings. Source: TDN.
func writePProString(t *vm.Thread, a vm.Args) (vm.Value, error) {
	section, key, err := twoTexts("WRITEPPROSTRING", a)
	if err != nil {
		return vm.Value{}, err
	}
	value, err := argText("WRITEPPROSTRING", a, 2)
	if err != nil {
		return vm.Value{}, err
	}
	n, bad, err := argINI(t, "WRITEPPROSTRING", a, 3)
	if bad != nil {
		return vm.Value{}, bad
	}
	if err == nil {
		err = writeSetting(t, n, section, key, value)
	}
	return filesOf(t).success(n.at, err)
}

func writeSetting(t *vm.Thread, n iniName, section, key, value string) error {
	if !fitsINI(section, key, value) {
		return errors.New("a section, key or value cannot stand in an INI file")
	}
	if err := t.Charge(len(section) + len(key) + len(value)); err != nil {
		return err
	}
	if n.server {
		return setServerSetting(t, section, key, &value)
	}
	_, err := n.change(func(f *ini) bool { f.put(section, key, value); return true })
	return err
}

// fitsINI tells whether the texts can be read again as they are written.
func fitsINI(section, key, value string) bool {
	if len(section)+len(key)+len(value) > maxINI/2 || strings.ContainsAny(section+key+value, "\r\n") {
		return false
	}
	k, _, ok := iniKey(key + "=")
	return ok && k != "" && !strings.Contains(key, "=") && !strings.Contains(section, "]")
}

// DeleteKeyINI(cSection, cKey, cFile) → whether the key was in the section of the INI
// file, from which it is removed. Of the server's own settings those can be removed that
// WritePProString can change. Source: TDN.
func deleteKeyINI(t *vm.Thread, a vm.Args) (vm.Value, error) {
	section, key, err := twoTexts("DELETEKEYINI", a)
	if err != nil {
		return vm.Value{}, err
	}
	n, bad, err := argINI(t, "DELETEKEYINI", a, 2)
	if bad != nil {
		return vm.Value{}, bad
	}
	if n.server {
		err := setServerSetting(t, section, key, nil)
		filesOf(t).fault = faultOf(n.at, err)
		return vm.Bool(err == nil), nil
	}
	return changedINI(t, n, err, func(f *ini) bool {
		line, _, ok := f.find(section, key)
		if ok {
			f.remove(line, line+1)
		}
		return ok
	})
}

// DeleteSectionINI(cSection, cFile) → whether the section was in the INI file, from which
// it is removed with all its keys. Source: TDN.
func deleteSectionINI(t *vm.Thread, a vm.Args) (vm.Value, error) {
	section, err := argText("DELETESECTIONINI", a, 0)
	if err != nil {
		return vm.Value{}, err
	}
	n, bad, err := argINI(t, "DELETESECTIONINI", a, 1)
	if bad != nil {
		return vm.Value{}, bad
	}
	return changedINI(t, n, err, func(f *ini) bool {
		from, to, ok := f.section(section)
		if ok {
			f.remove(from-1, to)
		}
		return ok
	})
}

// changedINI changes the file, if it exists and err is nil, and returns whether there was
// something to change.
func changedINI(t *vm.Thread, n iniName, err error, edit func(*ini) bool) (vm.Value, error) {
	done := false
	if err == nil && (n.server || n.at.exists()) {
		done, err = n.change(edit)
	}
	filesOf(t).fault = faultOf(n.at, err)
	return vm.Bool(done), nil
}

// GetIniSessions(cFile) → an array of the sections of the INI file, as they are written;
// {} if there is no such file, and for the server's own settings, which do not tell
// theirs. Source: TDN.
func getIniSessions(t *vm.Thread, a vm.Args) (vm.Value, error) {
	n, bad, err := argINI(t, "GETINISESSIONS", a, 0)
	if bad != nil || err != nil {
		return vm.NewArray(nil), bad
	}
	f, err := n.read(t)
	if err != nil {
		return vm.Value{}, err
	}
	return textArray(t, f.lines, iniSection)
}

// GetIniKeys(cSection, cFile) → an array of the keys in the section of the INI file, as
// they are written; {} if there is none. Source: TDN.
func getIniKeys(t *vm.Thread, a vm.Args) (vm.Value, error) {
	section, err := argText("GETINIKEYS", a, 0)
	if err != nil {
		return vm.Value{}, err
	}
	n, bad, err := argINI(t, "GETINIKEYS", a, 1)
	if bad != nil || err != nil {
		return vm.NewArray(nil), bad
	}
	f, err := n.read(t)
	if err != nil {
		return vm.Value{}, err
	}
	from, to, ok := f.section(section)
	if !ok {
		return vm.NewArray(nil), nil
	}
	return textArray(t, f.lines[from:to], func(line string) (string, bool) {
		key, _, ok := iniKey(line)
		return key, ok
	})
}

// textArray returns an array of what part finds in the lines.
func textArray(t *vm.Thread, lines []string, part func(string) (string, bool)) (vm.Value, error) {
	arr := new(vm.ArrayValue)
	h := hold{thread: t}
	for _, line := range lines {
		s, ok := part(line)
		if !ok {
			continue
		}
		if err := h.add(arr, vm.Str(strings.Clone(s))); err != nil {
			return vm.Value{}, err
		}
	}
	return vm.ArrayOf(arr), nil
}

// profileKey returns the key of a value in the profile.
func profileKey(section, key string) string {
	return mapBytes(section+"\n"+key, upperOf)
}

// GetProfString(cSection, cKey[, cDefault]) → the value that WriteProfString has written
// under the key, else cDefault. Without a client, whose settings these are, they are kept
// until the thread ends. FWGetProfString is the same. Source: TDN, public programs.
func getProfString(t *vm.Thread, a vm.Args) (vm.Value, error) {
	section, key, err := twoTexts("GETPROFSTRING", a)
	if err != nil {
		return vm.Value{}, err
	}
	if v, ok := filesOf(t).profile[profileKey(section, key)]; ok {
		return vm.Str(v), nil
	}
	def, err := optText("GETPROFSTRING", a, 2, "")
	return vm.Str(def), err
}

// GetProfInt(cSection, cKey[, nDefault]) → what GetProfString gives, as a number without
// decimals. Source: TDN.
func getProfInt(t *vm.Thread, a vm.Args) (vm.Value, error) {
	section, key, err := twoTexts("GETPROFINT", a)
	if err != nil {
		return vm.Value{}, err
	}
	if v, ok := filesOf(t).profile[profileKey(section, key)]; ok {
		return vm.Int(leadingInt(v)), nil
	}
	def, err := optInt("GETPROFINT", a, 2, 0)
	return vm.Int(def), err
}

// WriteProfString(cSection, cKey, cValue) → whether the value is kept for GetProfString,
// until the thread ends: up to 200 of them, of up to 4,096 bytes. FWWriteProfString is
// the same. Source: TDN, public programs.
func writeProfString(t *vm.Thread, a vm.Args) (vm.Value, error) {
	section, key, err := twoTexts("WRITEPROFSTRING", a)
	if err != nil {
		return vm.Value{}, err
	}
	value, err := argText("WRITEPROFSTRING", a, 2)
	if err != nil {
		return vm.Value{}, err
	}
	f := filesOf(t)
	k := profileKey(section, key)
	if _, has := f.profile[k]; len(k) > profileText || len(value) > profileText || !has && len(f.profile) >= maxProfile {
		return vm.Bool(false), nil
	}
	if err := t.Charge(len(k) + len(value)); err != nil {
		return vm.Value{}, err
	}
	if f.profile == nil {
		f.profile = make(map[string]string)
	}
	f.profile[k] = strings.Clone(value)
	return vm.Bool(true), nil
}
