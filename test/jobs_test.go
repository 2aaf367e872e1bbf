package test

import (
	"os"
	"regexp"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
)

// TestJobsManual checks that the script jobs_manual runs the examples as docs/jobs.md
// prints them.
func TestJobsManual(t *testing.T) {
	manual, err := os.ReadFile("../docs/jobs.md")
	if err != nil {
		t.Fatal(err)
	}
	script, err := txtar.ParseFile("testdata/jobs_manual.txtar")
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	for _, f := range script.Files {
		files[f.Name] = string(f.Data)
	}
	examples := regexp.MustCompile("(?ms)^`([^`\n]+)`:\n\n```\\w+\n(.*?)^```$").FindAllSubmatch(manual, -1)
	for _, example := range examples {
		if name := string(example[1]); files[name] != string(example[2]) {
			t.Errorf("%s of docs/jobs.md is not the file in jobs_manual.txtar", name)
		}
	}
	if len(examples) != len(files) || len(files) < 4 {
		t.Errorf("docs/jobs.md has %d examples, the script %d files; want the same, and at least 4", len(examples), len(files))
	}
}
