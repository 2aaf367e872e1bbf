package smartclient

import (
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"
)

func TestParseHello(t *testing.T) {
	feature := func(n int) string { return strings.Repeat(`"f",`, n-1) + `"f"` }
	tests := []struct {
		name string
		in   string
		want hello
		err  string // what the message contains
	}{
		{
			name: "least", in: `{"protocol":{"min":1,"max":1}}`,
			want: hello{min: 1, max: 1, maxFrame: DefaultMaxFrame},
		},
		{
			name: "all, and unknown members",
			in: ` {"protocol":{"min":1,"max":3,"x":null},"features":["a-1"],"client":{"name":"São","version":"2"},` +
				`"maxFrame":65536,"more":{"a":[{}]}} `,
			want: hello{min: 1, max: 3, features: []string{"a-1"}, client: Info{"São", "2"}, maxFrame: 65536},
		},
		{name: "empty", in: "", err: "not a JSON object"},
		{name: "garbage", in: "\x01\x02garbage", err: "not a JSON object"},
		{name: "a list", in: `[]`, err: "not a JSON object"},
		{name: "text", in: `"x"`, err: "not a JSON object"},
		{name: "not UTF-8", in: "{\"a\":\"\xff\"}", err: "not UTF-8"},
		{name: "no end", in: `{"protocol":{"min":1,"max":1}`, err: "does not end"},
		{name: "bad member", in: `{"protocol":x}`, err: `member "protocol": not JSON`},
		{name: "no name", in: `{1:2}`, err: "not JSON"},
		{name: "two objects", in: `{"protocol":{"min":1,"max":1}}{}`, err: "follows"},
		{name: "twice", in: `{"protocol":{"min":1,"max":1},"protocol":{"min":2,"max":2}}`, err: `"protocol" twice`},
		{name: "twice, spelt otherwise", in: `{"protocol":{"min":1,"\u006din":2,"max":1}}`, err: `"min" twice`},
		{name: "no protocol", in: `{}`, err: `"protocol" is missing`},
		{name: "case counts", in: `{"Protocol":{"min":1,"max":1}}`, err: `"protocol" is missing`},
		{name: "no min", in: `{"protocol":{"max":1}}`, err: `hello.protocol: member "min" is missing`},
		{name: "null", in: `{"protocol":null}`, err: `must be an object`},
		{name: "protocol no object", in: `{"protocol":1}`, err: `not a JSON object`},
		{name: "fraction", in: `{"protocol":{"min":1.5,"max":2}}`, err: "whole number"},
		{name: "zero", in: `{"protocol":{"min":0,"max":2}}`, err: "from 1 to 65535"},
		{name: "too great", in: `{"protocol":{"min":1,"max":65536}}`, err: "from 1 to 65535"},
		{name: "beyond int", in: `{"protocol":{"min":1,"max":99999999999999999999}}`, err: "whole number"},
		{name: "inverted", in: `{"protocol":{"min":2,"max":1}}`, err: "min is 2, more than max, 1"},
		{name: "maxFrame small", in: `{"protocol":{"min":1,"max":1},"maxFrame":100}`, err: "maxFrame"},
		{name: "features no list", in: `{"protocol":{"min":1,"max":1},"features":"a"}`, err: "list of names"},
		{name: "feature name", in: `{"protocol":{"min":1,"max":1},"features":["A"]}`, err: `feature "A"`},
		{name: "feature empty", in: `{"protocol":{"min":1,"max":1},"features":[""]}`, err: `feature ""`},
		{name: "features many", in: `{"protocol":{"min":1,"max":1},"features":[` + feature(65) + `]}`, err: "65 features"},
		{name: "name long", in: `{"protocol":{"min":1,"max":1},"client":{"name":"` + strings.Repeat("n", 65) + `"}}`, err: "64 bytes"},
		{name: "name with escape", in: `{"protocol":{"min":1,"max":1},"client":{"name":"\u001b[2J"}}`, err: "printable"},
		{name: "name no text", in: `{"protocol":{"min":1,"max":1},"client":{"name":7}}`, err: `hello.client: member "name" must be text`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := parseHello([]byte(tt.in))
			if tt.err == "" {
				if err != nil || !reflect.DeepEqual(*got, tt.want) {
					t.Errorf("parseHello(%s) = %+v, %v; want %+v", tt.in, got, err, tt.want)
				}
				return
			}
			var fault *Error
			if !errors.As(err, &fault) || fault.Code != CodeBadBody || fault.Continues || !strings.Contains(fault.Message, tt.err) {
				t.Errorf("parseHello(%s) = error %v; want %s with %q", tt.in, err, CodeBadBody, tt.err)
			}
		})
	}
}

