package main

import (
	"slices"
	"strings"
	"testing"

	"appserver/internal/advpl/vm"
)

// gives says what 20 turns of the operations return.
var gives = map[string]string{
	"LocalText": `"local"`, "LocalNum": "112345.67", "LocalDate": `SToD("20261220")`,
	"StaticText": `"kept"`, "StaticNum": "112345.67", "StaticDate": `SToD("20261220")`,
	"PrivText": `"private"`, "PrivNum": "112345.67", "PrivDate": `SToD("20261220")`,
	"PublText": `"public"`, "PublNum": "112345.67", "PublDate": `SToD("20261220")`,
	"FieldText": `"a field of text"`, "FieldNum": "112345.67", "FieldDate": `SToD("20261220")`,
	"Property": `"held"`, "Element": `"two"`,
	"Rounding": "0.02", "NumToText": `"         0.02"`, "TextToNum": "1024.5", "ElemToNum": "5000", "DateToText": `"20261130"`,
	"BlockMade": "4", "BlockKept": "4", "ArgMade": "4", "ArgKept": "4", "CallMade": "20", "CallKept": "20", "CallMacro": "20",
	"MacroCall": "20", "MacroBlock": "20", "TypeNames": `"CN"`, "Within": ".F.",
	"Exactly": ".F.", "Equal": ".F.", "AtLeast": ".F.", "AtMost": ".T.", "Below": ".T.", "Above": ".F.",
	"Scan": "4", "ScanBlock": "5", "AddRow": "20", "ArrayCopy": "{1, 2, 3}", "ArrayNew": "{}",
	"CallNone": "NIL", "CallOne": "20", "CallNine": "NIL", "TextShort": "NIL", "TextLong": "NIL", "TextByRef": "NIL",
	"RefAndCopy": "48000", "PassArray": "NIL", "GetArray": "{1, 2, 3, 4, 5, 6, 7, 8}",
	"GetText": `"` + strings.Repeat(" ", 40) + `"`, "Blanks": `"                "`, "PrivMade": "NIL",
}

func TestOperations(t *testing.T) {
	program, err := compiled()
	if err != nil {
		t.Fatal(err)
	}
	if len(operations) != 56 || len(gives) != len(operations) {
		t.Errorf("%d operations, %d results; want 56", len(operations), len(gives))
	}
	for _, o := range operations {
		v, err := newThread(program).Call("U_"+o.name, vm.Int(20))
		if err != nil {
			t.Errorf("%s = %v", o.name, err)
			continue
		}
		if got := v.String(); got != gives[o.name] {
			t.Errorf("%s = %s; want %s", o.name, got, gives[o.name])
		}
	}
}

func TestReport(t *testing.T) {
	var out strings.Builder
	list := operations[:2]
	missed := report(&out, []operation{list[0], {"Free", "what is not known", 0}}, []float64{45, 7})
	if want := "LocalText takes 2.25 times as long, not 1.50"; !slices.Equal(missed, []string{want}) {
		t.Errorf("missed %q; want %q", missed, want)
	}
	for _, row := range []string{"| LocalText | local, string | 45 | 20 | 2.25 |\n", "| Free | what is not known | 7 |  |  |\n"} {
		if !strings.Contains(out.String(), row) {
			t.Errorf("the table is\n%s\nwant a row %s", &out, row)
		}
	}
	figures := make([]float64, len(operations))
	figures[0] = 5000
	if missed := report(&out, operations, figures); len(missed) != 2 {
		t.Errorf("missed %q; want LocalText and all", missed)
	}
}

func TestSelected(t *testing.T) {
	list, err := selected("scan,AddRow")
	if err != nil || len(list) != 2 || list[0].name != "Scan" || list[1].name != "AddRow" {
		t.Errorf("selected = %v, %v; want Scan and AddRow", list, err)
	}
	if _, err := selected("None"); err == nil {
		t.Errorf("selected(None) = no error")
	}
}
