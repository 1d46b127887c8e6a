package cli

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

func TestTheExitStatusTellsWrongUseFromNo(t *testing.T) {
	tests := []struct {
		name   string
		args   []string
		stdin  string
		status int
		stderr string
	}{
		{"help", []string{"--help"}, "", 0, ""},
		{"nothing shows the help", nil, "", 0, ""},
		{"help of a command", []string{"help", "sign"}, "", 0, ""},
		{"done", []string{"version"}, "", 0, ""},
		{"a line is refused", []string{"sign"}, "{}", 1, "vendorsign sign: 1 of 1 lines could not be signed\n"},
		{"a command that is none", []string{"frobnicate"}, "", 2, "vendorsign: unknown command \"frobnicate\"; known are app, check, diagnose, explain, keys, preset, probe, proxy, sign, simulate, verify, version\nSee 'vendorsign --help'.\n"},
		{"a command with a slip", []string{"simulat"}, "", 2, "vendorsign: unknown command \"simulat\"; did you mean simulate?\nSee 'vendorsign --help'.\n"},
		{"a flag that is none", []string{"sign", "--fast"}, "", 2, "vendorsign sign: unknown flag: --fast\nSee 'vendorsign sign --help'.\n"},
		{"too many arguments", []string{"sign", "a", "b"}, "", 2, "vendorsign sign: 1 argument too many; write vendorsign sign [FILE] [flags]\nSee 'vendorsign sign --help'.\n"},
		{"a missing file", []string{"sign", "/no/such/file"}, "", 2, "vendorsign sign: reading requests: open /no/such/file: no such file or directory\nSee 'vendorsign sign --help'.\n"},
		{"a folder for a file", []string{"sign", "/"}, "", 2, "vendorsign sign: reading requests: read /: is a directory\nSee 'vendorsign sign --help'.\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			status, _, stderr := runCLI(tt.stdin, tt.args...)
			if status != tt.status || stderr != tt.stderr {
				t.Errorf("status %d, stderr\n%swant %d and\n%s", status, stderr, tt.status, tt.stderr)
			}
		})
	}
}

// Caddy's root prints no error that carries a status, and knows only its own type for one.
func TestUnderAnotherRootErrorsArePrintedOnceAndHandedOver(t *testing.T) {
	for args, want := range map[string]string{
		"vendorsign sign":                  "status 1|other vendorsign sign: 1 of 1 lines could not be signed\n",
		"vendorsign sign /no/such/file":    "status 2|other vendorsign sign: reading requests: open /no/such/file: no such file or directory\nSee 'other vendorsign sign --help'.\n",
		"vendorsign version --fast":        "status 2|other vendorsign version: unknown flag: --fast\nSee 'other vendorsign version --help'.\n",
		"vendorsign frobnicate":            "status 2|other vendorsign: unknown command \"frobnicate\"; known are app, check, diagnose, explain, keys, preset, probe, proxy, sign, simulate, verify, version\nSee 'other vendorsign --help'.\n",
		"vendorsign simulate duo --ikey a": "status 2|other vendorsign simulate duo: unknown flag: --ikey; did you mean --integration-key?\nSee 'other vendorsign simulate duo --help'.\n",
	} {
		root := &cobra.Command{Use: "other"}
		sub := &cobra.Command{Use: "vendorsign"}
		root.AddCommand(sub)
		Mount(sub, func(e *ExitError) error { return fmt.Errorf("status %d", e.ExitCode()) })
		var stderr bytes.Buffer
		root.SetArgs(strings.Fields(args))
		root.SetIn(strings.NewReader("{}"))
		root.SetOut(&bytes.Buffer{})
		root.SetErr(&stderr)
		err := root.Execute()
		if got := fmt.Sprint(err) + "|" + stderr.String(); got != want {
			t.Errorf("%s:\n%s\nwant\n%s", args, got, want)
		}
	}
}
