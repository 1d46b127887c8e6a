package cli

import (
	"strings"
	"testing"
)

func TestAWrongArgumentIsNamedWithWhatToWrite(t *testing.T) {
	for _, tt := range []struct{ args, want string }{
		{"app new", "vendorsign app new: NAME is missing; write vendorsign app new NAME [flags]\n"},
		{"check", "vendorsign check: FILE is missing; write vendorsign check FILE... [flags]\n"},
		{"preset diff a.json", "vendorsign preset diff: NEW is missing; write vendorsign preset diff OLD NEW [flags]\n"},
		{"preset show a b c", "vendorsign preset show: 2 arguments too many; write vendorsign preset show PRESET [flags]\n"},
		{"version now", "vendorsign version: 1 argument too many; write vendorsign version [flags]\n"},
		{"probe", "vendorsign probe: VENDOR is missing; known are api_key, aws, "},
		{"simulate", "vendorsign simulate: VENDOR is missing; known are all, aws, "},
		{"keys duo", "vendorsign keys: unknown vendor \"duo\"; known are web_bot_auth\n"},
		// Three letters are too few to be taken for three others.
		{"probe foo", "vendorsign probe: unknown vendor \"foo\"; known are api_key, aws, "},
		{"probe dou", "vendorsign probe: unknown vendor \"dou\"; did you mean duo?\n"},
		// The vendor is misspelt, which is why its flags are not known.
		{"diagnose duoo --curl x", "vendorsign diagnose: unknown vendor \"duoo\"; did you mean duo?\n"},
		{"probe nobody --config f", "vendorsign probe: unknown vendor \"nobody\"; known are api_key, aws, "},
		{"help nothing", "vendorsign help: unknown command \"nothing\"; known are app, check, "},
		{"help probe nobody", "vendorsign help: unknown vendor \"nobody\"; known are "},
		{"help version now", "vendorsign version has no commands of its own"},
		{"probe duo", "vendorsign probe duo: duo: integration_key is required; secret_key is required; give the credential with --config FILE, " +
			"or with a flag for each of its options\n"},
		{"explain duo --url https://h/", "vendorsign explain duo: duo: integration_key is required; give the credential with --config FILE, "},
		// pflag quotes the whole argument: a secret with it.
		{"explain duo -secret-key=c4n4ry", "vendorsign explain duo: unknown short flag -s; the name of a long one follows two hyphens\n"},
		{"probe -url=c4n4ry duo", "vendorsign probe duo: unknown short flag -u; the name of a long one follows two hyphens\n"},
		{"probe duo --integration-key DI", "vendorsign probe duo: duo: secret_key is required\n"},
	} {
		status, out, errs := runArgs(strings.Fields(tt.args)...)
		if status != 2 || out != "" || !strings.Contains(errs, tt.want) || strings.Contains(errs, "c4n4ry") {
			t.Errorf("%s: %d\n%s%s", tt.args, status, out, errs)
		}
	}
	if status, out, errs := runArgs("help", "probe", "duo"); status != 0 || errs != "" || !strings.Contains(out, "\n  vendorsign probe duo [flags]\n") {
		t.Errorf("%d\n%s%s", status, out, errs)
	}
}
