package logging

import (
	"strconv"
	"strings"

	"go.uber.org/zap/buffer"
	"go.uber.org/zap/zapcore"
)

const (
	textTime    = "2006-01-02T15:04:05.000Z07:00"
	classicTime = "2006-01-02T15:04:05.000000-07:00"
)

// A layout writes everything of a record that stands before its fields.
type layout interface {
	appendHead(dst []byte, e zapcore.Entry) []byte
}

type textLayout struct{}

func (textLayout) appendHead(dst []byte, e zapcore.Entry) []byte {
	dst = e.Time.AppendFormat(dst, textTime)
	dst = append(dst, ' ')
	dst = append(dst, levelName(e.Level)...)
	dst = append(dst, ' ')
	if e.LoggerName != "" {
		dst = appendPrintable(dst, e.LoggerName)
		dst = append(dst, ": "...)
	}
	return appendPrintable(dst, strings.TrimRight(e.Message, "\r\n"))
}

type classicLayout struct{ pid int }

func (l classicLayout) appendHead(dst []byte, e zapcore.Entry) []byte {
	part := e.LoggerName
	if part == "" {
		part = "server"
	}
	dst = e.Time.AppendFormat(dst, classicTime)
	dst = append(dst, ' ')
	dst = strconv.AppendInt(dst, int64(l.pid), 10)
	dst = append(dst, "|["...)
	dst = append(dst, levelName(e.Level)...)
	dst = append(dst, "]["...)
	dst = appendPrintable(dst, strings.ToUpper(part))
	dst = append(dst, "] "...)
	return appendLines(dst, e.Message)
}

// levelName returns the level's name, padded to five letters.
func levelName(l zapcore.Level) string {
	switch {
	case l <= zapcore.DebugLevel:
		return "DEBUG"
	case l == zapcore.InfoLevel:
		return "INFO "
	case l == zapcore.WarnLevel:
		return "WARN "
	case l == zapcore.ErrorLevel:
		return "ERROR"
	default:
		return "FATAL"
	}
}

// lineEncoder is the zapcore.Encoder of the formats text and classic.
type lineEncoder struct {
	fields // of the logger's context
	layout layout
	pool   buffer.Pool // makes the buffers that EncodeEntry returns
}

func newLineEncoder(l layout) *lineEncoder {
	return &lineEncoder{layout: l, pool: buffer.NewPool()}
}

func (e *lineEncoder) Clone() zapcore.Encoder {
	return &lineEncoder{fields: e.fields.clone(), layout: e.layout, pool: e.pool}
}

func (e *lineEncoder) EncodeEntry(entry zapcore.Entry, with []zapcore.Field) (*buffer.Buffer, error) {
	all := e.fields.clone()
	stacks := []string{entry.Stack}
	for _, f := range with {
		if s, ok := stackOf(f); ok {
			stacks = append(stacks, s)
			continue
		}
		f.AddTo(&all)
	}
	line := e.layout.appendHead(make([]byte, 0, 256), entry)
	line = append(line, all.buf...)
	line = append(line, '\n')
	for _, s := range stacks {
		line = appendStack(line, s)
	}
	out := e.pool.Get()
	out.AppendBytes(line)
	return out, nil
}

// stackOf returns the stack trace that f holds, if it is a field of that name.
func stackOf(f zapcore.Field) (string, bool) {
	if f.Key != stackKey {
		return "", false
	}
	switch f.Type {
	case zapcore.StringType:
		return f.String, true
	case zapcore.ByteStringType:
		b, ok := f.Interface.([]byte)
		return string(b), ok
	}
	return "", false
}

// appendStack appends the lines of s, each after a tab.
func appendStack(dst []byte, s string) []byte {
	for line := range strings.Lines(s) {
		line = strings.TrimRight(line, "\r\n")
		indent := len(line) - len(strings.TrimLeft(line, "\t"))
		dst = append(dst, '\t')
		dst = append(dst, line[:indent]...)
		dst = appendPrintable(dst, line[indent:])
		dst = append(dst, '\n')
	}
	return dst
}

// appendLines appends s with its line breaks; the rest of it is made printable.
func appendLines(dst []byte, s string) []byte {
	first := true
	for line := range strings.SplitSeq(strings.TrimRight(s, "\r\n"), "\n") {
		if !first {
			dst = append(dst, '\n')
		}
		first = false
		dst = appendPrintable(dst, strings.TrimSuffix(line, "\r"))
	}
	return dst
}
