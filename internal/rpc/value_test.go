package rpc

import (
	"bytes"
	"math"
	"strings"
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"

	rpcv1 "appserver/api/appserver/rpc/v1"
	"appserver/internal/advpl/lib"
	"appserver/internal/advpl/vm"
)

func TestEncodeValueRefuses(t *testing.T) {
	knot := vm.NewArray(make([]vm.Value, 1))
	knot.Array().Elems[0] = knot
	object := vm.ObjectOf(&vm.ObjectValue{})
	for _, tt := range []struct {
		name string
		v    vm.Value
		want string
	}{
		{"object", object, "objects"},
		{"object in an array", vm.NewArray([]vm.Value{vm.Int(1), object}), "objects"},
		{"knot", knot, "hold each other"},
		{"deep", deep(maxDepth + 1), "nested"},
		{"NaN", vm.Num(math.NaN()), "finite"},
		{"infinity", vm.Num(math.Inf(1)), "finite"},
		{"many", vm.NewArray(make([]vm.Value, maxValues)), "values"},
	} {
		if m, err := EncodeValue(tt.v); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: EncodeValue() = %v, %v; want an error with %q", tt.name, m, err, tt.want)
		}
	}
	for _, v := range []vm.Value{deep(maxDepth), vm.NewArray(make([]vm.Value, maxValues-1)), vm.Num(math.MaxFloat64)} {
		if _, err := EncodeValue(v); err != nil {
			t.Errorf("EncodeValue() within the limits = %v", err)
		}
	}
}

// deep returns n arrays, one in another.
func deep(n int) vm.Value {
	v := vm.NewArray(nil)
	for range n - 1 {
		v = vm.NewArray([]vm.Value{v})
	}
	return v
}

func TestDates(t *testing.T) {
	for text, day := range map[string]int{"": 0, "0001-01-01": lib.DayOf(1, 1, 1), "9999-12-31": lib.DayOf(9999, 12, 31), "2024-02-29": lib.DayOf(2024, 2, 29)} {
		v, err := DecodeValue(&rpcv1.Value{Kind: &rpcv1.Value_Date{Date: text}})
		if err != nil || v.Kind() != vm.Date || v.Day() != day {
			t.Errorf("DecodeValue(date %q) = %v, %v; want day %d", text, v, err, day)
		}
		if m, err := EncodeValue(vm.DateOf(day)); err != nil || m.GetDate() != text {
			t.Errorf("EncodeValue(day %d) = %v, %v; want %q", day, m, err, text)
		}
	}
	for _, text := range []string{"0000-01-01", "10000-01-01", "2025-13-01", "20250101", " "} {
		if v, err := DecodeValue(&rpcv1.Value{Kind: &rpcv1.Value_Date{Date: text}}); err == nil {
			t.Errorf("DecodeValue(date %q) = %v; want an error", text, v)
		}
	}
}

func TestUnknownKindIsRefused(t *testing.T) {
	var m rpcv1.Value
	if err := proto.Unmarshal(protowire.AppendVarint(protowire.AppendTag(nil, 99, protowire.VarintType), 1), &m); err != nil {
		t.Fatal(err)
	}
	if v, err := DecodeValue(&m); err == nil {
		t.Errorf("DecodeValue(kind of a later version) = %v; want an error", v)
	}
}

// TestCheckMessage demands that what CheckMessage lets pass takes little memory, and that
// it lets pass what may be decoded.
func TestCheckMessage(t *testing.T) {
	empty := func(n int) *rpcv1.Value {
		list := make([]*rpcv1.Value, n)
		for i := range list {
			list[i] = &rpcv1.Value{}
		}
		return &rpcv1.Value{Kind: &rpcv1.Value_Array{Array: &rpcv1.Array{Elements: list}}}
	}
	nested := func(n int) *rpcv1.Value {
		v := &rpcv1.Value{}
		for range n {
			v = list(v)
		}
		return v
	}
	for _, tt := range []struct {
		name string
		v    *rpcv1.Value
		want codes.Code
	}{
		{"as many as may be", empty(maxValues - 1), codes.OK},
		{"too many", empty(maxValues), codes.ResourceExhausted},
		{"as deep as may be", nested(maxDepth), codes.OK},
		{"too deep", nested(maxDepth + 1), codes.InvalidArgument},
	} {
		call := &rpcv1.SessionCall{Arguments: []*rpcv1.Value{tt.v}}
		for _, m := range []proto.Message{
			&rpcv1.CallRequest{Arguments: []*rpcv1.Value{tt.v}},
			&rpcv1.SessionRequest{Message: &rpcv1.SessionRequest_Call{Call: call}},
		} {
			wire, err := proto.Marshal(m)
			if err != nil {
				t.Fatal(err)
			}
			if err := CheckMessage(m, wire); status.Code(err) != tt.want {
				t.Errorf("%s, %T: CheckMessage() = %v; want %v", tt.name, m, err, tt.want)
			}
		}
	}
	if err := CheckMessage(&rpcv1.CallRequest{}, []byte{0xff}); status.Code(err) != codes.InvalidArgument {
		t.Errorf("CheckMessage(no message) = %v; want InvalidArgument", err)
	}
	if err := CheckMessage(&rpcv1.Open{}, []byte{0xff}); err != nil {
		t.Errorf("CheckMessage(a message without values) = %v", err)
	}
}

