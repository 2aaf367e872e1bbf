package vm_test

import (
	"errors"
	"maps"
	"testing"

	"appserver/internal/advpl/code"
	"appserver/internal/advpl/vm"
)

// eachTests run with a native WALK(aList, bBlock) that evaluates the block for each
// element with its index, and returns the number of the element for which the block
// returned .T., or 0.
const eachTests = `// each.tlpp

Function Sum()
	Local nSum := 0
	Walk({1, 2, 3}, {|x| nSum += x})
Return nSum

Function Index()
	Local aGot := {}
	Walk({"a", "b"}, {|x, i| Push(aGot, {x, i, PCount()})})
Return aGot

Function Found()
Return {Walk({1, 2, 3}, {|x| x == 2}), Walk({1, 2, 3}, {|x| x == 9}), Walk({}, {|x| .T.}), Walk({5}, {|| .T.})}

Function NoParams()
Return Walk({1, 2}, {|| Parameter(0) == 2})

Function Many()
Return Walk({1, 2}, {|a, b, c, d, e| a == 2 .And. c == Nil .And. e == Nil})

Function Fresh()
	Local aGot := {}
	Walk({1, 2}, {|x, i, y| Push(aGot, y), y := x})
Return aGot

Function Inner()
	Local aGot := {}
	Walk({1, 2}, {|x| Walk({10, 20}, {|y| Push(aGot, x + y)}), Push(aGot, x)})
Return aGot

Function Left()
	Local nSum := 0
	Walk({1, 2, 3}, {|x| nSum += Walk({4, 5, 6}, {|y| y == x + 3})})
Return nSum

Function Caught()
	Local aGot := {}
	Try
		Walk({1, 2, 3}, {|x| Push(aGot, x), Walk({1}, {|y| Iif(x == 2, y + "a", y)})})
	Catch oErr
		Push(aGot, oErr:Description)
	EndTry
	Walk({7}, {|x| Push(aGot, x)})
Return aGot

Function Broken()
	Local xGot
	Begin Sequence
		Walk({1, 2, 3}, {|x| Walk({1}, {|y| Iif(x == 2, Break("two"), y)})})
	Recover Using xGot
	End Sequence
Return xGot

Function Handled()
	Local aGot := {}
	Walk({1, 2, 3}, {|x| Push(aGot, Safe(x))})
Return aGot

Static Function Safe(x)
	Try
		Return 10 / (x - 2)
	Catch oErr
	EndTry
Return "none"

Function Privates()
	Local aGot := {}
	Walk({1, 2}, {|x| Push(aGot, &("xOwn := 5, xOwn")), .F.})
Return {aGot, Walk({1}, {|| &("xOwn := 6") == 6})}

Function Recursive()
Return Deep(40)

Static Function Deep(n)
	Local nSum := 0
	If n > 0
		Walk({1, 2}, {|x| nSum += Iif(x == 1, Deep(n - 1), 1)})
	EndIf
Return nSum

Function Endless()
	Local nTurns := 0
	Walk(Array(100000), {|x| nTurns++, .F.})
Return nTurns
`

// natives that walk in the two ways that there are.
func walkers() map[string]vm.Native {
	return map[string]vm.Native{
		"EvalEach": func(t *vm.Thread, a vm.Args) (vm.Value, error) {
			s := &search{list: a.Get(0).Array()}
			err := t.EvalEach(a.Get(1), s.args[:], s)
			return vm.Int(s.found), err
		},
		"Eval": func(t *vm.Thread, a vm.Args) (vm.Value, error) {
			s := &search{list: a.Get(0).Array()}
			var v vm.Value
			var err error
			for s.Next(v) && err == nil {
				v, err = t.Eval(a.Get(1), s.args[:]...)
			}
			return vm.Int(s.found), err
		},
	}
}

// search is the Turns of WALK.
type search struct {
	list     *vm.ArrayValue
	i, found int
	args     [2]vm.Value
}

func (s *search) Next(result vm.Value) bool {
	if result.Kind() == vm.Logical && result.Truth() {
		s.found = s.i
		return false
	}
	if s.i == len(s.list.Elems) {
		return false
	}
	s.i++
	s.args = [2]vm.Value{s.list.Elems[s.i-1], vm.Int(s.i)}
	return true
}

func walkThread(t testing.TB, walk vm.Native, o vm.Options) *vm.Thread {
	t.Helper()
	lib := &vm.Library{Funcs: maps.Clone(semanticNatives())}
	lib.Funcs["WALK"] = walk
	lib.Funcs["PUSH"] = func(_ *vm.Thread, a vm.Args) (vm.Value, error) {
		arr := a.Get(0).Array()
		arr.Elems = append(arr.Elems, a.Get(1))
		return vm.Value{}, nil
	}
	lib.Funcs["ARRAY"] = func(_ *vm.Thread, a vm.Args) (vm.Value, error) {
		return vm.NewArray(make([]vm.Value, int(a.Get(0).Float()))), nil
	}
	p, err := vm.Link([]*code.Unit{compileUnit(t, "each.tlpp", eachTests)}, lib)
	if err != nil {
		t.Fatal(err)
	}
	o.Compile = compileMacro
	return p.NewThread(o)
}

