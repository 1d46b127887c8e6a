package modules

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/caddyserver/caddy/v2"
)

// named is the block of a credential for example.com.
func named() string {
	return strings.NewReplacer("{vendor}", "example.com", "\t\tinsecure_upstream\n", "").Replace(options(rightSecret))
}

// The Host of a health check is the operator's, as that of header_up is.
func TestAHealthCheckWhoseHostIsAVendorsIsNotSentUnsigned(t *testing.T) {
	for host, sent := range map[string]bool{"example.com": false, "app.example": true} {
		vendor := new(recording)
		run(t, head+"\tdarktrace_sign /signed "+named()+"\treverse_proxy {vendor} {\n\t\thealth_uri /health\n\t\thealth_interval 10ms\n\t\thealth_headers {\n"+
			"\t\t\tHost "+host+"\n\t\t}\n\t}\n}\n", vendor)
		time.Sleep(200 * time.Millisecond)
		caddy.Stop()
		if asked := vendor.take(); (len(asked) > 0) != sent {
			t.Errorf("%s: %d health checks arrived", host, len(asked))
		}
	}
}

// A proxy for outgoing requests gets plain http with the Host in its target, and sends it there whatever address was dialled.
func TestAHostThatAProxyForOutgoingRequestsGoesByIsNotSentUnsigned(t *testing.T) {
	vendor := new(recording)
	c := run(t, strings.Replace(head, "http://{site}", "http://:{port}", 1)+"\tdarktrace_sign /signed "+named()+"\treverse_proxy http://app.example {\n\t\ttransport http {\n\t\t\tnetwork_proxy url http://{vendor}\n"+
		"\t\t}\n\t}\n}\n", vendor)
	for host, sent := range map[string]bool{"example.com": false, "Example.com.": false, "app.example": true} {
		r, _ := http.NewRequest("GET", "http://"+c.site+"/a", nil)
		r.Host = host
		response, body := ask(t, r)
		if asked := vendor.take(); (len(asked) > 0) != sent || (response.StatusCode == http.StatusOK) != sent {
			t.Errorf("%s: answered %d %s, and %d requests arrived", host, response.StatusCode, body, len(asked))
		}
	}
}
