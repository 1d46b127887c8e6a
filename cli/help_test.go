package cli

import (
	"bytes"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"github.com/vendorsign/vendorsign/cli/config"
)

// mounted runs a command line of a program that has our commands, as Caddy does.
func mounted(args ...string) (stdout string) {
	root, ours := &cobra.Command{Use: "caddy"}, &cobra.Command{Use: "vendorsign"}
	root.AddCommand(ours)
	Mount(ours, nil)
	var out bytes.Buffer
	root.SetArgs(args)
	root.SetOut(&out)
	root.SetErr(&out)
	_ = root.Execute()
	return out.String()
}

func TestHelpCallsTheProgramByItsName(t *testing.T) {
	defer func() { config.Adapt = nil }()
	_, own, _ := runCLI("", "check", "--help")
	if !strings.Contains(own, "  $ vendorsign check --references-only --strict dynamic.yml\n") {
		t.Error(own)
	}
	config.Adapt = func(string, []byte) ([]byte, error) { return nil, nil }
	for _, tt := range []struct{ command, want string }{
		{"check", "  $ caddy vendorsign check compose.yaml traefik/*.yml\n  $ caddy vendorsign check --references-only --strict Caddyfile\n"},
		{"explain", "  $ caddy vendorsign explain duo --config Caddyfile --method"},
		{"sign", " | caddy vendorsign sign\n"},
		{"simulate", "  $ caddy vendorsign simulate all\n"},
		{"diagnose", "  $ caddy vendorsign diagnose duo --config Caddyfile"},
	} {
		got := mounted("vendorsign", tt.command, "--help")
		if !strings.Contains(got, tt.want) || strings.Contains(got, "$ vendorsign") || strings.Contains(got, "CONFIG") {
			t.Errorf("%s\nwant\n%s", got, tt.want)
		}
	}
}

func TestTheVersionIsAFlagToo(t *testing.T) {
	_, command, _ := runCLI("", "version")
	status, flag, _ := runCLI("", "--version")
	if status != 0 || flag != command || !strings.HasPrefix(flag, "vendorsign ") {
		t.Errorf("%d %q %q", status, flag, command)
	}
	if got := mounted("vendorsign", "--version"); got != command {
		t.Errorf("%q", got)
	}
}
