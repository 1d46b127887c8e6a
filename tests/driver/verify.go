//go:build go1.21

package driver

import (
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/vendorsign/vendorsign/outbound/apps"
	"github.com/vendorsign/vendorsign/signers"
)

// Verifier makes a verifier of apps from its configuration in JSON, whose memory begins at start, and returns what judges a request.
func Verifier(vendor string, config []byte, start time.Time) (
	judge func(method, scheme, host, target string, header http.Header, body []byte, now time.Time) (app, refused, detail string),
	err error,
) {
	v, err := apps.ReadJSON(vendor, config, start)
	if err != nil {
		return nil, err
	}
	if !start.IsZero() {
		apps.StartAt(v, start)
	}
	return func(method, scheme, host, target string, header http.Header, body []byte, now time.Time) (string, string, string) {
		m := &signers.Message{Method: method, Scheme: scheme, Host: host, Target: target, Header: header, Body: body, Length: int64(len(body))}
		r := &http.Request{Method: method, Host: host, Header: header, ContentLength: m.Length, Body: http.NoBody}
		if len(body) > 0 {
			r.Body = io.NopCloser(strings.NewReader(""))
		}
		claim, err := apps.ReadClaim(v, m)
		if claim == nil {
			return "", apps.NoSignature(err).Reason, err.Error()
		}
		verdict := apps.Verify(v, claim, err, r, m, now)
		return verdict.App, verdict.Reason, verdict.Detail
	}, nil
}
