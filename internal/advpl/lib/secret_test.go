package lib

import (
	"errors"
	"testing"

	"appserver/internal/advpl/vm"
)

// Errors of functions that get passwords and keys do not show them, as those of others do.
func TestSecretsAreNotInErrors(t *testing.T) {
	th := thread(t, vm.Options{})
	shown := func(name string, args ...vm.Value) int {
		_, err := th.Call(name, args...)
		e, ok := errors.AsType[*vm.Error](err)
		if !ok {
			t.Fatalf("%s: %v; want an error", name, err)
		}
		return len(e.Args)
	}
	secret, wrong := vm.Str("secret"), vm.NewArray(nil)
	for name, args := range map[string][]vm.Value{
		"HMAC": {secret, wrong, wrong}, "AESENCRYPT": {wrong, secret, secret}, "RC4CRYPT": {secret, wrong},
		"ENCRYPTRSA": {secret, wrong}, "PRIVSIGNRSA": {secret, wrong}, "PFXINFO": {wrong, secret}, "MD5": {secret, wrong},
	} {
		if n := shown(name, args...); n != 0 {
			t.Errorf("the error of %s has %d arguments; want none", name, n)
		}
	}
	if shown("SUBSTR", secret, wrong) == 0 {
		t.Error("the error of SubStr has no arguments")
	}
}
