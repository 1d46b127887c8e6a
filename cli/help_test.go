package cli

import (
	"bytes"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"github.com/vendorsign/vendorsign/cli/config"
	"github.com/vendorsign/vendorsign/cli/screen"
	"github.com/vendorsign/vendorsign/signers"
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

func TestEachVendorsHelpNamesAPageThatIsThere(t *testing.T) {
	pages := regexp.MustCompile(`docs/options\.md\s+and\s+docs/(\S+\.md)`)
	for _, vendor := range signers.Names() {
		_, help, _ := runCLI("", "explain", vendor, "--help")
		found := pages.FindStringSubmatch(help)
		if found == nil {
			t.Errorf("%s: no page in\n%s", vendor, help)
			continue
		}
		if _, err := os.Stat("../docs/" + found[1]); err != nil {
			t.Errorf("%s: %v", vendor, err)
		}
	}
	if _, _, errs := runCLI("", "preset", "show", "oauth2"); !strings.Contains(errs, "oauth2 is code, not a preset; docs/tokens.md describes it") {
		t.Error(errs)
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

// Fifty vendors in a list are no help: presets work, and are counted where vendors are listed.
func TestHelpAndErrorsCountPresetsInPlaceOfListingThem(t *testing.T) {
	count := strconv.Itoa(len(signers.Presets())) + " presets (vendorsign preset list)"
	for _, command := range []string{"explain", "diagnose", "probe", "proxy"} {
		_, help, _ := runArgs(command, "--help")
		if !strings.Contains(help, "\n\nVENDOR is a command below, or one of "+count+".\n") || strings.Contains(help, "veracode") ||
			!strings.Contains(help, "\n  threatconnect ") {
			t.Errorf("%s --help:\n%s", command, help)
		}
		if status, help, _ := runArgs(command, "veracode", "--help"); status != 0 || !strings.Contains(help, "--api-key REFERENCE") {
			t.Errorf("%s veracode --help: %d\n%s", command, status, help)
		}
	}
	for _, tt := range []struct{ args, want string }{
		{"--help", "api_key, aws, carbonblack,\ncavage, cortex, darktrace, duo, httpsig, jwt, oauth2, oci, threatconnect,\nweb_bot_auth, " + count + ", and schemes of your own.\n"},
		{"sign --help", "  signer    one of api_key, aws, carbonblack, cavage, cortex, custom, darktrace,\n            duo, httpsig, jwt, login, oauth2, oci, threatconnect, web_bot_auth,\n            or one of the " + count},
		{"explain veracde", "unknown vendor \"veracde\"; did you mean veracode?\n"},
		{"explain duoo", "unknown vendor \"duoo\"; did you mean duo?\n"},
		{"explain nobody", "unknown vendor \"nobody\"; known are api_key, aws, carbonblack, cavage, cortex, custom, darktrace, duo, httpsig, jwt, login, oauth2, oci, threatconnect, web_bot_auth and " + count + "\n"},
	} {
		if _, out, errs := runArgs(strings.Fields(tt.args)...); !strings.Contains(out+errs, tt.want) {
			t.Errorf("%s: no %q in\n%s%s", tt.args, tt.want, out, errs)
		}
	}
}

// helps are the help texts of a command and all below it.
func helps(c *cobra.Command) map[string]string {
	texts := map[string]string{c.CommandPath(): helpText(c, screen.Screen{Width: 80})}
	for _, sub := range c.Commands() {
		for path, text := range helps(sub) {
			texts[path] = text
		}
	}
	return texts
}

func TestEveryHelpFitsEightyColumns(t *testing.T) {
	caddy, ours := &cobra.Command{Use: "caddy"}, &cobra.Command{Use: "vendorsign"}
	caddy.AddCommand(ours)
	Mount(ours, nil)
	texts := helps(ours)
	if len(texts) < 200 {
		t.Fatalf("%d commands", len(texts))
	}
	for path, text := range texts {
		for line := range strings.Lines(text) {
			if screen.Length(strings.TrimSuffix(line, "\n")) > 80 {
				t.Errorf("%s --help: %s", path, line)
			}
		}
	}
}

// What one has to write comes first, in the order in which the vendor names it, each with what it is.
func TestTheHelpOfACredentialBeginsWithIt(t *testing.T) {
	for command, want := range map[string]string{
		"probe duo": `Credential:
  REFERENCE is {env.NAME} or env:NAME, {file./path} or file:/path, and never the
  secret itself.
      --integration-key TEXT     The integration key (ikey) of the application
                                 in the Duo Admin Panel.
      --secret-key REFERENCE     The secret key (skey) of the application.
`,
		"explain veracode": `Credential:
  REFERENCE is {env.NAME} or env:NAME, {file./path} or file:/path, and never the
  secret itself.
      --api-id TEXT            The API ID, with or without its region's prefix,
                               such as vera01ei-.
      --api-key REFERENCE      The API secret key in hex, with or without its
                               region's prefix, such as vera01es-.
      --host TEXT              The vendor's host name: the only server that the
`,
	} {
		_, help, _ := runArgs(append(strings.Fields(command), "--help")...)
		if !strings.Contains(help, "\n\n"+want) {
			t.Errorf("%s --help:\n%s\nwant\n%s", command, help, want)
		}
	}
}

func TestEveryOptionSaysWhatItIs(t *testing.T) {
	for _, vendor := range signers.Names() {
		o := config.NewOptions(vendor)
		for _, own := range o.Own {
			if own.Doc == "" {
				t.Errorf("%s: %s has no text", vendor, own.Name)
			}
		}
		for _, shared := range o.All[len(o.Own):] {
			if gatewayHelp[shared.Name] == "" && shared.Name != "client_hosts" && shared.Name != "previous" {
				t.Errorf("%s has no text", shared.Name)
			}
		}
	}
}