// FuzzDecode demands that no message makes decoding panic or take more than its limits, and
// that what was decoded comes back as it was.
func FuzzDecode(f *testing.F) {
	for _, v := range []*rpcv1.Value{
		{}, num(1), str("é"), list(num(1), list()), {Kind: &rpcv1.Value_Date{Date: "2026-02-28"}},
		{Kind: &rpcv1.Value_Json{Json: `{"a":[1,{"b":"é"}]}`}}, {Kind: &rpcv1.Value_Cp1252{Cp1252: []byte{0xff, 0}}},
	} {
		wire, err := proto.Marshal(&rpcv1.CallRequest{Function: "U_X", Arguments: []*rpcv1.Value{v}, References: []uint32{0}})
		if err != nil {
			f.Fatal(err)
		}
		f.Add(wire)
	}
	f.Fuzz(func(t *testing.T, wire []byte) {
		var r rpcv1.CallRequest
		if CheckMessage(&r, wire) != nil || proto.Unmarshal(wire, &r) != nil {
			return
		}
		in, err := newInvocation(0, r.Function, r.Arguments, r.References, false)
		if err != nil {
			return
		}
		for i := range in.args {
			v := vm.Args(in.args).Get(i)
			for _, in.utf8 = range []bool{false, true} {
				a, err := in.answer(v)
				if err != nil {
					t.Fatalf("answer(%v) of what was decoded = %v", v, err)
				}
				m := &rpcv1.SessionResponse{Message: &rpcv1.SessionResponse_Result{Result: &rpcv1.Result{Id: math.MaxUint64, Result: a.result, References: a.refs}}}
				if n := proto.Size(m); n > a.size {
					t.Errorf("%v takes %d bytes; at most %d were expected", m, n, a.size)
				}
			}
			m, err := EncodeValue(v)
			if err != nil {
				t.Fatalf("EncodeValue(%v) of what was decoded = %v", v, err)
			}
			again, err := DecodeValue(m)
			if err != nil {
				t.Fatalf("DecodeValue(%v) = %v", m, err)
			}
			if twice, err := EncodeValue(again); err != nil || !sameValue(m, twice) {
				t.Errorf("%v came back as %v, %v", m, twice, err)
			}
		}
	})
}

// sameValue tells whether two values are the same to the bit.
func sameValue(a, b *rpcv1.Value) bool {
	x, err1 := proto.MarshalOptions{Deterministic: true}.Marshal(a)
	y, err2 := proto.MarshalOptions{Deterministic: true}.Marshal(b)
	return err1 == nil && err2 == nil && bytes.Equal(x, y)
}

func TestMatch(t *testing.T) {
	for _, tt := range []struct {
		pattern, name string
		want          bool
	}{
		{"U_ECHO", "U_ECHO", true}, {"U_ECHO", "U_ECHOS", false}, {"U_*", "U_", true}, {"U_*", "V_X", false},
		{"*", "", true}, {"", "", true}, {"", "X", false}, {"?", "", false}, {"U_?", "U_A", true}, {"U_?", "U_AB", false},
		{"*ABC", "ABABC", true}, {"A*B*C", "AXXBYYC", true}, {"A*B*C", "AXXBYY", false}, {"SALES.*", "SALES.U_X", true},
		{"**?", "A", true}, {"*A*", "BCD", false},
	} {
		if got := matchAny([]string{tt.pattern}, tt.name); got != tt.want {
			t.Errorf("matchAny(%q, %q) = %v; want %v", tt.pattern, tt.name, got, tt.want)
		}
	}
	if matchAny([]string{strings.Repeat("*A", 100) + "B"}, strings.Repeat("A", 10_000)) {
		t.Error("a long pattern matches what it does not")
	}
}
