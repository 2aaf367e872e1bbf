package main

import (
	"fmt"

	"appserver/internal/advpl/vm"
)

// areas is a database with one work area, OPS, of one record.
type areas struct{ selected string }

// record has the fields of OPS.
var record = map[string]vm.Value{
	"NAME":  vm.Str("a field of text"),
	"PRICE": vm.Num(112345.67),
	"DAY":   vm.DateOf(2461395),
}

// Selected implements vm.WorkAreas, as do the others.
func (a *areas) Selected() vm.Value { return vm.Str(a.selected) }

func (a *areas) Select(area vm.Value) error {
	name, err := a.alias(area)
	a.selected = name
	return err
}

func (a *areas) Field(area vm.Value, name string) (vm.Value, error) {
	if _, err := a.alias(area); err != nil {
		return vm.Value{}, err
	}
	v, ok := record[name]
	if !ok {
		return vm.Value{}, fmt.Errorf("there is no field %s", name)
	}
	return v, nil
}

func (a *areas) SetField(vm.Value, string, vm.Value) error {
	return fmt.Errorf("the record cannot be written")
}

func (a *areas) HasField(name string) bool {
	_, ok := record[name]
	return ok
}

// alias returns the name of the work area that area means.
func (a *areas) alias(area vm.Value) (string, error) {
	if area.IsNil() {
		return a.selected, nil
	}
	if !area.IsStr() || area.Text() != "OPS" {
		return "", fmt.Errorf("there is no work area %s", area)
	}
	return "OPS", nil
}
