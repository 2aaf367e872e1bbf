package code

import (
	"io"
	"strings"
	"testing"
)

func ins(op Op, operands ...int) Instr {
	in := Instr{Op: op}
	for i, n := range operands {
		switch i {
		case 0:
			in.A = uint16(n)
		case 1:
			in.B = uint16(n)
		case 2:
			in.C = uint16(n)
		}
	}
	return in
}

// sample returns a valid unit that uses every operand meaning and every rule.
func sample() *Unit {
	inner := &Func{
		Name: "{||}", Kind: Block, NRegs: 2, Text: "{|| x }",
		Code:     []Instr{ins(GETUP, 0, 0), ins(SETUP, 0, 0), ins(REFUP, 1, 0), ins(RET, 0)},
		Captures: []Capture{{Up: true, Index: 0}},
	}
	block := &Func{
		Name: "{||}", Kind: Block, NParams: 1, NRegs: 3, Params: []Param{{Name: "N"}}, Text: "{|n| x += n }",
		Code:     []Instr{ins(GETUP, 1, 0), ins(ADD, 1, 1, 0), ins(SETUP, 0, 1), ABx(CLOSURE, 2, 0), ins(RET, 1)},
		Blocks:   []*Func{inner},
		Captures: []Capture{{Index: 1}},
	}
	f := &Func{
		Name: "U_TEST", Kind: Function, NParams: 2, NRegs: 8, Line: 3,
		Params:    []Param{{Name: "CNAME", Type: "character"}, {Name: "NAGE"}},
		RefParams: []bool{false, true},
		Consts:    []Const{{Kind: ConstNum, Num: 10}, {Kind: ConstStr, Str: "a"}, {Kind: ConstTrue}},
		Names:     []string{"CONOUT", "XVAR"},
		Named:     []NamedCall{{Func: "CALC", Args: []string{"", "B"}}},
		Blocks:    []*Func{block},
		Code: []Instr{
			ins(BOX, 1),                   // 0
			ABx(LOADK, 2, 0),              // 1
			ABx(LOADINT, 3, -5),           // 2
			ins(LOADNIL, 4, 2),            // 3
			ins(LOADL, 6, 1),              // 4
			ABx(CLOSURE, 2, 0),            // 5
			ABx(GETSTATIC, 3, 1),          // 6
			ABx(PRIVATE, 3, 1),            // 7
			ABx(SEQUENCE, 4, 7),           // 8 -> 16
			ins(CALL, 5, 2, 0),            // 9
			ins(CALLN, 5, 2, 0),           // 10
			ABx(TRY, 4, 2),                // 11 -> 14
			ins(NEWARRAY, 5, 6, 2),        // 12
			ins(ENDTRY, 1),                // 13
			ins(ENDTRY, 1),                // 14
			ABx(JMP, 0, 0),                // 15 -> 16
			ins(JLTK, 3, 0, 2),            // 16 -> 19
			ABx(ITER, 3, 1),               // 17 -> 19
			ABx(LOOP, 0, -2),              // 18 -> 17
			ins(FORLOOP, 3, 4, 0x10000-1), // 19 -> 19
			ins(PRINT, 1, 2, 3),           // 20
			ins(SENDX, 5, 2, 7),           // 21
			ins(RETNIL),                   // 22
		},
		Lines:  []Line{{0, 3}, {5, 4}, {9, 6}},
		Locals: []Local{{Name: "nAge", Reg: 1, From: 0, To: 23}, {Name: "bSum", Reg: 2, From: 5, To: 23}},
		Annots: []Annotation{{Name: "Get", Args: []AnnotArg{{Name: "x", List: []AnnotArg{{Value: Const{Kind: ConstStr, Str: "y"}}}}}}},
	}
	method := &Func{Name: "NEW", Kind: Method, NRegs: 2, Code: []Instr{ins(SELF, 0), ins(SUPER, 0, 1, 0), ins(RET, 0)}, Names: []string{"NEW"}}
	return &Unit{
		Name: "SAMPLE.PRW", Path: "src/sample.prw", Statics: []string{"A", "U_TEST:B"},
		Init:  &Func{Kind: Initializer, NRegs: 1, Code: []Instr{ins(NEWJSON, 0), ABx(SETSTATIC, 0, 0), ins(RETNIL)}},
		Funcs: []*Func{f},
		Classes: []*Class{{
			Name: "SHAPE", Written: "Shape",
			Init:    &Func{Kind: Initializer, NRegs: 1, Code: []Instr{ins(RETNIL)}},
			Data:    []Data{{Name: "nSize", Visibility: Private}},
			Methods: []MethodRef{{Name: "New", Func: method}, {Name: "Area", Abstract: true}},
		}},
	}
}

