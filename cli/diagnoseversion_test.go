package cli

import (
	"context"
	"strings"
	"testing"

	"github.com/vendorsign/vendorsign/cli/screen"
)

// What libduo of Debian 12 sends (login-duo): HMAC-SHA1 of method, host, path and parameters. It was computed in Python.
const versionOne = "curl -X POST https://127.0.0.1/rest/v1/preauth -H 'User-Agent: libduo/1.11.3' -d user=alice -H 'Authorization: Basic " +
	"RElERU1PREVNT0RFTU9ERU1PMDA6MzFmMjQ3YzdhNTMxNjQzOTc3MWFhMjQyN2M1MzNlYzU0YTQ1YmMwYw=='"

func TestASignatureOfDuosVersionOneIsCalledThat(t *testing.T) {
	prepareScreens(t)
	for _, config := range []string{"", " --config duo.json"} {
		got := strings.Join(strings.Fields(show("diagnose duo --curl -"+config, versionOne, "", screen.Screen{Width: 80})), " ")
		want := "no date was sent: this is signature version 1 (login-duo of Debian 12 makes it), which has no date and is refused; use version 2 or later"
		if !strings.Contains(strings.ToLower(got), strings.ToLower(want)) {
			t.Errorf("diagnose%s prints %s", config, got)
		}
	}
	line := `{"signer": "duo", "config": {"apps": [{"name": "a", "key_id": "DIDEMODEMODEMODEMO00", "secret": "s"}]}, "request": {"method": "POST", ` +
		`"url": "https://127.0.0.1/rest/v1/preauth", "headers": {"Authorization": "Basic ` +
		`RElERU1PREVNT0RFTU9ERU1PMDA6MzFmMjQ3YzdhNTMxNjQzOTc3MWFhMjQyN2M1MzNlYzU0YTQ1YmMwYw=="}, "body": "user=alice"}}`
	var out strings.Builder
	if code := Run(context.Background(), []string{"verify"}, strings.NewReader(line), &out, &out); code != 0 || out.String() != `{"refused":"date"}`+"\n" {
		t.Errorf("verify: %d %s", code, out.String())
	}
}
