package main

import (
	"embed"
	"fmt"

	"github.com/d5/tengo/v2"
	"github.com/dop251/goja"
	lua "github.com/yuin/gopher-lua"

	"appserver/internal/advpl"
	"appserver/internal/advpl/build"
	"appserver/internal/advpl/code"
	"appserver/internal/advpl/vm"
)

//go:embed scripts
var scripts embed.FS

func script(name string) (string, error) {
	text, err := scripts.ReadFile("scripts/" + name)
	return string(text), err
}

// allEngines returns appserver first.
func allEngines() ([]engine, error) {
	var all []engine
	for _, open := range []func() (engine, error){openAdvPL, openLua, openJavaScript, openTengo} {
		e, err := open()
		if err != nil {
			return nil, err
		}
		all = append(all, e)
	}
	return all, nil
}

func openAdvPL() (engine, error) {
	text, err := script("bench.prw")
	if err != nil {
		return engine{}, err
	}
	unit, findings := build.Source("bench.prw", text, build.Options{})
	if findings.Failed() {
		return engine{}, fmt.Errorf("bench.prw: %v", findings[0].Message)
	}
	program, err := advpl.Link([]*code.Unit{unit})
	if err != nil {
		return engine{}, err
	}
	return engine{"appserver", func(p benchmark) (float64, bool, error) {
		v, err := advpl.NewThread(program, vm.Options{}).Call("U_"+p.name, vm.Int(p.n))
		if err != nil {
			return 0, false, err
		}
		return v.Float(), true, nil
	}}, nil
}

func openLua() (engine, error) {
	text, err := script("bench.lua")
	if err != nil {
		return engine{}, err
	}
	state := lua.NewState()
	if err := state.DoString(text); err != nil {
		return engine{}, err
	}
	return engine{"gopher-lua", func(p benchmark) (float64, bool, error) {
		err := state.CallByParam(lua.P{Fn: state.GetGlobal(p.name), NRet: 1, Protect: true}, lua.LNumber(p.n))
		if err != nil {
			return 0, false, err
		}
		value := state.Get(-1)
		state.Pop(1)
		return float64(lua.LVAsNumber(value)), true, nil
	}}, nil
}

func openJavaScript() (engine, error) {
	text, err := script("bench.js")
	if err != nil {
		return engine{}, err
	}
	runtime := goja.New()
	if _, err := runtime.RunString(text); err != nil {
		return engine{}, err
	}
	return engine{"goja", func(p benchmark) (float64, bool, error) {
		call, ok := goja.AssertFunction(runtime.Get(p.name))
		if !ok {
			return 0, false, nil
		}
		value, err := call(goja.Undefined(), runtime.ToValue(p.n))
		if err != nil {
			return 0, false, err
		}
		return value.ToFloat(), true, nil
	}}, nil
}

// openTengo compiles the text once; a run copies the compiled script, which costs
// nothing beside what it does.
func openTengo() (engine, error) {
	text, err := script("bench.tengo")
	if err != nil {
		return engine{}, err
	}
	s := tengo.NewScript([]byte(text))
	for name, value := range map[string]any{"name": "", "n": 0, "result": nil, "range_bool": &tengo.UserFunction{Value: rangeBool}} {
		if err := s.Add(name, value); err != nil {
			return engine{}, err
		}
	}
	compiled, err := s.Compile()
	if err != nil {
		return engine{}, err
	}
	return engine{"tengo", func(p benchmark) (float64, bool, error) {
		if p.name == "Privates" || p.name == "Macros" {
			return 0, false, nil // it has neither
		}
		c := compiled.Clone()
		if err := c.Set("name", p.name); err != nil {
			return 0, false, err
		}
		if err := c.Set("n", p.n); err != nil {
			return 0, false, err
		}
		if err := c.Run(); err != nil {
			return 0, false, err
		}
		return c.Get("result").Float(), true, nil
	}}, nil
}

// rangeBool returns an array of n times false, which tengo has no quick way to make.
func rangeBool(args ...tengo.Object) (tengo.Object, error) {
	n, _ := tengo.ToInt(args[0])
	list := make([]tengo.Object, n)
	for i := range list {
		list[i] = tengo.FalseValue
	}
	return &tengo.Array{Value: list}, nil
}
