package source

import (
	"strings"
	"testing"
)

func findings() Findings {
	f, _ := Decode("src/x.prw", []byte("first\n\tcA\xe7 := <1>\n\n"))
	return Findings{
		{Pos: Pos{f, 2, 9}, Message: "unexpected <", Hint: "write a value", Near: []string{"cAc", "cA\xe7a"}},
		{Pos: Pos{f, 2, 2}, Severity: Warning, Rule: "unused-local", Message: "local cA\xe7 is not used"},
		{Pos: Pos{f, 3, 1}, Message: "empty line"},
		{Message: "no place"},
	}
}

func TestFindingsWrite(t *testing.T) {
	var b strings.Builder
	if err := findings().Write(&b); err != nil {
		t.Fatal(err)
	}
	want := "src/x.prw:2:9: error: unexpected <\n" +
		"\tcAç := <1>\n" +
		"\t       ^\n" +
		"  hint: write a value\n" +
		"  near: cAc, cAça\n" +
		"src/x.prw:2:2: warning: local cAç is not used [unused-local]\n" +
		"\tcAç := <1>\n" +
		"\t^\n" +
		"src/x.prw:3:1: error: empty line\n" +
		"error: no place\n"
	if b.String() != want {
		t.Errorf("Write = %q; want %q", b.String(), want)
	}
}

func TestFindingsWriteJSON(t *testing.T) {
	var b strings.Builder
	if err := findings()[:2].WriteJSON(&b); err != nil {
		t.Fatal(err)
	}
	want := `[
  {
    "file": "src/x.prw",
    "line": 2,
    "column": 9,
    "severity": "error",
    "message": "unexpected <",
    "hint": "write a value",
    "near": [
      "cAc",
      "cAça"
    ]
  },
  {
    "file": "src/x.prw",
    "line": 2,
    "column": 2,
    "severity": "warning",
    "rule": "unused-local",
    "message": "local cAç is not used"
  }
]
`
	if b.String() != want {
		t.Errorf("WriteJSON = %s; want %s", b.String(), want)
	}
	b.Reset()
	if err := Findings(nil).WriteJSON(&b); err != nil || b.String() != "[]\n" {
		t.Errorf("WriteJSON of none = %q, %v; want []", b.String(), err)
	}
}

func TestFindingsSortAndFailed(t *testing.T) {
	l := findings()
	l.Sort()
	if got, want := messages(l), "-: no place\nsrc/x.prw:2:2: local cA\xe7 is not used\nsrc/x.prw:2:9: unexpected <\nsrc/x.prw:3:1: empty line"; got != want {
		t.Errorf("sorted findings = %q; want %q", got, want)
	}
	if !l.Failed() || l[1:2].Failed() {
		t.Errorf("Failed() = %v of all, %v of a warning; want true, false", l.Failed(), l[1:2].Failed())
	}
}

// TestWriteLongLine checks that of a long line only what stands around the place is
// printed.
func TestWriteLongLine(t *testing.T) {
	f, _ := Decode("a.prw", []byte(strings.Repeat("x", 5000)+"!"+strings.Repeat("y", 5000)+"\n"))
	var l Findings
	l.Errorf(Pos{File: f, Line: 1, Col: 5001}, "no")
	var b strings.Builder
	if err := l.Write(&b); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(b.String(), "\n")
	if len(lines) < 3 || len(lines[1]) > 300 || len(lines[2]) > len(lines[1]) || lines[1][len(lines[2])-1] != '!' {
		t.Errorf("Write = %q; want an excerpt with the caret below the !", b.String())
	}
}
