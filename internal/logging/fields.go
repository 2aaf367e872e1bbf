package logging

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"go.uber.org/zap/zapcore"
)

// fields is a zapcore.ObjectEncoder that writes " key=value" for each field, in
// order. Lists of plain values become one value with commas; everything else
// that is not a plain value becomes JSON.
type fields struct {
	buf []byte
	ns  string // namespaces opened so far, each followed by a dot
}

func (f *fields) clone() fields {
	return fields{buf: slices.Clone(f.buf), ns: f.ns}
}

// key appends " key=".
func (f *fields) key(k string) {
	f.buf = append(f.buf, ' ')
	f.buf = appendKey(f.buf, f.ns)
	f.buf = appendKey(f.buf, k)
	f.buf = append(f.buf, '=')
}

func (f *fields) AddString(k, v string) {
	f.key(k)
	f.buf = appendValue(f.buf, v)
}

func (f *fields) AddBool(k string, v bool) {
	f.key(k)
	f.buf = strconv.AppendBool(f.buf, v)
}

func (f *fields) AddInt64(k string, v int64) {
	f.key(k)
	f.buf = strconv.AppendInt(f.buf, v, 10)
}

func (f *fields) AddUint64(k string, v uint64) {
	f.key(k)
	f.buf = strconv.AppendUint(f.buf, v, 10)
}

func (f *fields) addFloat(k string, v float64, bits int) {
	f.key(k)
	format := byte('f')
	if a := math.Abs(v); a != 0 && (a < 1e-6 || a >= 1e15) {
		format = 'g'
	}
	f.buf = strconv.AppendFloat(f.buf, v, format, -1, bits)
}

func (f *fields) AddArray(k string, v zapcore.ArrayMarshaler) error {
	m := zapcore.NewMapObjectEncoder()
	err := m.AddArray(k, v)
	list, _ := m.Fields[k].([]any)
	if s, ok := joined(list); ok {
		f.AddString(k, s)
		return err
	}
	return firstError(err, f.addJSON(k, list))
}

func (f *fields) AddObject(k string, v zapcore.ObjectMarshaler) error {
	m := zapcore.NewMapObjectEncoder()
	err := v.MarshalLogObject(m)
	return firstError(err, f.addJSON(k, m.Fields))
}

func (f *fields) AddReflected(k string, v any) error { return f.addJSON(k, v) }
func (f *fields) OpenNamespace(k string)             { f.ns += k + "." }

func (f *fields) AddBinary(k string, v []byte) {
	f.AddString(k, base64.StdEncoding.EncodeToString(v))
}
func (f *fields) AddByteString(k string, v []byte)      { f.AddString(k, string(v)) }
func (f *fields) AddDuration(k string, v time.Duration) { f.AddString(k, v.String()) }
func (f *fields) AddTime(k string, v time.Time)         { f.AddString(k, v.Format(textTime)) }
func (f *fields) AddComplex128(k string, v complex128)  { f.AddString(k, fmt.Sprint(v)) }
func (f *fields) AddComplex64(k string, v complex64)    { f.AddString(k, fmt.Sprint(v)) }
func (f *fields) AddFloat64(k string, v float64)        { f.addFloat(k, v, 64) }
func (f *fields) AddFloat32(k string, v float32)        { f.addFloat(k, float64(v), 32) }
func (f *fields) AddInt(k string, v int)                { f.AddInt64(k, int64(v)) }
func (f *fields) AddInt32(k string, v int32)            { f.AddInt64(k, int64(v)) }
func (f *fields) AddInt16(k string, v int16)            { f.AddInt64(k, int64(v)) }
func (f *fields) AddInt8(k string, v int8)              { f.AddInt64(k, int64(v)) }
func (f *fields) AddUint(k string, v uint)              { f.AddUint64(k, uint64(v)) }
func (f *fields) AddUint32(k string, v uint32)          { f.AddUint64(k, uint64(v)) }
func (f *fields) AddUint16(k string, v uint16)          { f.AddUint64(k, uint64(v)) }
func (f *fields) AddUint8(k string, v uint8)            { f.AddUint64(k, uint64(v)) }
func (f *fields) AddUintptr(k string, v uintptr)        { f.AddUint64(k, uint64(v)) }

func (f *fields) addJSON(k string, v any) error {
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return err
	}
	f.AddString(k, strings.TrimSuffix(b.String(), "\n"))
	return nil
}

// joined returns the values of list with commas between them. It reports false
// if one of them is no plain value or holds a comma itself.
func joined(list []any) (string, bool) {
	parts := make([]string, len(list))
	for i, v := range list {
		switch v := v.(type) {
		case map[string]any, []any:
			return "", false
		default:
			parts[i] = fmt.Sprint(v)
		}
		if strings.Contains(parts[i], ",") {
			return "", false
		}
	}
	return strings.Join(parts, ","), true
}

func firstError(a, b error) error {
	if a != nil {
		return a
	}
	return b
}

// appendKey appends k with everything that could end a key replaced.
func appendKey(dst []byte, k string) []byte {
	for _, r := range k {
		if r <= ' ' || r == '=' || r == '"' || r == utf8.RuneError || !strconv.IsPrint(r) {
			r = '_'
		}
		dst = utf8.AppendRune(dst, r)
	}
	return dst
}

// appendValue appends v as logfmt writes values: as it is if every character is
// printable and none is a blank, '=', '"' or '\'; else in double quotes with
// Go's escapes.
func appendValue(dst []byte, v string) []byte {
	if v != "" && !strings.ContainsFunc(v, needsQuotes) {
		return append(dst, v...)
	}
	return strconv.AppendQuote(dst, v)
}

func needsQuotes(r rune) bool {
	switch r {
	case ' ', '=', '"', '\\', utf8.RuneError:
		return true
	}
	return !strconv.IsPrint(r)
}

// appendPrintable appends s with Go's escapes for whatever is not printable;
// blanks stay.
func appendPrintable(dst []byte, s string) []byte {
	for len(s) > 0 {
		r, size := utf8.DecodeRuneInString(s)
		if r == utf8.RuneError || !strconv.IsPrint(r) {
			quoted := strconv.AppendQuote(nil, s[:size])
			dst = append(dst, quoted[1:len(quoted)-1]...)
		} else {
			dst = append(dst, s[:size]...)
		}
		s = s[size:]
	}
	return dst
}