func TestVerifySample(t *testing.T) {
	if err := Verify(sample()); err != nil {
		t.Fatalf("Verify(sample) = %v; want nil", err)
	}
}

// TestVerifyRules breaks one thing in a valid unit at a time.
func TestVerifyRules(t *testing.T) {
	set := func(pc int, in Instr) func(*Unit) { return func(u *Unit) { u.Funcs[0].Code[pc] = in } }
	tests := []struct {
		name  string
		spoil func(u *Unit)
		want  string
	}{
		{"unit without name", func(u *Unit) { u.Name = "" }, "has no name"},
		{"no function", func(u *Unit) { u.Funcs[0] = nil }, "is missing"},
		{"function without name", func(u *Unit) { u.Funcs[0].Name = "" }, "has no name"},
		{"kind of function", func(u *Unit) { u.Funcs[0].Kind = Macro }, "no place here"},
		{"block among functions", func(u *Unit) { u.Funcs[0].Kind = Block }, "no place here"},
		{"kind beyond the last", func(u *Unit) { u.Funcs[0].Kind = 77 }, "no place here"},
		{"initialiser's kind", func(u *Unit) { u.Init.Kind = Function }, "initialiser"},
		{"initialiser with parameters", func(u *Unit) { u.Init.NParams = 1; u.Init.Params = make([]Param, 1) }, "has 1 parameters"},
		{"captures of a function", func(u *Unit) { u.Funcs[0].Captures = []Capture{{}} }, "is no block"},
		{"too many registers", func(u *Unit) { u.Funcs[0].NRegs = 65001 }, "at most 65000"},
		{"more parameters than registers", func(u *Unit) { u.Init.NParams, u.Init.NRegs = 0, 0 }, "register 0 of 0"},
		{"parameters", func(u *Unit) { u.Funcs[0].NParams = 9; u.Funcs[0].Params = make([]Param, 9) }, "9 parameters in 8 registers"},
		{"names of parameters", func(u *Unit) { u.Funcs[0].Params = u.Funcs[0].Params[:1] }, "1 names of 2 parameters"},
		{"marks of references", func(u *Unit) { u.Funcs[0].RefParams = []bool{true} }, "1 marks"},
		{"no code", func(u *Unit) { u.Funcs[0].Code = nil }, "has no code"},
		{"kind of constant", func(u *Unit) { u.Funcs[0].Consts[0].Kind = 9 }, "unknown kind 9"},
		{"named call without function", func(u *Unit) { u.Funcs[0].Named[0].Func = "" }, "no function"},
		{"named call with other arguments", func(u *Unit) { u.Funcs[0].Named[0].Args = nil }, "2 arguments, but 0 names"},
		{"lines out of order", func(u *Unit) { u.Funcs[0].Lines[1].PC = 0 }, "out of place"},
		{"line past the code", func(u *Unit) { u.Funcs[0].Lines[2].PC = 23 }, "out of place"},
		{"line before the code", func(u *Unit) { u.Funcs[0].Lines[0].PC = -1 }, "out of place"},
		{"negative line", func(u *Unit) { u.Funcs[0].Lines[0].Line = -1 }, "out of place"},
		{"register of a local", func(u *Unit) { u.Funcs[0].Locals[0].Reg = 8 }, "register 8 of 8"},
		{"local's end", func(u *Unit) { u.Funcs[0].Locals[0].To = 24 }, "lives from"},
		{"local's beginning", func(u *Unit) { u.Funcs[0].Locals[0].From = -1 }, "lives from"},
		{"local ends before it begins", func(u *Unit) { u.Funcs[0].Locals[1].To = 4 }, "lives from"},
		{"annotation's value", func(u *Unit) { u.Funcs[0].Annots[0].Args[0].List[0].Value.Kind = 5 }, "annotation Get"},
		{"annotation of endless arrays", func(u *Unit) {
			args := []AnnotArg{{}}
			args[0].List = args
			u.Funcs[0].Annots[0].Args = args
		}, "nested deeper"},

		{"unknown operation", set(1, Instr{Op: NumOps}), "unknown operation"},
		{"operation far off", set(1, Instr{Op: 60000}), "unknown operation"},
		{"trace", set(1, Instr{Op: TRACE}), "no place in stored code"},
		{"register written", set(1, ABx(LOADK, 8, 0)), "A: register 8 of 8"},
		{"register read", set(1, ins(MOVE, 0, 8)), "B: register 8 of 8"},
		{"register read as C", set(1, ins(ADD, 0, 0, 8)), "C: register 8 of 8"},
		{"register of a box", set(0, ins(BOX, 8)), "A: register 8 of 8"},
		{"constant", set(1, ABx(LOADK, 2, 3)), "Bx: constant 3 of 3"},
		{"negative constant", set(1, ABx(LOADK, 2, -1)), "Bx: constant -1 of 3"},
		{"constant as C", set(1, ins(ADDK, 2, 2, 3)), "C: constant 3 of 3"},
		{"constant as B", set(16, ins(JLTK, 3, 3, 2)), "B: constant 3 of 3"},
		{"name", set(7, ABx(PRIVATE, 3, 2)), "name 2 of 2"},
		{"name of a call", set(9, ins(CALL, 5, 2, 2)), "name 2 of 2"},
		{"negative name", set(7, ABx(PRIVATE, 3, -7)), "name -7 of 2"},
		{"block", set(5, ABx(CLOSURE, 2, 1)), "block 1 of 1"},
		{"negative block", set(5, ABx(CLOSURE, 2, -1)), "block -1 of 1"},
		{"static", set(6, ABx(GETSTATIC, 3, 2)), "static 2 of 2"},
		{"negative static", set(6, ABx(GETSTATIC, 3, -2)), "static -2 of 2"},
		{"captured variable outside blocks", set(6, ins(GETUP, 3, 0)), "captured variable 0 of 0"},
		{"captured variable assigned outside blocks", set(6, ins(SETUP, 0, 3)), "captured variable 0 of 0"},
		{"index of named call", set(10, ins(CALLN, 5, 2, 1)), "call with named arguments 1 of 1"},
		{"window's end", set(9, ins(CALL, 5, 3, 0)), "4 registers from 5 on, of 8"},
		{"window of many arguments", set(9, ins(CALL, 0, 65535, 0)), "of 8"},
		{"window without arguments", set(9, ins(CALL, 8, 0, 0)), "1 registers from 8 on"},
		{"dynamic method's name", set(21, ins(SENDX, 5, 2, 8)), "register 8 of 8"},
		{"range of an array", set(12, ins(NEWARRAY, 5, 6, 3)), "3 registers from 6 on, of 8"},
		{"empty range past the end", set(12, ins(NEWARRAY, 5, 9, 0)), "0 registers from 9 on"},
		{"range of dimensions", set(12, ins(NEWDIMS, 5, 0, 65535)), "65535 registers"},
		{"range of NIL", set(3, ins(LOADNIL, 4, 5)), "5 registers from 4 on"},
		{"range of prints", set(20, ins(PRINT, 1, 2, 7)), "7 registers from 2 on"},
		{"For Each past the end", set(17, ABx(ITER, 6, 1)), "3 registers from 6 on"},
		{"flag", set(20, ins(PRINT, 2, 2, 3)), "flag 2 of 2"},
		{"logical", set(4, ins(LOADL, 6, 2)), "flag 2 of 2"},
		{"operand that is not used", set(22, Instr{Op: RETNIL, C: 1}), "not used"},
		{"Bx that is not used", set(4, Instr{Op: LOADL, A: 6, B: 1, C: 1}), "not used"},
		{"jump past the end", set(15, ABx(JMP, 0, 7)), "jump to instruction 23 of 23"},
		{"jump before the beginning", set(18, ABx(LOOP, 0, -20)), "jump to instruction -1"},
		{"jump far", set(15, ABx(JMP, 0, 0x7FFFFFFF)), "jump to instruction"},
		{"short jump past the end", set(16, ins(JLTK, 3, 0, 6)), "jump to instruction 23"},
		{"handler past the end", set(8, ABx(SEQUENCE, 4, 14)), "jump to instruction 23"},
		{"jump back", set(18, ABx(JMP, 0, -2)), "without a poll"},
		{"jump to itself", set(18, ABx(JMP, 0, -1)), "without a poll"},
		{"comparison that jumps back", set(16, ins(JLTK, 3, 0, 0x10000-3)), "without a poll"},
		{"For Each that jumps back", set(17, ABx(ITER, 3, -2)), "without a poll"},
		{"handler behind", set(11, ABx(TRY, 4, -2)), "without a poll"},
		{"off the end", set(22, ins(NOP)), "runs off its end"},
		{"branch at the end", set(22, ABx(JT, 0, -3)), "without a poll"},
		{"poll at the end", set(22, ins(FORLOOP, 3, 4, 0x10000-1)), "runs off its end"},
		{"resume at the end", set(22, ins(RESUME, 0)), "runs off its end"},

		{"handler closed twice", set(15, ins(ENDTRY, 1)), "0 handlers are open"},
		{"two handlers closed", set(14, ins(ENDTRY, 2)), "handlers are open"},
		{"handler left open on one way", set(13, ins(NOP)), "handlers are open"},
		{"jump out of a handler", set(12, ABx(JMP, 0, 3)), "handlers are open"},
		{"too many handlers closed", set(13, ins(ENDTRY, 60000)), "depth 60000"},

		{"closure over a plain register", set(0, ins(NOP)), "captures register 1"},
		{"closure over an overwritten cell", set(2, ABx(LOADINT, 1, 5)), "captures register 1"},
		{"closure over cleared registers", set(3, ins(LOADNIL, 0, 3)), "captures register 1"},
		{"closure over a call's window", set(3, ins(CALL, 0, 0, 0)), "captures register 1"},
		{"closure over the arguments of a call", set(3, ins(EVAL, 1, 0)), "captures register 1"},

		{"no block", func(u *Unit) { u.Funcs[0].Blocks[0] = nil }, "block 0: is missing"},
		{"block's kind", func(u *Unit) { u.Funcs[0].Blocks[0].Kind = Function }, "block 0: is of kind 0"},
		{"captured register", func(u *Unit) { u.Funcs[0].Blocks[0].Captures[0].Index = 8 }, "register 8 of 8"},
		{"captured variable of a function", func(u *Unit) { u.Funcs[0].Blocks[0].Captures[0].Up = true }, "captured variable 1 of 0"},
		{"captured variable of a block", func(u *Unit) { u.Funcs[0].Blocks[0].Blocks[0].Captures[0].Index = 1 }, "captured variable 1 of 1"},
		{"variable of an inner block", func(u *Unit) { u.Funcs[0].Blocks[0].Blocks[0].Code[0].B = 1 }, "captured variable 1 of 1"},
		{"block that contains itself", func(u *Unit) { b := u.Funcs[0].Blocks[0]; b.Blocks[0] = b }, "nested deeper"},
		{"static in a block", func(u *Unit) { u.Funcs[0].Blocks[0].Code[0] = ABx(GETSTATIC, 1, 9) }, "static 9 of 2"},

		{"no class", func(u *Unit) { u.Classes[0] = nil }, "class 0 is missing"},
		{"class without name", func(u *Unit) { u.Classes[0].Name = "" }, "has no name"},
		{"class initialiser's kind", func(u *Unit) { u.Classes[0].Init.Kind = Method }, "initialiser"},
		{"class initialiser with parameters", func(u *Unit) {
			f := u.Classes[0].Init
			f.NParams, f.Params = 1, []Param{{Name: "X"}}
		}, "has 1 parameters"},
		{"static initialiser", func(u *Unit) { u.Classes[0].StaticInit = &Func{Kind: Initializer} }, "has no code"},
		{"method's kind", func(u *Unit) { u.Classes[0].Methods[0].Func.Kind = Function }, "method New"},
		{"method's code", func(u *Unit) { u.Classes[0].Methods[0].Func.Code[0].A = 2 }, "register 2 of 2"},
		{"method without name", func(u *Unit) { u.Classes[0].Methods[0].Name = "" }, "has no name"},
		{"method's visibility", func(u *Unit) { u.Classes[0].Methods[1].Visibility = 3 }, "unknown visibility"},
		{"data without name", func(u *Unit) { u.Classes[0].Data[0].Name = "" }, "has no name"},
		{"data's visibility", func(u *Unit) { u.Classes[0].Data[0].Visibility = 9 }, "unknown visibility"},
	}
	for _, tt := range tests {
		u := sample()
		tt.spoil(u)
		err := Verify(u)
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: Verify = %v; want an error with %q", tt.name, err, tt.want)
		}
	}
}

