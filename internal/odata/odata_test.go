package odata

import (
	"errors"
	"strings"
	"testing"
	"time"
)

// record is what the tests filter.
var record = map[string]Value{
	"name":     {Type: String, String: "João da Silva"},
	"age":      {Type: Number, Number: 42},
	"active":   {Type: Bool, Bool: true},
	"born":     {Type: Time, Time: time.Date(1980, 2, 29, 0, 0, 0, 0, time.UTC)},
	"changed":  {Type: String, String: "2024-05-06T07:08:09-03:00"},
	"due":      {Type: String, String: "20240506"},
	"city/uf":  {Type: String, String: "SP"},
	"nothing":  {Type: Null},
	"not":      {Type: String, String: "x"},
	"quotes":   {Type: String, String: "it's"},
	"endereço": {Type: String, String: "rua"},
}

func field(path []string) Value {
	if v, ok := record[strings.Join(path, "/")]; ok {
		return v
	}
	return null
}

func TestMatch(t *testing.T) {
	for _, c := range []struct {
		filter string
		want   bool
	}{
		{"age eq 42", true},
		{"age ne 42", false},
		{"age gt 41.5 and age lt 4.3e1", true},
		{"age ge 42 and age le 42", true},
		{"age gt 42 or age lt 42", false},
		{"age gt -1", true},
		{"not age eq 1", true},
		{"not (age eq 42)", false},
		{"not not (age eq 42)", true},
		{"active", true},
		{"active eq false", false},
		{"active gt false", true},
		{"not active", false},
		{"AGE eq 42", false}, // names are as they are
		{"age EQ 42 AND True", true},
		{"true or age eq 1 and false", true}, // and binds closer
		{"(true or age eq 1) and false", false},
		{"name eq 'João da Silva'", true},
		{"quotes eq 'it''s'", true},
		{"endereço eq 'rua'", true},
		{"name gt 'Joa' and name lt 'K'", true},
		{"contains(name,'da')", true},
		{"contains(name, 'DA')", false},
		{"contains(tolower(name), 'joão')", true},
		{"startswith(name,'Jo') and endswith(name,'va')", true},
		{"ENDSWITH(toupper(name),'SILVA')", true},
		{"length(name) eq 13", true},
		{"indexof(name,'da') eq 5", true},
		{"indexof(name,'?') eq -1", true},
		{"substring(name,5) eq 'da Silva'", true},
		{"substring(name,5,2) eq 'da'", true},
		{"substring(name,-5,2) eq 'Jo'", true},
		{"substring(name,50) eq ''", true},
		{"concat(trim(' a '),'b') eq 'ab'", true},
		{"born eq 1980-02-29", true},
		{"born lt 1980-03-01 and year(born) eq 1980 and month(born) eq 2 and day(born) eq 29", true},
		{"born eq '1980-02-29'", true},
		{"changed eq 2024-05-06T10:08:09Z", true},
		{"changed gt 2024-05-06", true},
		{"due eq 2024-05-06", true},
		{"year(due) eq 2024", true},
		{"year(name) eq 2024", false},
		{"city/uf eq 'SP'", true},
		{"city.uf eq 'SP'", true},
		{"nothing eq null", true},
		{"missing eq null", true},
		{"name ne null", true},
		{"nothing ne null", false},
		{"nothing lt 1", false},
		{"nothing ge null", false},
		{"nothing le null", false},
		{"missing", false},
		{"not missing", false}, // neither true nor false
		{"missing or true", true},
		{"missing and false or true", true},
		{"contains(missing,'x')", false},
		{"not contains(missing,'x')", false},
		{"age eq '42'", false},
		{"age ne '42'", true},
		{"length(age) eq 2", false},
		{"contains(age,'4')", false},
	} {
		f, err := Parse(c.filter)
		if err != nil {
			t.Errorf("Parse(%s): %v", c.filter, err)
			continue
		}
		if got := f.Match(field); got != c.want {
			t.Errorf("%s = %v; want %v", c.filter, got, c.want)
		}
	}
}

