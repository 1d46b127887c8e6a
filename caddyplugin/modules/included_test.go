package modules

import (
	"strings"
	"testing"

	"github.com/caddyserver/caddy/v2"
)

// A template asks the server without a connection. That is no health check, which would be signed without a signer in front of it, and
// whatever client_hosts says.
func TestWhatATemplateIncludesIsNotTakenForAHealthCheck(t *testing.T) {
	for options, want := range map[string]map[string]int{
		options(rightSecret): {"/plain": 0, "/signed": 1},
		strings.Replace(options(rightSecret), "insecure_upstream", "insecure_upstream\n\t\tclient_hosts gw.internal", 1): {"/plain": 0, "/signed": 0},
	} {
		vendor := &recording{handler: darktrace(t)}
		c := run(t, head+"\tdarktrace_sign /signed "+options+"\thandle /page/* {\n\t\ttemplates\n\t\theader Content-Type text/html\n"+
			"\t\trespond `{{httpInclude (trimPrefix \"/page\" .OriginalReq.URL.Path)}}`\n\t}\n\treverse_proxy {vendor}\n}\n", vendor)
		for path, sent := range want {
			status, body := fetch(t, "http://"+c.site+"/page"+path)
			if asked := vendor.take(); len(asked) != sent {
				t.Errorf("%s: answered %d %s, and %d requests arrived", path, status, body, len(asked))
			}
		}
		caddy.Stop()
	}
}
