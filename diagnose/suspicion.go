package diagnose

import "strings"

// lookForUnsent finds what may be wrong although the signature covers what was sent: what was not sent
// is not covered, and can only be guessed. It sets suspicion, which counts if nothing else explains a
// refusal.
//
//	POST with Content-Type and without a body        body_signed_not_sent
//	GET /auth/v2/auth_status without txid            query_signed_not_sent (unfetched in vendors.json)
func (d *diagnosis) lookForUnsent() {
	path, query, _ := strings.Cut(d.Request.Target, "?")
	switch {
	case !d.contentLength():
		d.suspicion = "body_length"
	case coversBody(d.signer) && hasForm(d.Request.Method) && len(d.Request.Body) == 0 && d.announced() && query == "":
		d.suspicion = "body_signed_not_sent"
		d.doubt = "the headers announce a body, but none was sent: one was probably signed"
	case len(d.Request.Body) == 0:
		for _, e := range d.profile.Unfetched {
			if e.Path.MatchString(path) && (e.Wants == "" && query == "" || e.Wants != "" && !strings.Contains(query, e.Wants)) {
				d.suspicion, d.doubt = "query_signed_not_sent", e.Says
			}
		}
	}
}
