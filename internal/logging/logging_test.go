package logging

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// fixedClock is a zapcore.Clock that stands still.
type fixedClock struct{ now time.Time }

func (c fixedClock) Now() time.Time                       { return c.now }
func (c fixedClock) NewTicker(time.Duration) *time.Ticker { return nil }

var moment = time.Date(2026, 2, 26, 16, 19, 44, 20_000_000, time.FixedZone("", -3*60*60))

// testLogger returns a logger of the format that writes to the buffer, at a
// fixed time and as process 19704.
func testLogger(format string, level zapcore.Level) (*zap.Logger, *bytes.Buffer) {
	var b bytes.Buffer
	l := newLogger(zapcore.AddSync(&b), format, zap.NewAtomicLevelAt(level), 19704)
	return l.WithOptions(zap.WithClock(fixedClock{moment})), &b
}

type point struct{ X, Y int }

func (p point) MarshalLogObject(enc zapcore.ObjectEncoder) error {
	enc.AddInt("x", p.X)
	enc.AddInt("y", p.Y)
	return nil
}

// script logs one record of every kind.
func script(log *zap.Logger) {
	log.Info("no part")
	log.Named("ssl").Info("SSL2 (0), SSL3 (0), TLS1.0 (0), TLS1.1 (1), TLS1.2 (1)")
	log.Named("port").Named("tls").Debug("negotiated", zap.String("version", "TLS 1.3"), zap.Strings("alpn", []string{"h2", "http/1.1"}))
	log.Named("general").Warn("INACTIVETIMEOUT = 99999 seconds is ON.")
	log.Named("rest").Error("failed", zap.Error(errors.New("dial tcp: refused")), zap.Int("status", 503))
	log.Named("server").Info("numbers",
		zap.Int8("i8", -8), zap.Uint64("u64", 1<<63), zap.Float64("f", 0.25), zap.Float64("tiny", 1e-9), zap.Float32("f32", 0.1),
		zap.Bool("b", true), zap.Duration("took", 1200*time.Microsecond), zap.Time("at", moment), zap.Binary("bin", []byte{0, 255}),
		zap.Complex128("c", complex(1, -2)))
	log.Named("server").With(zap.String("ctx", "kept"), zap.Namespace("req")).Info("nested",
		zap.Object("point", point{1, 2}), zap.Any("map", map[string]int{"a": 1}), zap.Ints("ints", []int{1, 2, 3}),
		zap.Strings("commas", []string{"a,b", "c"}), zap.Strings("none", nil))
	log.Named("server").Info("quoting", zap.String("empty", ""), zap.String("blank", "a b"), zap.String("equal", "a=b"),
		zap.String("quote", `say "x"`), zap.String("path", `c:\dir`), zap.String("utf8", "ação"), zap.ByteString("bytes", []byte("raw")))
	log.Named("http").Info("hostile",
		zap.String("newline", "x\n2026-02-26T16:19:44.020-03:00 INFO  auth: user admin logged in"),
		zap.String("cr", "a\rb"), zap.String("esc", "\x1b[2J"), zap.String("bidi", "\u202egnp.exe"), zap.String("bad", "\xff\xfe"),
		zap.String("sep", "a\u2028b"), zap.String("nbsp", "a\u00a0b"))
	log.Named("host").Error("first line\nsecond line\r\nthird \x1b[31mline\n", zap.String("user", "x\ny"))
	log.Named("grpc").Error("panic", zap.String("panic", "boom\nboom"), zap.String("stack", "goroutine 1 [running]:\nmain.f()\n\t/src/f.go:1 +0x1\x07\n"))
}

func TestGolden(t *testing.T) {
	for _, format := range []string{Text, Classic, JSON} {
		t.Run(format, func(t *testing.T) {
			log, out := testLogger(format, zap.DebugLevel)
			script(log)
			compareGolden(t, filepath.Join("testdata", format+".golden"), out.Bytes())
		})
	}
}

func compareGolden(t *testing.T, file string, got []byte) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("records differ from %s (run with -update to accept)\ngot:\n%s\nwant:\n%s", file, got, want)
	}
}

func TestUnknownFormatIsText(t *testing.T) {
	for _, format := range []string{"", "xml"} {
		log, out := testLogger(format, zap.InfoLevel)
		log.Named("port").Info("ready")
		if got, want := out.String(), "2026-02-26T16:19:44.020-03:00 INFO  port: ready\n"; got != want {
			t.Errorf("New(%q): record = %q; want %q", format, got, want)
		}
	}
}

func TestUTC(t *testing.T) {
	tests := []struct{ format, want string }{
		{Text, "2026-02-26T19:19:44.020Z INFO  x\n"},
		{Classic, "2026-02-26T19:19:44.020000+00:00 19704|[INFO ][SERVER] x\n"},
	}
	for _, tt := range tests {
		log, out := testLogger(tt.format, zap.InfoLevel)
		log.WithOptions(zap.WithClock(fixedClock{moment.UTC()})).Info("x")
		if got := out.String(); got != tt.want {
			t.Errorf("%s record = %q; want %q", tt.format, got, tt.want)
		}
	}
}