func TestErrors(t *testing.T) {
	for _, c := range []struct{ filter, want string }{
		{"", "at character 1: the filter is empty"},
		{"  ", "at character 1: the filter is empty"},
		{"age eq", "at character 7: the filter ends where a field, a function or a value is needed"},
		{"age 42", `at character 5: "42" stands where an operator or the end is needed`},
		{"age eq 42)", `at character 10: ")" stands where an operator or the end is needed`},
		{"(age eq 42", `at character 11: the filter ends where ")" is needed`},
		{"age = 42", `at character 5: '=' has no meaning here`},
		{"name eq 'x", "at character 9: the string has no end: a quote is missing"},
		{"age eq 1x", `at character 8: "1x" is neither a number nor a date`},
		{"age eq 0x10", `at character 8: "0x10" is neither a number nor a date`},
		{"born eq 1980-02-30", `at character 9: "1980-02-30" is neither a number nor a date`},
		{"'a' eq 1", "at character 5: a string is compared with a number"},
		{"1980-01-01 eq '1980'", "at character 12: a date is compared with a string: write dates without quotes"},
		{"age eq 1 and 5", "at character 14: this is a number, where a boolean is needed"},
		{"'a' or true", "at character 1: this is a string, where a boolean is needed"},
		{"not 5", "at character 5: this is a number, where a boolean is needed"},
		{"length(name)", "at character 1: this is a number, where a boolean is needed"},
		{"5", "at character 1: this is a number, where a boolean is needed"},
		{"any(name,'a')", "at character 1: there is no function any: there are concat, contains, day, endswith, indexof, length, month, startswith, substring, tolower, toupper, trim, year"},
		{"contains(name)", "at character 1: contains takes two strings"},
		{"contains(name,'a','b')", "at character 1: contains takes two strings"},
		{"contains()", `at character 10: ")" stands where a field, a function or a value is needed`},
		{"contains(name,1)", "at character 15: this is a number, where a string is needed"},
		{"contains(name 'a')", `at character 15: "'a'" stands where "," or ")" is needed`},
		{"a/ eq 1", `at character 7: "1" stands where an operator or the end is needed`},
		{"a/'b' eq 1", `at character 3: "'b'" stands where the name of a field is needed`},
		{"age eq 1 eq 1", `at character 10: "eq" stands where an operator or the end is needed`},
		{"a eq 'x' ; drop", `at character 10: ';' has no meaning here`},
		{"a eq \xff", `at character 6: '` + "\uFFFD" + `' has no meaning here`},
	} {
		_, err := Parse(c.filter)
		var e *Error
		if !errors.As(err, &e) || err.Error() != c.want {
			t.Errorf("Parse(%q)\n got %v\nwant %s", c.filter, err, c.want)
		}
	}
}

func TestBounds(t *testing.T) {
	for _, c := range []struct{ name, filter, want string }{
		{"length", strings.Repeat(" ", MaxLength) + "a", "longer than"},
		{"parentheses", strings.Repeat("(", 100) + "true" + strings.Repeat(")", 100), "nested"},
		{"not", strings.Repeat("not ", 100) + "true", "nested"},
		{"calls", strings.Repeat("tolower(", 100) + "a" + strings.Repeat(")", 100) + " eq 'a'", "nested"},
		{"parts", strings.Repeat("a or ", 600) + "a", "more than"},
		{"names", strings.Repeat("a/", 100) + "a eq 1", "more than"},
	} {
		if _, err := Parse(c.filter); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: Parse = %v; want an error with %q", c.name, err, c.want)
		}
	}
	if _, err := Parse(strings.Repeat("(", 60) + "true" + strings.Repeat(")", 60)); err != nil {
		t.Error(err)
	}
}

// TestLongStrings is about a filter that would make more of a long field than there is
// memory for.
func TestLongStrings(t *testing.T) {
	long := strings.Repeat("x", maxText/4)
	get := func([]string) Value { return Value{Type: String, String: long} }
	for filter, want := range map[string]bool{
		"length(concat(concat(a,a),concat(a,a))) gt 0":              true,
		"length(concat(concat(a,a),concat(concat(a,a),a))) gt 0":    false,
		"length(concat(concat(a,a),concat(concat(a,a),a))) eq null": true,
	} {
		f, err := Parse(filter)
		if err != nil {
			t.Fatal(err)
		}
		if got := f.Match(get); got != want {
			t.Errorf("%s = %v; want %v", filter, got, want)
		}
	}
}

func TestFields(t *testing.T) {
	f, err := Parse("a eq 1 and contains(b/c,'x') or not d or null eq a")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, n := range f.Fields() {
		names = append(names, strings.Join(n.Path, "/"))
	}
	if got := strings.Join(names, " "); got != "a b/c d a" {
		t.Errorf("Fields = %s", got)
	}
}

// FuzzParse wants no panic, errors that say where within the text they are, and filters
// that can be evaluated.
func FuzzParse(f *testing.F) {
	for _, s := range []string{
		"age eq 42 and not (name ne 'x''y')", "contains(tolower(a/b.c),'x') or born ge 1980-02-29", "substring(a,1,2) eq ''",
		"a eq 2024-05-06T07:08:09.123-03:00", "((", "'", "a eq -1.5e3", "null", "\xff", "not not true", "length(concat(a,b)) lt 1e9",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		filter, err := Parse(text)
		if err != nil {
			var e *Error
			if !errors.As(err, &e) || e.Pos < 0 || e.Pos > max(len(text), MaxLength) {
				t.Fatalf("Parse(%q): %v", text, err)
			}
			return
		}
		filter.Match(field)
		filter.Match(func([]string) Value { return Value{Type: String, String: "2020-01-01"} })
	})
}
