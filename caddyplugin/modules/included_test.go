package modules

import "testing"

// A template asks the server without a connection. That is no health check, which would be signed without a signer in front of it.
func TestWhatATemplateIncludesIsNotTakenForAHealthCheck(t *testing.T) {
	vendor := &recording{handler: darktrace(t)}
	c := run(t, head+"\tdarktrace_sign /signed "+options(rightSecret)+"\thandle /page/* {\n\t\ttemplates\n\t\theader Content-Type text/html\n"+
		"\t\trespond `{{httpInclude (trimPrefix \"/page\" .OriginalReq.URL.Path)}}`\n\t}\n\treverse_proxy {vendor}\n}\n", vendor)
	for path, sent := range map[string]int{"/plain": 0, "/signed": 1} {
		status, body := fetch(t, "http://"+c.site+"/page"+path)
		if asked := vendor.take(); len(asked) != sent {
			t.Errorf("%s: answered %d %s, and %d requests arrived", path, status, body, len(asked))
		}
	}
}
