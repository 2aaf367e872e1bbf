package config

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
)

// The largest file and the longest line that are read, in bytes, and the largest
// number of keys.
const (
	maxFile = 1 << 20
	maxLine = 64 << 10
	maxKeys = 10_000
)

// decode returns data as UTF-8 text without byte order mark. Bytes that are not
// UTF-8 are read as Windows-1252, the encoding that the original requires, and
// legacy is true. UTF-16 is refused with the command that converts the file of
// that name.
func decode(data []byte, file string) (text string, legacy bool, err error) {
	if len(data) > maxFile {
		return "", false, fmt.Errorf("is larger than %d bytes; an appserver.ini has some kilobytes", maxFile)
	}
	if name := utf16Name(data); name != "" {
		return "", false, fmt.Errorf("is encoded in %s; save it as UTF-8 or ANSI (Windows-1252), for instance with: iconv -f %[1]s -t UTF-8 %[2]s > %[3]s && mv %[3]s %[2]s",
			name, shellWord(file), shellWord(file+".utf8"))
	}
	if i := bytes.IndexByte(data, 0); i >= 0 {
		return "", false, fmt.Errorf("is not text: byte %d is zero", i+1)
	}
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	if utf8.Valid(data) {
		return string(data), false, nil
	}
	data, err = charmap.Windows1252.NewDecoder().Bytes(data)
	if err != nil {
		return "", false, errors.New("cannot be read as Windows-1252")
	}
	return string(data), true, nil
}

// shellWord quotes what a shell would not take as one word.
func shellWord(s string) string {
	if !strings.ContainsFunc(s, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("/._-:", r)
	}) {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

// utf16Name returns the name of the UTF-16 variety that data is in, or "". Text
// of Western languages in UTF-16 has a zero in every second byte.
func utf16Name(data []byte) string {
	switch {
	case bytes.HasPrefix(data, []byte("\xff\xfe")):
		return "UTF-16LE"
	case bytes.HasPrefix(data, []byte("\xfe\xff")):
		return "UTF-16BE"
	}
	var zeros [2]int
	head := data[:min(len(data), 4096)]
	for i, b := range head {
		if b == 0 {
			zeros[i&1]++
		}
	}
	half := len(head) / 2
	switch {
	case half == 0:
		return ""
	case zeros[1] > half/2 && zeros[0] < half/4:
		return "UTF-16LE"
	case zeros[0] > half/2 && zeros[1] < half/4:
		return "UTF-16BE"
	}
	return ""
}
