package main

import (
	"bytes"
	"os"
	"testing"

	"appserver/internal/config"
)

func TestCommittedDocument(t *testing.T) {
	const name = "../../../docs/configuration.md"
	got, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, document(config.Keys())) {
		t.Errorf("%s differs from the schema; run: go generate ./internal/config", name)
	}
}
