package main

import (
	"slices"
	"strings"
	"testing"
)

func TestModernArgs(t *testing.T) {
	for in, want := range map[string]string{
		"":                                 "",
		"-console":                         "",
		"-debug -ini=a.ini":                "--config a.ini",
		"daemon -ini a.ini":                "--config a.ini",
		"-daemon":                          "",
		"-version":                         "version",
		"-fullversion":                     "version",
		"config check -ini=a.ini":          "config check --config a.ini",
		"config check -c a.ini -o json":    "config check -c a.ini -o json",
		"-install":                         "service install",
		"-install -ini=a.ini":              "service install --config a.ini",
		"-ini a.ini -remove":               "--config a.ini service remove",
		"status --set Service.Name daemon": "status --set Service.Name daemon",
		"-Console":                         "",
		"-DEBUG -INI=C:\\ERP\\A.ini":       "--config C:\\ERP\\A.ini",
		"-Ini B.INI -Install":              "--config B.INI service install",
		"Daemon -FullVersion":              "version",
		"config check -C A.ini":            "config check -C A.ini",
	} {
		if got, err := modernArgs(strings.Fields(in)); err != nil || !slices.Equal(got, strings.Fields(want)) {
			t.Errorf("modernArgs(%s) = %v, %v; want %s", in, got, err, want)
		}
	}
	if got, err := modernArgs(strings.Fields("serve -ini")); err == nil {
		t.Errorf("modernArgs(serve -ini) = %v; want an error", got)
	}
}