// TestVerifyOperands puts a value that is out of range into every operand of
// every operation that has one.
func TestVerifyOperands(t *testing.T) {
	for op := NOP; op < NumOps; op++ {
		info := op.Info()
		for i, o := range []Operand{info.A, info.B, info.C, info.Bx} {
			if o == Ignored || o == Count || o == Args || o == Int || i < 3 && info.Bx != None && i > 0 {
				continue
			}
			if i == 3 && o == None {
				continue
			}
			u := sample()
			f := u.Funcs[0]
			in := Instr{Op: op}
			switch i {
			case 0:
				in.A = 0xFFF0
			case 1:
				in.B = 0xFFF0
			case 2:
				in.C = 0x7FF0
			case 3:
				in = ABx(op, 0, 0x7FFFFFF0)
			}
			f.Code = []Instr{in, ins(RETNIL)}
			f.Lines, f.Locals = nil, nil
			if Verify(u) == nil {
				t.Errorf("Verify accepts %s with operand %d out of range", format(in), i)
			}
		}
	}
}

func TestVerifyNil(t *testing.T) {
	if Verify(nil) == nil {
		t.Error("Verify(nil) = nil; want an error")
	}
	if VerifyMacro(nil) == nil {
		t.Error("VerifyMacro(nil) = nil; want an error")
	}
	f := &Func{Kind: Macro, NRegs: 1, Code: []Instr{ins(RET, 0)}}
	if err := VerifyMacro(f); err != nil {
		t.Errorf("VerifyMacro = %v; want nil", err)
	}
	f.Code = []Instr{ABx(GETSTATIC, 0, 0), ins(RET, 0)}
	if VerifyMacro(f) == nil {
		t.Error("VerifyMacro accepts a static variable")
	}
}

