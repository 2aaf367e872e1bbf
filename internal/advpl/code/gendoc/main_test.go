package main

import (
	"bytes"
	"os"
	"testing"
)

// TestDocument checks that docs/bytecode.md is what the table of operations says.
func TestDocument(t *testing.T) {
	have, err := os.ReadFile("../../../../docs/bytecode.md")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(have, document()) {
		t.Error("docs/bytecode.md is out of date; run: go generate ./internal/advpl/code")
	}
}
