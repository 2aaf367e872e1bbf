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
		"serve --set TCP.Port=1 -ini":      "serve --set TCP.Port=1 -ini",
		"status --set Service.Name daemon": "status --set Service.Name daemon",
	} {
		if got, err := modernArgs(strings.Fields(in)); err != nil || !slices.Equal(got, strings.Fields(want)) {
			t.Errorf("modernArgs(%s) = %v, %v; want %s", in, got, err, want)
		}
	}
	if _, err := modernArgs([]string{"-install"}); err == nil {
		t.Error("modernArgs(-install) = no error; want one")
	}
}