// TestVerifyCells checks what may happen to a captured register.
func TestVerifyCells(t *testing.T) {
	closure := ABx(CLOSURE, 0, 0)
	tests := []struct {
		name string
		code []Instr
		ok   bool
	}{
		{"boxed", []Instr{ins(BOX, 1), closure, ins(RETNIL)}, true},
		{"boxed with others", []Instr{ins(BOX, 2), ins(BOX, 1), closure, ins(RETNIL)}, true},
		{"assigned", []Instr{ins(BOX, 1), ins(STOREREF, 1, 0), closure, ins(RETNIL)}, true},
		{"passed by reference", []Instr{ins(BOX, 1), ins(REFLOCAL, 2, 1), closure, ins(RETNIL)}, true},
		{"a call above", []Instr{ins(BOX, 1), ins(CALL, 2, 0, 0), closure, ins(RETNIL)}, true},
		{"not boxed", []Instr{ins(STOREREF, 1, 0), closure, ins(RETNIL)}, false},
		{"boxed too late", []Instr{ins(NOP), ins(BOX, 1), closure, ins(RETNIL)}, false},
		{"another boxed", []Instr{ins(BOX, 2), closure, ins(RETNIL)}, false},
		{"overwritten later", []Instr{ins(BOX, 1), closure, ins(MOVE, 1, 0), ABx(LOOP, 0, -3)}, false},
		{"overwritten by a comparison", []Instr{ins(BOX, 1), ins(EQ, 1, 0, 0), closure, ins(RETNIL)}, false},
		{"cleared", []Instr{ins(BOX, 1), ins(LOADNIL, 0, 3), closure, ins(RETNIL)}, false},
		{"cleared beside", []Instr{ins(BOX, 1), ins(LOADNIL, 2, 2), closure, ins(RETNIL)}, true},
		{"counted", []Instr{ins(BOX, 1), ins(FORLOOPK, 1, 0, 0), closure, ins(RETNIL)}, false},
		{"filled by For Each", []Instr{ins(BOX, 1), ABx(ITER, 0, 0), closure, ins(RETNIL)}, false},
		{"in a call's window", []Instr{ins(BOX, 1), ins(CALL, 0, 1, 0), closure, ins(RETNIL)}, false},
		{"above a call's window", []Instr{ins(BOX, 1), ins(CALL, 0, 0, 0), closure, ins(RETNIL)}, false},
		{"filled by a handler", []Instr{ins(BOX, 1), ABx(TRY, 1, 1), ins(ENDTRY, 1), closure, ins(RETNIL)}, false},
	}
	for _, tt := range tests {
		block := &Func{Kind: Block, NRegs: 1, Code: []Instr{ins(RETNIL)}, Captures: []Capture{{Index: 1}}}
		f := &Func{Name: "F", NRegs: 4, Code: tt.code, Names: []string{"F"}, Consts: make([]Const, 1), Blocks: []*Func{block}}
		err := Verify(&Unit{Name: "A.PRW", Funcs: []*Func{f}})
		if (err == nil) != tt.ok {
			t.Errorf("%s: Verify = %v; want ok %v", tt.name, err, tt.ok)
		}
	}
}

