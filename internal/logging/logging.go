// Package logging makes the server's logger: a *zap.Logger that writes one of
// three formats.
//
//	text     2026-02-26T16:19:44.020-03:00 INFO  port: connection routed protocol=http took=1.2ms
//	json     {"level":"info","time":"2026-02-26T16:19:44.020-03:00","part":"port","message":"connection routed","protocol":"http","took":0.0012}
//	classic  2026-02-26T16:19:44.020000-03:00 19704|[INFO ][PORT] connection routed protocol=http took=1.2ms
//
// The part is the zap logger's name ([zap.Logger.Named]). Classic has the shape
// that scripts of long-standing AppServer installations match: microseconds, the
// process id (a Go program has no lasting thread ids) and a bar, the level padded
// to five letters with no blank before the next bracket, the part in upper case.
//
// What comes from a peer belongs into fields, never into the message. Field
// values are quoted as logfmt does where they hold anything but plain printable
// characters, so that no peer can forge a record, hide text or drive a terminal.
// Of messages, text escapes every line break and classic keeps them: there a
// record of several lines has one prefix. A field named "stack" (as zap.Stack
// makes it) is the one exception: it follows its record as lines that begin with
// a tab.
package logging

import (
	"os"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

// The formats that New knows.
const (
	Text    = "text"
	JSON    = "json"
	Classic = "classic"
)

// stackKey names the field that holds a stack trace.
const stackKey = "stack"

// Sampled returns log with at most ten records a second of each message and
// level, and every hundredth after that: for what peers can cause in masses.
func Sampled(log *zap.Logger) *zap.Logger {
	return log.WithOptions(zap.WrapCore(func(core zapcore.Core) zapcore.Core {
		return zapcore.NewSamplerWithOptions(core, time.Second, 10, 100)
	}))
}

// New returns a logger that writes records of level and above to w, each with
// one Write. It serialises the writes, so w need not be safe for concurrent use.
// Format is Text, JSON or Classic; anything else, the empty string included,
// means Text. Changing level takes effect at once.
func New(w zapcore.WriteSyncer, format string, level zap.AtomicLevel) *zap.Logger {
	return newLogger(w, format, level, os.Getpid())
}

func newLogger(w zapcore.WriteSyncer, format string, level zap.AtomicLevel, pid int) *zap.Logger {
	w = zapcore.Lock(w)
	return zap.New(zapcore.NewCore(newEncoder(format, pid), w, level), zap.ErrorOutput(w))
}

func newEncoder(format string, pid int) zapcore.Encoder {
	switch format {
	case JSON:
		return newJSONEncoder()
	case Classic:
		return newLineEncoder(classicLayout{pid: pid})
	default:
		return newLineEncoder(textLayout{})
	}
}

// newJSONEncoder writes durations as seconds and levels in lower case.
func newJSONEncoder() zapcore.Encoder {
	return zapcore.NewJSONEncoder(zapcore.EncoderConfig{
		TimeKey:        "time",
		LevelKey:       "level",
		NameKey:        "part",
		MessageKey:     "message",
		StacktraceKey:  stackKey,
		EncodeTime:     zapcore.TimeEncoderOfLayout(textTime),
		EncodeLevel:    zapcore.LowercaseLevelEncoder,
		EncodeDuration: zapcore.SecondsDurationEncoder,
		EncodeName:     zapcore.FullNameEncoder,
	})
}