func TestChoose(t *testing.T) {
	tests := []struct {
		min, max, want int
		message        string
	}{
		{1, 1, 1, ""},
		{1, 9, 1, ""},
		{2, 3, 0, "the client offers protocol version 2 to 3, this server speaks 1"},
	}
	for _, tt := range tests {
		got, err := (&hello{min: tt.min, max: tt.max}).choose()
		var fault *Error
		if got != tt.want || (err != nil) != (tt.want == 0) {
			t.Errorf("choose(%d, %d) = %d, %v; want %d", tt.min, tt.max, got, err, tt.want)
		}
		if errors.As(err, &fault) && (fault.Code != CodeUnsupportedVersion || fault.Message != tt.message ||
			fault.MinProtocol != MinProtocol || fault.MaxProtocol != MaxProtocol) {
			t.Errorf("choose(%d, %d) = error %+v; want %s with this server's range", tt.min, tt.max, fault, CodeUnsupportedVersion)
		}
	}
}

func TestHelloOKRoundTrip(t *testing.T) {
	want := helloOK{protocol: 1, features: []string{"b"}, server: Info{"appserver", "1.2.3"}, maxFrame: 70000, idle: 90 * time.Second}
	got, err := parseHelloOK(want.frame().Body)
	if err != nil || !reflect.DeepEqual(*got, want) {
		t.Errorf("parseHelloOK(%+v) = %+v, %v; want the same", want, got, err)
	}
}

func TestParseHelloOK(t *testing.T) {
	for in, want := range map[string]string{
		`{"protocol":1}`:                         "idleTimeoutMs",
		`{"idleTimeoutMs":5000}`:                 "protocol",
		`{"protocol":1,"idleTimeoutMs":999}`:     "from 1000 to 86400000",
		`{"protocol":true,"idleTimeoutMs":5000}`: "whole number",
	} {
		if _, err := parseHelloOK([]byte(in)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("parseHelloOK(%s) = error %v; want one with %q", in, err, want)
		}
	}
}

func TestCommon(t *testing.T) {
	tests := []struct{ offered, known, want []string }{
		{nil, nil, nil},
		{[]string{"a"}, nil, nil},
		{[]string{"c", "a", "a"}, []string{"a", "b", "c"}, []string{"a", "c"}},
	}
	for _, tt := range tests {
		if got := common(tt.offered, tt.known); !reflect.DeepEqual(got, tt.want) {
			t.Errorf("common(%v, %v) = %v; want %v", tt.offered, tt.known, got, tt.want)
		}
	}
}

func FuzzParseHello(f *testing.F) {
	for _, seed := range []string{
		"", "{}", `{"protocol":{"min":1,"max":1}}`, `{"protocol":{"min":1,"max":1},"protocol":1}`, `[[[[`,
		`{"protocol":{"min":1,"max":3},"features":["a-1"],"client":{"name":"n","version":"2"},"maxFrame":65536}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		h, err := parseHello(in)
		if err != nil {
			var fault *Error
			if !errors.As(err, &fault) || fault.Message != printable(fault.Message, maxMessage) {
				t.Errorf("parseHello(%q) = error %q; want a printable *Error", in, err)
			}
			return
		}
		if h.features == nil {
			h.features = []string{} // what the wire form says
		}
		again, err := parseHello(h.frame().Body)
		if err != nil || !reflect.DeepEqual(again, h) {
			t.Errorf("parseHello of %+v written again = %+v, %v; want the same", h, again, err)
		}
	})
}