func TestLevelNames(t *testing.T) {
	tests := []struct {
		level zapcore.Level
		want  string
	}{
		{zapcore.DebugLevel - 1, "DEBUG"}, {zapcore.DebugLevel, "DEBUG"}, {zapcore.InfoLevel, "INFO "},
		{zapcore.WarnLevel, "WARN "}, {zapcore.ErrorLevel, "ERROR"}, {zapcore.DPanicLevel, "FATAL"}, {zapcore.FatalLevel, "FATAL"},
	}
	for _, tt := range tests {
		if got := levelName(tt.level); got != tt.want {
			t.Errorf("levelName(%d) = %q; want %q", tt.level, got, tt.want)
		}
	}
}

func TestLevelChangesAtOnce(t *testing.T) {
	var out bytes.Buffer
	level := zap.NewAtomicLevelAt(zap.WarnLevel)
	log := New(zapcore.AddSync(&out), Text, level)
	log.Info("hidden")
	level.SetLevel(zap.DebugLevel)
	log.Debug("shown")
	if got := out.String(); strings.Contains(got, "hidden") || !strings.Contains(got, "shown") {
		t.Errorf("records = %q; want only the one after the change", got)
	}
}

func TestContextIsNotShared(t *testing.T) {
	log, out := testLogger(Text, zap.InfoLevel)
	base := log.With(zap.String("a", "1"))
	one, two := base.With(zap.String("b", "2")), base.With(zap.String("c", "3"))
	one.Info("one")
	two.Info("two")
	base.Info("base")
	want := []string{"one a=1 b=2", "two a=1 c=3", "base a=1"}
	for i, line := range strings.Split(strings.TrimSpace(out.String()), "\n") {
		if !strings.HasSuffix(line, want[i]) {
			t.Errorf("record %d = %q; want it to end in %q", i, line, want[i])
		}
	}
}

// oneWriter fails the test if two writes overlap or a write is no whole record.
type oneWriter struct {
	t    *testing.T
	busy sync.Mutex
}

func (w *oneWriter) Sync() error { return nil }
func (w *oneWriter) Write(p []byte) (int, error) {
	if !w.busy.TryLock() {
		w.t.Error("Write was called while another one ran")
		return len(p), nil
	}
	defer w.busy.Unlock()
	if !bytes.HasSuffix(p, []byte("\n")) {
		w.t.Errorf("Write(%q): not a whole record", p)
	}
	return len(p), nil
}

func TestConcurrentWrites(t *testing.T) {
	log := New(&oneWriter{t: t}, Classic, zap.NewAtomicLevel())
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for i := range 100 {
				log.With(zap.Int("i", i)).Info("x", zap.Stack("stack"))
			}
		})
	}
	wg.Wait()
}

// FuzzFieldsCannotForge proves that one record stays one line whatever a peer
// puts into a field, and that the value can be read back.
func FuzzFieldsCannotForge(f *testing.F) {
	for _, s := range []string{"", "plain", "a b", "a\nb", "\r", "\x1b[2J", "\xff", "\u2028", `"`, `\`, "=", "\ufffd", "é"} {
		f.Add(s, s)
	}
	record := regexp.MustCompile(`^2026-02-26T16:19:44\.020000-03:00 19704\|\[INFO \]\[HTTP\] request ([^ =]+)=(.*)\n$`)
	f.Fuzz(func(t *testing.T, key, value string) {
		log, out := testLogger(Classic, zap.InfoLevel)
		if key == "" || key == stackKey {
			key = "k"
		}
		log.Named("http").Info("request", zap.String(key, value))
		m := record.FindStringSubmatch(out.String())
		if m == nil {
			t.Fatalf("record of %q=%q = %q; want one line with one field", key, value, out)
		}
		if got := unquote(t, m[2]); got != value {
			t.Errorf("value of %q reads back as %q", value, got)
		}
	})
}

func unquote(t *testing.T, s string) string {
	if !strings.HasPrefix(s, `"`) {
		return s
	}
	got, err := strconv.Unquote(s)
	if err != nil {
		t.Fatalf("value %s is not quoted properly: %v", s, err)
	}
	return got
}

func TestJSONIsOneObjectPerLine(t *testing.T) {
	log, out := testLogger(JSON, zap.DebugLevel)
	script(log)
	for line := range strings.Lines(out.String()) {
		if !json.Valid([]byte(line)) {
			t.Errorf("record %q is not valid JSON", line)
		}
	}
}

func BenchmarkClassic(b *testing.B) {
	log := New(zapcore.AddSync(discard{}), Classic, zap.NewAtomicLevel()).Named("port")
	b.ReportAllocs()
	for b.Loop() {
		log.Info("connection routed", zap.String("remote", "192.0.2.1:4711"), zap.String("protocol", "http"), zap.Duration("took", time.Millisecond))
	}
}

type discard struct{}

func (discard) Write(p []byte) (int, error) { return len(p), nil }
