package cli

import (
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/vendorsign/vendorsign/cli/capture"
	"github.com/vendorsign/vendorsign/outbound/apps"
	"github.com/vendorsign/vendorsign/signers"
)

var verifyLong = `Verify reads JSON, one request per line, and says for each, in the same
order, which app signed it, as a gateway does for apps with local keys
(vendorsign_verify in Caddy, apps in Traefik).

A line is an object such as

` + verifyLine + `

with these keys:

  signer    the vendor in whose scheme the app signs: ` + strings.Join(verifiableOf(signers.Natives()), ", ") + `,
            or a preset with a claim
  config    apps    a list of objects with name, key_id, secret and, optionally,
                    previous, allow, rate, revoked, expires
            window  how far the date may be from time: seconds, or such as 5m
            replay  unsafe, refuse or allow: how to treat a signature that was
                    used before
            seen    signatures that were used before
            insecure_downstream  true: an http URL counts as https, as where
                    something in front of the gateway ends TLS
            preset_file  for signer custom: the text of a preset file with
                    a claim
            scheme  optional; must be the same as signer
  request   method, url, headers, and body or body_b64, as for sign: the
            request as the app sent it
  time      when it arrives; by default now
  seen      more signatures that were used before

An answer is {"app":"NAME"}, or {"refused":"REASON"} with one of these
reasons, in the order in which they are checked:

  ` + strings.Join(apps.Reasons[:6], ", ") + `,
  ` + strings.Join(apps.Reasons[6:], ", ") + `

or {"error":"..."} if the line itself is wrong. A gateway does not tell the
client the reasons up to signature.

Exit status: 0 every line could be read; 1 some could not.`

// verifyCommand judges recorded requests of apps, for those who write or test a client. It shows the
// reason that a gateway keeps from the client.
func verifyCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "verify [FILE]",
		Short:   "Say which app signed requests that come as JSON lines",
		Long:    verifyLong,
		Example: "  $ vendorsign verify signed.jsonl",
		Args:    asUsed,
		RunE: func(c *cobra.Command, args []string) error {
			return withRequests(c, args, func(in io.Reader) error { return verifyLines(in, c.OutOrStdout(), time.Now) })
		},
	}
}

// verifyLines answers every line of in. Each line has a memory of its own, so a signature counts as
// used before only by seen. A refused request is a good answer; only a line that cannot be read counts
// as failed.
func verifyLines(in io.Reader, out io.Writer, now func() time.Time) error {
	asked, failed, err := eachLine(in, func(line []byte) (bool, error) {
		verdict, err := verifyOne(line, now())
		switch {
		case err != nil:
			return false, writeJSON(out, lineError{err.Error()})
		// To refuse is what was asked, so this counts as answered.
		case verdict.Reason != "":
			return true, writeJSON(out, map[string]string{"refused": verdict.Reason})
		}
		return true, writeJSON(out, map[string]string{"app": verdict.App})
	})
	if err == nil && failed > 0 {
		return failf("%d of %d lines could not be read", failed, asked)
	}
	return err
}

// verifyOne judges the request of one line, as a gateway does with all of its body at hand: read the
// claim (which app says that it signed), find the app's key, sign again and compare.
func verifyOne(line []byte, now time.Time) (*apps.Verdict, error) {
	in, err := capture.ParseVerifyLine(line)
	if err != nil {
		return nil, err
	}
	if !in.Moment.Time.IsZero() {
		now = in.Moment.Time
	}
	v, err := apps.ReadJSON(in.Signer, in.Config, now)
	if err != nil {
		return nil, err
	}
	apps.Remember(v, in.Seen, now)
	m := &in.Message
	m.Scheme = apps.Downstream(v, m.Scheme == "http")
	m.Length = int64(len(m.Body))
	// The body is checked by its bytes in the message; the request only says that there is one.
	r := &http.Request{Method: m.Method, Host: m.Host, Header: m.Header, ContentLength: m.Length, Body: http.NoBody}
	if m.Length > 0 {
		r.Body = io.NopCloser(strings.NewReader(""))
	}
	claim, err := apps.ReadClaim(v, m)
	if claim == nil {
		return apps.NoSignature(err), nil
	}
	return apps.Verify(v, claim, err, r, m, now), nil
}
