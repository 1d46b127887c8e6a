package modules

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/vendorsign/vendorsign/outbound"
	"github.com/vendorsign/vendorsign/outbound/audit"
)

// probing makes a function that sends a probe to the upstream that r went to, for the gate, which knows when one
// is worth sending but cannot send. It may be called after r is done.
func (t *sender) probing(r *http.Request) func(*outbound.Snapshot) outbound.Answer {
	return func(s *outbound.Snapshot) outbound.Answer { return t.probe(r, s) }
}

// probe sends a probe to the upstream that r went to: a harmless call of the vendor's API that tells whether it
// accepts the credential of the snapshot. An answer without a status means that nothing was learned. Rates and the
// audit count it as any request.
func (t *sender) probe(r *http.Request, snapshot *outbound.Snapshot) outbound.Answer {
	if _, target := snapshot.Probe(); target == "" {
		return outbound.Answer{} // no harmless call is known
	}
	out, cancel := probeRequest(r, snapshot)
	defer cancel()
	t.setScheme(out)
	restoreHost(out, snapshot)
	// A file may have brought other hosts since r was sent.
	if t.wrongUpstream(snapshot, out) != nil {
		return outbound.Answer{}
	}
	target := out.URL.RequestURI()
	signed := snapshot.Sign(out, target)
	if signed.Problem != nil {
		return outbound.Answer{}
	}
	// Where audit is required and fails, nothing is sent, and a probe is no exception.
	if t.recordRequest(out, signed.Fingerprint(), audit.Probe) != nil {
		signed.Unsent()
		return outbound.Answer{}
	}
	t.probed(out, signed)
	setTarget(out, target, signed.Target)
	response, answer, err := t.send(out, snapshot, signed)
	if err != nil {
		return outbound.Answer{}
	}
	// The answer has what is needed of the body.
	response.Body.Close()
	return answer
}

// probeRequest is the request of a probe on r's connection pool, which may outlive r's client. It has nothing of the
// client's but the upstream that was chosen: no header, body or trailer, so that the vendor's answer is about the
// credential alone.
func probeRequest(r *http.Request, attempt *outbound.Snapshot) (*http.Request, context.CancelFunc) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), probeTimeout)
	out := r.Clone(ctx)
	var target string
	out.Method, target = attempt.Probe()
	out.RequestURI = target
	out.URL.RawPath = ""
	out.URL.Path, out.URL.RawQuery, _ = strings.Cut(target, "?")
	out.Header, out.Body, out.ContentLength, out.TransferEncoding, out.Trailer = make(http.Header), nil, 0, nil, nil
	return out, cancel
}

// probeTimeout bounds how long a request waits for a probe.
const probeTimeout = 10 * time.Second
