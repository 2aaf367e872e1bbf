package syntax

import (
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"appserver/internal/advpl/source"
)

// sources parses the sources of testdata that are without errors.
func sources(tb testing.TB) map[string]*Source {
	tb.Helper()
	trees := make(map[string]*Source)
	names, err := filepath.Glob("testdata/[^e]*[wp]")
	if err != nil || len(names) == 0 {
		tb.Fatalf("Glob() = %d names, %v", len(names), err)
	}
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			tb.Fatal(err)
		}
		trees[name], _ = parse(tb, filepath.Base(name), string(text))
	}
	return trees
}

// reach collects all the expressions, statements and declarations that can be
// reached from v by reflection.
func reach(v reflect.Value, nodes map[any]bool) {
	switch v.Kind() {
	case reflect.Interface:
		reach(v.Elem(), nodes)
	case reflect.Pointer:
		if v.IsNil() || v.Type() == reflect.TypeFor[*source.File]() {
			return
		}
		switch v.Interface().(type) {
		case Expr, Stmt, Decl, *AnnotDecl, *Annotation, *Param, *VarDecl, *DataDecl, *MethodSpec:
			nodes[v.Interface()] = true
		}
		reach(v.Elem(), nodes)
	case reflect.Slice:
		for i := range v.Len() {
			reach(v.Index(i), nodes)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			reach(v.Field(i), nodes)
		}
	}
}

func TestWalkVisitsEveryNodeOnce(t *testing.T) {
	for name, s := range sources(t) {
		want := make(map[any]bool)
		reach(reflect.ValueOf(s), want)
		got := make(map[any]int)
		Walk(s, func(n any) bool {
			got[n]++
			return true
		})
		for n := range want {
			if got[n] != 1 {
				t.Errorf("Walk(%s) visits %T %+v %d times; want once", name, n, n, got[n])
			}
		}
	}
}

func TestWalkStops(t *testing.T) {
	s, _ := parse(t, "x.prw", "User Function F()\nx := {|| a + b }\nReturn\n")
	count := 0
	Walk(s, func(n any) bool {
		count++
		_, isBlock := n.(*BlockLit)
		return !isBlock
	})
	// The source, the function, the statement, the assignment, x, the block and
	// Return.
	if count != 7 {
		t.Errorf("Walk() = %d visits; want 7", count)
	}
}

func TestWalkParts(t *testing.T) {
	s, _ := parse(t, "x.tlpp", "@T(1)\nfunction F(a := 1)\nlocal b := 2\nif c\nendif\nreturn\nclass X\ndata d := 3\nmethod m(e := 4)\nendclass\n")
	f, c := s.Decls[0].(*FuncDecl), s.Decls[1].(*ClassDecl)
	parts := []any{f.Annots[0], f.Params[0], f.Body[0].(*DeclStmt).Vars[0],
		&f.Body[1].(*IfStmt).Arms[0], c.Data[0], c.Methods[0]}
	for _, n := range parts {
		first, leaves := any(nil), 0
		Walk(n, func(n any) bool {
			if first == nil {
				first = n
			}
			switch n.(type) {
			case *Literal, *Ident:
				leaves++
			}
			return true
		})
		if first != n || leaves != 1 {
			t.Errorf("Walk(%T) = first %T, %d leaves; want first %T, 1 leaf", n, first, leaves, n)
		}
	}
	Walk(nil, func(any) bool { t.Error("Walk(nil) visits"); return true })
}

// TestPositions tells that every node has a place in its source.
func TestPositions(t *testing.T) {
	for name, s := range sources(t) {
		Walk(s, func(n any) bool {
			if n == any(s) {
				return true
			}
			pos := reflect.ValueOf(n).Elem().FieldByName("Pos").Interface().(source.Pos)
			if !pos.IsValid() || pos.File != s.File || pos.Line < 1 || pos.Col < 1 {
				t.Errorf("%s: position of %T %+v = %v; want one in the source", name, n, n, pos)
			}
			return true
		})
	}
}

func TestPositionOf(t *testing.T) {
	tests := []struct {
		text string
		col  int32
	}{
		{"a", 1}, {" -a", 2}, {"a + b", 3}, {"a := b", 1}, {"o:m", 3}, {"o:m()", 3}, {"::m", 3},
		{"f(a)", 1}, {"a.b.f()", 1}, {"a->b", 1}, {"(a)->(b)", 1}, {"&a", 1}, {"b&a", 1}, {"{1}", 1},
		{"{|| 1}", 1}, {"a[1]", 1}, {"++a", 1}, {"a++", 1}, {"IIf(a,b,c)", 1}, {"@a", 1}, {"(a)", 1},
	}
	for _, tt := range tests {
		x, _ := parseExpr(t, "x.prw", tt.text)
		if got := x.Position().Col; got != tt.col {
			t.Errorf("ParseExpr(%q).Position() = column %d; want %d", tt.text, got, tt.col)
		}
	}
}
