package main

import (
	"strings"
	"testing"
)

func TestServiceUsage(t *testing.T) {
	for _, test := range []struct {
		args []string
		want string
	}{
		{[]string{"install", "--name", "../x"}, "--name"},
		{[]string{"status", "--name", ""}, "--name"},
		{[]string{"remove", "--name", "a.service"}, "--name"},
		{[]string{"install", "--set", "TCP.Port=1"}, "configuration file"},
		{[]string{"install", "x"}, "takes no arguments"},
		{[]string{"start"}, `no command "start"`},
	} {
		code, _, errs := runIn(t, "", append([]string{"service"}, test.args...)...)
		if code != exitUsage || !strings.Contains(errs, test.want) {
			t.Errorf("service %q = %d, %q; want %d and %q", test.args, code, errs, exitUsage, test.want)
		}
	}
}
