package main

import (
	"bytes"
	"go/format"
	"os"
	"testing"
)

func TestTheGeneratedFileIsThatOfThePresetFiles(t *testing.T) {
	want, err := generate("..")
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile("../presets.go")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Error("presets.go is stale: run go generate ./signers/presets")
	}
	if formatted, err := format.Source(want); err != nil || !bytes.Equal(formatted, want) {
		t.Errorf("what is generated is not formatted: %v", err)
	}
}
