package host

import (
	"bytes"
	"strings"

	"go.uber.org/zap"

	"appserver/internal/advpl/lib"
)

// maxLogLine is how many bytes of a line that a program prints make one record of the log;
// the rest makes more.
const maxLogLine = 4 << 10

// lineLog writes what a thread's programs print, in cp1252, to the server's log, a record
// for each line. Only the thread uses it.
type lineLog struct {
	thread *Thread
	log    *zap.Logger // nil until there is a line
	line   []byte
}

// Write takes some text. It always succeeds.
func (l *lineLog) Write(p []byte) (int, error) {
	n := len(p)
	for len(p) > 0 {
		end := bytes.IndexByte(p, '\n')
		if end < 0 {
			l.add(p)
			break
		}
		l.add(p[:end])
		l.flush()
		p = p[end+1:]
	}
	return n, nil
}

// add puts text that has no end of line to the line.
func (l *lineLog) add(p []byte) {
	for len(l.line)+len(p) > maxLogLine {
		room := maxLogLine - len(l.line)
		l.line = append(l.line, p[:room]...)
		p = p[room:]
		l.flush()
	}
	l.line = append(l.line, p...)
}

// flush writes what has been printed of a line, unless that is nothing.
func (l *lineLog) flush() {
	if text := strings.TrimRight(string(l.line), "\r"); text != "" {
		if l.log == nil {
			l.log = l.thread.host.o.Log.Named("program").With(zap.String("environment", l.thread.env.Name), zap.Int64("thread", l.thread.id))
		}
		l.log.Info(lib.ToUTF8(text))
	}
	l.line = l.line[:0]
}