func TestRegSet(t *testing.T) {
	tests := []struct{ first, count int }{{0, 0}, {0, 1}, {63, 2}, {5, 59}, {64, 64}, {1, 200}, {64999, 1}, {0, MaxRegs}}
	for _, tt := range tests {
		var s regSet
		s.add(tt.first, tt.count)
		for r := range MaxRegs {
			if got, want := s.has(uint16(r)), r >= tt.first && r < tt.first+tt.count; got != want {
				t.Fatalf("after add(%d, %d) has(%d) = %v; want %v", tt.first, tt.count, r, got, want)
			}
		}
	}
}

// TestVerifyManyCells captures more registers than fit into one word.
func TestVerifyManyCells(t *testing.T) {
	b := &Func{Kind: Block, NRegs: 1, Code: []Instr{ins(RETNIL)}}
	f := &Func{Name: "F", NRegs: 200, Blocks: []*Func{b}}
	for r := range 150 {
		b.Captures = append(b.Captures, Capture{Index: uint16(r)})
		f.Code = append(f.Code, ins(BOX, r))
	}
	f.Code = append(f.Code, ABx(CLOSURE, 199, 0), ins(RETNIL))
	u := &Unit{Name: "A.PRW", Funcs: []*Func{f}}
	if err := Verify(u); err != nil {
		t.Errorf("Verify = %v; want nil", err)
	}
	f.Code[140] = ins(NOP)
	if err := Verify(u); err == nil || !strings.Contains(err.Error(), "captures register 140") {
		t.Errorf("Verify = %v; want an error about register 140", err)
	}
}

