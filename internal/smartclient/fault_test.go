package smartclient

import (
	"bytes"
	"errors"
	"strings"
	"testing"
)

func TestRefusalFrame(t *testing.T) {
	tests := []struct{ name, message, want string }{
		{"plain", "this port takes SmartClient inside TLS only", "this port takes SmartClient inside TLS only"},
		{"no message", "", ""},
		{"control characters", "a\x1b[2J\nb", "a�[2J�b"},
		{"not UTF-8", "a\xffb", "a�b"},
		{"too long", strings.Repeat("x", 5000), strings.Repeat("x", maxMessage)},
		{"cut inside a character", strings.Repeat("x", maxMessage-1) + "ü", strings.Repeat("x", maxMessage-1)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f, err := ReadFrame(bytes.NewReader(RefusalFrame(CodeTLSRequired, tt.message)), LeastMaxFrame)
			if err != nil || f.Type != TypeError {
				t.Fatalf("ReadFrame(RefusalFrame) = %v, %v; want an error frame", f.Type, err)
			}
			e, err := parseError(f.Body)
			if err != nil || *e != (Error{Code: CodeTLSRequired, Message: tt.want}) {
				t.Errorf("RefusalFrame(%q) says %+v, %v; want %q", tt.message, e, err, tt.want)
			}
		})
	}
}

func TestParseError(t *testing.T) {
	tests := []struct {
		in   string
		want Error
		ok   bool
	}{
		{`{"code":"busy"}`, Error{Code: CodeBusy}, true},
		{`{"code":"x-later","message":"m","continues":true}`, Error{Code: "x-later", Message: "m", Continues: true}, true},
		{
			`{"code":"unsupported-version","protocol":{"min":2,"max":4}}`,
			Error{Code: CodeUnsupportedVersion, MinProtocol: 2, MaxProtocol: 4}, true,
		},
		{`{"code":"busy","message":"\u001b[31mred"}`, Error{Code: CodeBusy, Message: "�[31mred"}, true},
		{`{}`, Error{}, false},
		{`{"code":7}`, Error{}, false},
		{`{"code":"x","continues":"yes"}`, Error{}, false},
		{`{"code":"x","protocol":{"min":3,"max":1}}`, Error{}, false},
		{`{"code":"` + strings.Repeat("x", 65) + `"}`, Error{}, false},
	}
	for _, tt := range tests {
		got, err := parseError([]byte(tt.in))
		if (err == nil) != tt.ok || tt.ok && *got != tt.want {
			t.Errorf("parseError(%s) = %+v, %v; want %+v, ok %v", tt.in, got, err, tt.want, tt.ok)
		}
	}
}

func TestErrorTexts(t *testing.T) {
	tests := []struct {
		err  error
		want string
	}{
		{&Error{Code: CodeBusy}, "smartclient: busy"},
		{&Error{Code: CodeBusy, Message: "later"}, "smartclient: busy: later"},
		{&ByeError{Reason: "done"}, "smartclient: peer ended the connection: done"},
		{&ByeError{Reason: "done", Message: "m"}, "smartclient: peer ended the connection: done: m"},
		{&ForeignError{First: []byte("HTTP/")}, "smartclient: peer speaks HTTP"},
		{&ForeignError{First: []byte{0x15, 3, 1}}, "smartclient: peer speaks TLS"},
		{&ForeignError{First: []byte{1, 2}}, "smartclient: peer speaks another protocol, first bytes 01 02"},
	}
	for _, tt := range tests {
		if got := tt.err.Error(); got != tt.want {
			t.Errorf("Error() = %q; want %q", got, tt.want)
		}
	}
}

// A message may quote the other side; it must fit a log line and a frame.
func TestBadBodyIsBounded(t *testing.T) {
	name := strings.Repeat("n", 60000)
	_, err := parseBye([]byte(`{"` + name + `":1,"` + name + `":2}`))
	var fault *Error
	if !errors.As(err, &fault) || len(fault.Message) > maxMessage {
		t.Errorf("parseBye = error of %d bytes; want an *Error of at most %d", len(err.Error()), maxMessage)
	}
}

func FuzzParseError(f *testing.F) {
	f.Add([]byte(`{"code":"busy","message":"m","continues":true}`))
	f.Add([]byte(`{"code":"unsupported-version","protocol":{"min":1,"max":1}}`))
	f.Fuzz(func(t *testing.T, in []byte) {
		e, err := parseError(in)
		if err != nil {
			return
		}
		again, err := parseError(e.frame().Body)
		if err != nil || *again != *e {
			t.Errorf("parseError of %+v written again = %+v, %v; want the same", e, again, err)
		}
	})
}
