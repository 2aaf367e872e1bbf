package compile

import (
	"reflect"
	"testing"

	"appserver/internal/advpl/code"
)

func TestClass(t *testing.T) {
	u := compileText(t, "a.tlpp", `namespace x.y
@Table(name="T", keys={"a", 1, {"k": .T.}})
Final Class Order From Base Implements z.Printable
	Data cId As Character
	Protected Data nSum As Numeric
	Public Static Data nMade
	@Column("c")
	Public Final Data aItems As Array
	Public Method New() Constructor
	Private Method Hidden()
	Static Method Make()
EndClass
@Note
Method New() Class Order
Return
Method Hidden() Class Order
Return
Method Make() Class Order
Return
`)
	got := u.Classes[0]
	for i := range got.Methods {
		if got.Methods[i].Func == nil {
			t.Errorf("method %s has no code", got.Methods[i].Name)
		}
		got.Methods[i].Func = nil
	}
	str := func(s string) code.Const { return code.Const{Kind: code.ConstStr, Str: s} }
	want := &code.Class{
		Name:       "X.Y.ORDER",
		Written:    "Order",
		Parent:     "BASE",
		Interfaces: []string{"Z.PRINTABLE"},
		Final:      true,
		Line:       3,
		Annots: []code.Annotation{{Name: "Table", Args: []code.AnnotArg{
			{Name: "name", Value: str("T")},
			{Name: "keys", List: []code.AnnotArg{
				{Value: str("a")},
				{Value: code.Const{Kind: code.ConstNum, Num: 1}},
				{List: []code.AnnotArg{{Name: "k", Value: code.Const{Kind: code.ConstTrue}}}},
			}},
		}}},
		Data: []code.Data{
			{Name: "cId", Type: "character", Visibility: code.Private},
			{Name: "nSum", Type: "numeric", Visibility: code.Protected},
			{Name: "nMade", Visibility: code.Public, Static: true},
			{Name: "aItems", Type: "array", ReadOnly: true,
				Annots: []code.Annotation{{Name: "Column", Args: []code.AnnotArg{{Value: str("c")}}}}},
		},
		Methods: []code.MethodRef{
			{Name: "New", Constructor: true, Annots: []code.Annotation{{Name: "Note", Args: []code.AnnotArg{}}}},
			{Name: "Hidden", Visibility: code.Private},
			{Name: "Make", Static: true},
		},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("class = %+v; want %+v", got, want)
	}
}

func TestWebService(t *testing.T) {
	u := compileText(t, "a.prw", `WSRESTFUL orders DESCRIPTION "a" + Chr(33) FORMAT APPLICATION_JSON
	WSDATA page AS INTEGER OPTIONAL
	WSDATA ids AS ARRAY OF String
	WSMETHOD GET DESCRIPTION F() WSSYNTAX "/o"
	WSMETHOD GET One DESCRIPTION EncodeUTF8("one")
END WSRESTFUL
WSMETHOD GET WSRECEIVE page WSSERVICE orders
Return .T.
WSMETHOD GET One WSRECEIVE a, b WSSEND c WSSERVICE orders
Return .T.
`)
	c := u.Classes[0]
	if c.Kind != "WSRESTFUL" {
		t.Errorf("kind = %q; want WSRESTFUL", c.Kind)
	}
	tests := []struct {
		of        string
		got, want []code.Meta
	}{
		{"class", c.Meta, []code.Meta{{Key: "DESCRIPTION", Value: "a!"}, {Key: "FORMAT", Value: "APPLICATION_JSON"}}},
		{"page", c.Data[0].Meta, []code.Meta{{Key: "OPTIONAL"}}},
		{"ids", c.Data[1].Meta, []code.Meta{{Key: "ARRAY"}}},
		{"GET", c.Methods[0].Meta, []code.Meta{{Key: "DESCRIPTION"}, {Key: "WSSYNTAX", Value: "/o"}, {Key: "RECEIVE", Value: "page"}}},
		{"One", c.Methods[1].Meta, []code.Meta{{Key: "DESCRIPTION", Value: "one"}, {Key: "RECEIVE", Value: "a,b"}, {Key: "SEND", Value: "c"}}},
	}
	for _, test := range tests {
		if !reflect.DeepEqual(test.got, test.want) {
			t.Errorf("meta of %s = %v; want %v", test.of, test.got, test.want)
		}
	}
	if got := c.Methods[1].Func.NParams; got != 3 {
		t.Errorf("parameters of One = %d; want 3", got)
	}
}

func TestTables(t *testing.T) {
	u := compileText(t, "a.prw", "User Function T(a)\n\nLocal b := 1\nIf a\n\tb := ;\n\t\t2\n\tLocal c := 3\nEndIf\nReturn b\n")
	f := u.Funcs[0]
	for pc, want := range []int32{3, 4, 5, 7, 9} {
		if got := f.LineAt(pc); got != want {
			t.Errorf("LineAt(%d) = %d; want %d", pc, got, want)
		}
	}
	want := []code.Local{{Name: "a", Reg: 0, From: 0, To: 5}, {Name: "b", Reg: 1, From: 1, To: 5}, {Name: "c", Reg: 2, From: 4, To: 5}}
	if !reflect.DeepEqual(f.Locals, want) {
		t.Errorf("locals = %v; want %v", f.Locals, want)
	}
	if got, want := f.NRegs, uint16(3); got != want {
		t.Errorf("registers = %d; want %d", got, want)
	}
}
