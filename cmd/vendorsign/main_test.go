package main

import (
	"os/exec"
	"strings"
	"testing"
)

func TestTheProgramContainsNothingOfCaddy(t *testing.T) {
	out, err := exec.Command("go", "list", "-deps", ".").Output()
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(out), "github.com/vendorsign/vendorsign/cli\n") {
		t.Fatal("the list of packages does not even contain ours")
	}
	for _, path := range strings.Fields(string(out)) {
		if strings.Contains(path, "caddy") || strings.HasPrefix(path, "go.uber.org/") {
			t.Errorf("contains %s", path)
		}
	}
}
