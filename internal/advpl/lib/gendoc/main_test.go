package main

import (
	"path/filepath"
	"strings"
	"testing"
)

// TestComments wants each native to have a comment that the manual can be made of.
func TestComments(t *testing.T) {
	var here []string
	for _, folder := range folders {
		here = append(here, filepath.Join("..", folder))
	}
	entries, err := readAll(here)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if !strings.Contains(e.text, "Source:") {
			t.Errorf("the comment of %s does not end with where its rule comes from", e.names[0])
		}
	}
}

func TestEscape(t *testing.T) {
	for text, want := range map[string]string{
		"a * b_c < d & e":     `a \* b\_c &lt; d &amp; e`,
		"it is\n1. It counts": "it is\n1\\. It counts",
		"it is\n- x":          "it is\n\\- x",
		"it is\n-1, 2.5":      "it is\n-1, 2.5",
		"x:\n\n\tA_B(*)":      "x:\n\n\tA_B(*)",
	} {
		if got := escape(text); got != want {
			t.Errorf("escape(%q) = %q; want %q", text, got, want)
		}
	}
}
