package rest

import (
	"bytes"
	"cmp"
	"mime"
	"strings"
	"unicode/utf8"

	"appserver/internal/advpl/lib"
	"appserver/internal/advpl/vm"
)

// Types of content that answers get where programs name none.
const (
	typeJSON = "application/json"
	typeText = "text/plain; charset=utf-8"
	typeANSI = "text/plain; charset=windows-1252"
)

// contentType is the type of an answer for which nothing names one: JSON if it begins like an
// object or array, else text in UTF-8 if it is that, else in the code page of programs.
func contentType(answer []byte) string {
	begin := bytes.TrimLeft(answer, " \t\r\n")
	switch {
	case len(begin) > 0 && (begin[0] == '{' || begin[0] == '['):
		return typeJSON
	case utf8.Valid(answer):
		return typeText
	}
	return typeANSI
}

// label gives an answer with content its type if the program has not: the one that the
// route declares, else what the content looks like.
func (r *request) label() {
	if answer := r.x.Answer(); len(answer) > 0 && r.x.Header.Get("Content-Type") == "" {
		r.x.Header.Set("Content-Type", cmp.Or(r.produces, contentType(answer)))
	}
}

// encode makes UTF-8 of an answer of JSON that is in the code page of programs: JSON is
// never anything else. One that is UTF-8 already stays as it is.
func (r *request) encode(t *vm.Thread) error {
	answer := r.x.Answer()
	if utf8.Valid(answer) || !isJSON(r.x.Header.Get("Content-Type")) {
		return nil
	}
	if err := t.Charge(4 * len(answer)); err != nil {
		return err
	}
	encoded := lib.ToUTF8(string(answer))
	r.x.Reset()
	r.x.AppendString(encoded)
	return nil
}

// wire is the JSON text of a value as it is sent: in UTF-8, which its strings may be
// already.
func wire(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	return lib.ToUTF8(s)
}

// isJSON tells whether a type of content is JSON in UTF-8, as it is if no other character
// set is named.
func isJSON(header string) bool {
	kind, params, err := mime.ParseMediaType(header)
	if err != nil || kind != typeJSON && !strings.HasSuffix(kind, "+json") {
		return false
	}
	set := params["charset"]
	return set == "" || strings.EqualFold(set, "utf-8")
}
