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
		"config check -ini=a.ini":          "--config a.ini config check",
		"config check -c a.ini -o json":    "config check -c a.ini -o json",
		"-install":                         "service install",
		"-install -ini=a.ini":              "--config a.ini service install",
		"-ini a.ini -remove":               "--config a.ini service remove",
		"status --set Service.Name daemon": "status --set Service.Name daemon",
		"-Console":                         "",
		"-DEBUG -INI=C:\\ERP\\A.ini":       "--config C:\\ERP\\A.ini",
		"-Ini B.INI -Install":              "--config B.INI service install",
		"Daemon -FullVersion":              "version",
		"config check -C A.ini":            "config check -C A.ini",

		"-compile -files=a.prw;b.prw -includes=i;j -env=E":                                        "compile --env E --include i --include j -- a.prw b.prw",
		"-console -consolelog -allowexit -runstartnormal -ini=a.ini -compile -files=a.prw,b.tlpp": "--config a.ini compile -- a.prw b.tlpp",
		"-COMPILE -Files=A.prw -Env=e -o json":                                                    "compile --env e -o json -- A.prw",
		"-run=U_Main -env=e":                                                                      "run --env e -- U_Main",
		"-run=a.b.c -env=e x:1 -console y -ini=f":                                                 "--config f run --env e -- a.b.c x:1 y",
		"run a.prw f -console -env=x":                                                             "run a.prw f -console -env=x",
		"--config a.ini --set A.B=c run a.prw -env=x daemon":                                      "--config a.ini --set A.B=c run a.prw -env=x daemon",
		"-c run -compile -files=a.prw":                                                            "compile -c run -- a.prw",
		"-files=a.prw -includes=i -compile -FILES=b.prw -Includes=j":                              "compile --include i --include j -- a.prw b.prw",
		"-env=e -RUN=f -ini=i":                                                                    "--config i run --env e -- f",
		"compile -- -env=x":                                                                       "compile -- -env=x",
	} {
		if got, err := modernArgs(strings.Fields(in)); err != nil || !slices.Equal(got, strings.Fields(want)) {
			t.Errorf("modernArgs(%s) = %v, %v; want %s", in, got, err, want)
		}
	}
	for _, in := range []string{
		"serve -ini", "-ini=", "-compile", "-compile=a.prw", "-compile -files=", "-compile -files=;", "-compile -files a.prw",
		"-compile -run=f -env=e", "-compile -files=a -env=", "-run=f", "-run=", "-run -env=e", "-run=f -env=e -files=a",
		"-env=e", "-files=a", "serve -includes=i",
	} {
		if got, err := modernArgs(strings.Fields(in)); err == nil {
			t.Errorf("modernArgs(%s) = %v; want an error", in, got)
		}
	}
}
