package corpus

import (
	"bytes"
	"compress/gzip"
	"embed"
	"encoding/json"
	"strings"
	"time"
)

//go:embed conflicts/*.json
var conflicts embed.FS

// clientCases are requests that real clients sign otherwise than the vendor reads them: outputs of those clients.
func clientCases() []*Case {
	mistakes := map[string][2]string{ // by the name of the vector, after its client
		"sdk-post-form": {"B", "body_not_signed"}, "sdk-get-list-value": {"A", "list_as_text"}, "sdk-get-none-value": {"H", "query_signed_not_sent"}, "sdk-post-json-with-query": {"H", "query_signed_beside_body"},
		"splunk-get-list-value": {"A", "list_as_text"}, "splunk-get-none-value": {"H", "query_signed_not_sent"}, "splunk-post-form": {"B", "body_form_encoding"}, "ibm-post-form": {"B", "body_form_encoding"},
		"go-get-percent-escaped-path": {"A", "path_double_encoded"}, "go-patch-json-percent-path": {"A", "path_double_encoded"}, "go-get-path-with-semicolon-and-at": {"A", "path_decoded asterisk_encoding"},
		"go-get": {"C", "params_sorted_wrongly params_unsorted"}, "node-get-unicode": {"C", "params_sorted_wrongly"}, "node-get-keys": {"C", "params_sorted_wrongly"}, "node-get-repeated": {"C", "params_sorted_wrongly params_unsorted"},
		"node-delete": {"C", "params_sorted_wrongly"}, "node-post-form": {"C", "params_sorted_wrongly params_unsorted"},
	}
	var all []*Case
	for _, file := range []string{"darktrace-hmac-sha1", "duo-v2-sha512", "duo-v5-sha512"} {
		data := must(conflicts.ReadFile("conflicts/" + file + ".json"))
		var vectors []struct {
			Name, Vendor string
			Request      struct {
				Method, URL, Body string
				Headers           map[string]string
			}
			Credentials map[string]string
			Clock       struct {
				Time time.Time `json:"rfc3339"`
			}
			Variant struct {
				Version int `json:"sig_version"`
			}
			Expect struct{ Headers map[string]string }
		}
		if err := json.Unmarshal(data, &vectors); err != nil {
			panic(err) // embedded
		}
		for _, v := range vectors {
			c := &Case{Name: "client " + file + ": " + v.Name, Signer: v.Vendor, Method: v.Request.Method, URL: v.Request.URL, Body: []byte(v.Request.Body), Now: v.Clock.Time, Proved: true, Config: map[string]any{}}
			longest := ""
			for prefix := range mistakes {
				if strings.HasPrefix(v.Name, prefix) && len(prefix) > len(longest) {
					longest = prefix
				}
			}
			if longest == "" {
				panic("no mistake is known for " + v.Name)
			}
			c.Class = mistakes[longest][0]
			causes := strings.Fields(mistakes[longest][1])
			c.Causes, c.Also = causes[:1], causes[1:]
			for from, to := range map[string]string{"ikey": "integration_key", "skey": "secret_key", "public_token": "public_token", "private_token": "private_token"} {
				if value, ok := v.Credentials[from]; ok {
					c.Config[to] = value
				}
			}
			c.Response = dtRefused
			if v.Vendor == "duo" {
				c.Response = duo40103
				if v.Variant.Version != 5 {
					c.Config["signature_version"] = v.Variant.Version
				}
			}
			for _, headers := range []map[string]string{v.Request.Headers, v.Expect.Headers} {
				for k, value := range inOrder(headers) {
					c.Headers = append(c.Headers, [2]string{k, value})
				}
			}
			all = append(all, c)
		}
	}
	return all
}

func gzipped(s string) string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = w.Write([]byte(s)) // to memory
	_ = w.Close()
	return b.String()
}
