package lib

import (
	"crypto/md5"
	"encoding/base64"
	"encoding/hex"
	"strings"

	"appserver/internal/advpl/vm"
)

var encodingFuncs = table{
	"OEMTOANSI":  oemToAnsi,
	"ANSITOOEM":  ansiToOem,
	"ENCODEUTF8": encodeUTF8,
	"DECODEUTF8": decodeUTF8,
	"ENCODE64":   encode64,
	"DECODE64":   decode64,
	"MD5":        md5Sum,
}

// OemToAnsi(cText) → cText converted from code page 850 to Windows 1252; what that
// lacks stays as it is. Source: TDN.
func oemToAnsi(t *vm.Thread, a vm.Args) (vm.Value, error) { return mapped("OEMTOANSI", t, a, ansiOf) }

// AnsiToOem(cText) → cText converted from Windows 1252 to code page 850; what that
// lacks stays as it is. Source: TDN.
func ansiToOem(t *vm.Thread, a vm.Args) (vm.Value, error) { return mapped("ANSITOOEM", t, a, oemOf) }

// EncodeUTF8(cText[, cCodePage = "CP1252"]) → cText as UTF-8. Other code pages than
// Windows 1252 are an error. Source: TDN.
func encodeUTF8(t *vm.Thread, a vm.Args) (vm.Value, error) {
	s, err := argPaged("ENCODEUTF8", a)
	if err != nil {
		return vm.Value{}, err
	}
	return newText(t, utf8Len(s), func() string { return toUTF8(s) })
}

// DecodeUTF8(cText[, cCodePage = "CP1252"]) → cText converted from UTF-8; NIL if it is
// not UTF-8 or has a character that the code page lacks. Source: TDN.
func decodeUTF8(t *vm.Thread, a vm.Args) (vm.Value, error) {
	s, err := argPaged("DECODEUTF8", a)
	if err != nil {
		return vm.Value{}, err
	}
	if err := t.CheckString(len(s)); err != nil {
		return vm.Value{}, err
	}
	if s, ok := fromUTF8(s); ok {
		return vm.Str(s), nil
	}
	return vm.Value{}, nil
}

// argPaged returns the string to convert and checks the name of the code page, the
// second argument.
func argPaged(fn string, a vm.Args) (string, error) {
	s, err := argText(fn, a, 0)
	if err != nil {
		return "", err
	}
	name, err := optText(fn, a, 1, "CP1252")
	if err != nil {
		return "", err
	}
	switch strings.ToUpper(name) {
	case "CP1252", "WINDOWS-1252", "1252", "":
		return s, nil
	}
	return "", vm.ArgError(fn, a, 1, `the code page "cp1252"`)
}

// Encode64(cText) → cText in base64. Source: TDN.
func encode64(t *vm.Thread, a vm.Args) (vm.Value, error) {
	s, err := argText("ENCODE64", a, 0)
	if err != nil {
		return vm.Value{}, err
	}
	return newText(t, base64.StdEncoding.EncodedLen(len(s)), func() string {
		return base64.StdEncoding.EncodeToString([]byte(s))
	})
}

// Decode64(cText) → what cText holds in base64, with or without padding and line ends;
// "" if it is not base64. Source: TDN.
func decode64(t *vm.Thread, a vm.Args) (vm.Value, error) {
	s, err := argText("DECODE64", a, 0)
	if err != nil {
		return vm.Value{}, err
	}
	return newText(t, len(s), func() string {
		b, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(s, "=\r\n \t"))
		if err != nil {
			return ""
		}
		return string(b)
	})
}

// MD5(cText[, nKind = 2]) → the MD5 sum of cText: 16 bytes with nKind 1, 32 hexadecimal
// digits with 2. Source: TDN.
func md5Sum(_ *vm.Thread, a vm.Args) (vm.Value, error) {
	s, err := argText("MD5", a, 0)
	if err != nil {
		return vm.Value{}, err
	}
	kind, err := optInt("MD5", a, 1, 2)
	if err != nil {
		return vm.Value{}, err
	}
	sum := md5.Sum([]byte(s))
	if kind == 1 {
		return vm.Str(string(sum[:])), nil
	}
	return vm.Str(hex.EncodeToString(sum[:])), nil
}