// TestEvalEach shows that EvalEach does what Eval does in a loop, at the same cost in
// steps.
func TestEvalEach(t *testing.T) {
	steps := map[string]int64{}
	for how, walk := range walkers() {
		for _, test := range []struct{ name, want string }{
			{"Sum", "6"},
			{"Index", `{{"a", 1, 2}, {"b", 2, 2}}`},
			{"Found", "{2, 0, 0, 1}"},
			{"NoParams", "2"},
			{"Many", "2"},
			{"Fresh", "{NIL, NIL}"},
			{"Inner", "{11, 21, 1, 12, 22, 2}"},
			{"Left", "6"},
			{"Caught", `{1, 2, "type mismatch", 7}`},
			{"Broken", `"two"`},
			{"Handled", `{-10, "none", 10}`},
			{"Privates", "{{5, 5}, 1}"},
			{"Recursive", "40"},
			{"Endless", "100000"},
		} {
			for _, hook := range []vm.Hook{nil, noHook{}} {
				th := walkThread(t, walk, vm.Options{Hook: hook})
				v, err := th.Call(test.name)
				if err != nil || v.String() != test.want {
					t.Errorf("%s with %s, hook %v = %v, %v; want %s", test.name, how, hook, v, err, test.want)
				}
				if n, ok := steps[test.name]; ok && n != th.Steps() {
					t.Errorf("%s takes %d steps with %s; %d otherwise", test.name, th.Steps(), how, n)
				}
				steps[test.name] = th.Steps()
			}
		}
	}
}

// TestEvalEachEnds shows that what ends programs ends the turns.
func TestEvalEachEnds(t *testing.T) {
	walk := walkers()["EvalEach"]
	th := walkThread(t, walk, vm.Options{Limits: vm.Limits{Steps: 10_000}})
	if _, err := th.Call("Endless"); err == nil || err.Error() != "the program makes too many steps: the limit is 10000" {
		t.Errorf("Endless with 10,000 steps = %v; want that they are too many", err)
	}
	reason := errors.New("shutdown")
	var cancelled *vm.Thread
	cancelled = walkThread(t, walk, vm.Options{Yield: func() { cancelled.Cancel(reason) }})
	if _, err := cancelled.Call("Endless"); !errors.Is(err, reason) {
		t.Errorf("Endless, cancelled = %v; want %v", err, reason)
	}
	deep := walkThread(t, walk, vm.Options{Limits: vm.Limits{Depth: 50}})
	if _, err := deep.Call("Recursive"); err == nil {
		t.Errorf("Recursive with 50 levels = no error")
	}
	if v, err := deep.Call("Sum"); err != nil || v.Float() != 6 {
		t.Errorf("Sum after an error = %v, %v; want 6", v, err)
	}
}

// TestEvalEachOfTheHost shows that the host can call it, too.
func TestEvalEachOfTheHost(t *testing.T) {
	th := walkThread(t, walkers()["Eval"], vm.Options{})
	block, err := th.Macro("{|x, i| x == i * 10}")
	if err != nil {
		t.Fatal(err)
	}
	s := &search{list: vm.NewArray([]vm.Value{vm.Int(1), vm.Int(20), vm.Int(3)}).Array()}
	if err := th.EvalEach(block, s.args[:], s); err != nil || s.found != 2 {
		t.Errorf("EvalEach = %v, found %d; want 2", err, s.found)
	}
	if err := th.EvalEach(vm.Int(1), nil, s); err == nil || err.Error() != "argument 1 of EVAL is N, a code block is needed" {
		t.Errorf("EvalEach of a number = %v; want that it needs a code block", err)
	}
}

// TestLinesOfTurns shows that a hook sees the line of a block in each turn.
func TestLinesOfTurns(t *testing.T) {
	lines := &lineCount{}
	th := walkThread(t, walkers()["EvalEach"], vm.Options{Hook: lines})
	if _, err := th.Call("Sum"); err != nil {
		t.Fatal(err)
	}
	if lines.blocks != 3 {
		t.Errorf("the hook saw the block's line %d times; want 3", lines.blocks)
	}
}

// lineCount counts the lines of blocks that run.
type lineCount struct{ blocks int }

func (c *lineCount) Line(_ *vm.Thread, fn *code.Func, _ *code.Unit, _ int) error {
	if fn.Kind == code.Block {
		c.blocks++
	}
	return nil
}