// FuzzVerify mutates a valid function's code; what Verify accepts keeps the
// promises that the machine relies on, checked here in another way.
func FuzzVerify(f *testing.F) {
	f.Add([]byte{1, 0, 0xFF})
	f.Add([]byte{9, 1, 7, 9, 2, 200})
	f.Add([]byte{15, 2, 1, 22, 0, 3})
	f.Fuzz(func(t *testing.T, edits []byte) {
		u := sample()
		fn := u.Funcs[0]
		for len(edits) >= 3 {
			in := &fn.Code[int(edits[0])%len(fn.Code)]
			n := uint16(int16(int8(edits[2])))
			switch edits[1] % 4 {
			case 0:
				in.Op = Op(edits[2])
			case 1:
				in.A = n
			case 2:
				in.B = n
			case 3:
				in.C = n
			}
			edits = edits[3:]
		}
		if Verify(u) == nil {
			walk(t, fn)
		}
		if err := Disassemble(io.Discard, u); err != nil {
			t.Fatal(err)
		}
	})
}

// walk follows every way through the code as the machine would.
func walk(t *testing.T, f *Func) {
	type state struct{ pc, depth int }
	seen := map[state]bool{}
	var visit func(s state)
	visit = func(s state) {
		if s.pc < 0 || s.pc >= len(f.Code) {
			t.Fatalf("instruction %d of %d is reached", s.pc, len(f.Code))
		}
		if s.depth < 0 || s.depth > len(f.Code) {
			t.Fatalf("instruction %d is reached with %d handlers", s.pc, s.depth)
		}
		if seen[s] {
			return
		}
		seen[s] = true
		in := f.Code[s.pc]
		for _, o := range []struct {
			o Operand
			n uint16
		}{{in.Op.Info().A, in.A}, {in.Op.Info().B, in.B}, {in.Op.Info().C, in.C}} {
			if (o.o == Read || o.o == Write || o.o == Update || o.o == Window) && o.n >= f.NRegs {
				t.Fatalf("instruction %d uses register %d of %d", s.pc, o.n, f.NRegs)
			}
		}
		switch in.Op.Info().Flow {
		case Next:
			visit(state{s.pc + 1, handlersAfter(in, s.depth)})
		case Branch:
			visit(state{s.pc + 1, s.depth})
			visit(state{target(s.pc, in), s.depth})
		case Goto:
			visit(state{target(s.pc, in), s.depth})
		case Push:
			visit(state{s.pc + 1, s.depth + 1})
			visit(state{target(s.pc, in), s.depth})
		}
	}
	visit(state{})
}
