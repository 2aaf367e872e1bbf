package httpport

import (
	"log"
	"strings"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

// newErrorLog returns the logger for what net/http has to say.
func newErrorLog(l *zap.Logger) *log.Logger {
	return log.New(errorLog{l.WithOptions(zap.WithCaller(false))}, "", 0)
}

// errorLog writes the lines of net/http to zap. Most tell of peers that went
// away or sent nonsense, which is no news on an open port; those that tell of a
// fault on our side are warnings. Net/http gives only text, so the beginnings
// of its sentences decide; one that is not known stays at debug.
type errorLog struct{ log *zap.Logger }

func (e errorLog) Write(p []byte) (int, error) {
	line := strings.TrimSuffix(string(p), "\n")
	e.log.Log(errorLevel(line), bounded(line))
	return len(p), nil
}

func errorLevel(line string) zapcore.Level {
	for _, fault := range [...]string{
		"http: Accept error",
		"http: panic serving",
		"http: superfluous",
		"http: response.Write",
		"http: WriteHeader called with",
		"http: invalid Content-Length",
		"http2: panic serving",
	} {
		if strings.HasPrefix(line, fault) {
			return zapcore.WarnLevel
		}
	}
	return zapcore.DebugLevel
}
