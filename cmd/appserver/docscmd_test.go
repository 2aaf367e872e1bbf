package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Each command has a page, and the same one whenever it is made.
func TestManual(t *testing.T) {
	t.Setenv("SOURCE_DATE_EPOCH", "1750000000")
	folder := t.TempDir()
	code, _, errs := runIn(t, "", "docs", "man", folder)
	if code != exitOK {
		t.Fatalf("docs man = %d, %s", code, errs)
	}
	for _, name := range []string{"appserver", "appserver-serve", "appserver-config-check", "appserver-service-install", "appserver-completion-bash"} {
		b, err := os.ReadFile(filepath.Join(folder, name+".1"))
		if err != nil || !strings.Contains(string(b), `"Jun 2025"`) {
			t.Errorf("the page of %s: %v\n%.200s\nwant it with its date", name, err, b)
		}
	}
	for _, name := range []string{"appserver-docs", "appserver-docs-man"} {
		if _, err := os.Stat(filepath.Join(folder, name+".1")); err == nil {
			t.Errorf("there is a page of %s, which is hidden", name)
		}
	}
}

func TestDocsUsage(t *testing.T) {
	if code, _, errs := runIn(t, "", "docs", "man"); code != exitUsage || !strings.Contains(errs, "usage: appserver docs man FOLDER") {
		t.Errorf("docs man = %d, %q; want %d and the usage", code, errs, exitUsage)
	}
	if code, _, errs := runIn(t, "", "docs", "man", "missing/folder"); code != exitFailed || !strings.Contains(errs, "manual pages") {
		t.Errorf("docs man missing/folder = %d, %q; want %d", code, errs, exitFailed)
	}
}
