package cli

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptrace"
	"strings"
	"time"

	"github.com/vendorsign/vendorsign/outbound"
	"github.com/vendorsign/vendorsign/signers"
)

// send sends the request. It returns the verdict in a word and what the vendor says, and calls step
// with what leads to it. Without an answer there is no verdict.
//
//	no refusal                   accepted, no error
//	refused for want of a right  refused, no error: the vendor recognised the credential, which is what was asked
//	a gateway of ours refuses    refused, and an error: the vendor was not asked
//	any other refusal            refused, and an error: exit status 1
//	no answer                    an error alone
func (p *probing) send(r *http.Request, gate *outbound.Gate, signed outbound.Outcome, step func(step, text string)) (
	verdict, answer string, err error,
) {
	start := time.Now()
	r = r.WithContext(httptrace.WithClientTrace(r.Context(), &httptrace.ClientTrace{
		GotConn: func(info httptrace.GotConnInfo) {
			step("reached", fmt.Sprintf("%s in %d ms", info.Conn.RemoteAddr(), time.Since(start).Milliseconds()))
		},
		TLSHandshakeDone: func(state tls.ConnectionState, err error) {
			if err == nil {
				verified := "verified"
				if len(state.VerifiedChains) == 0 {
					verified = "NOT verified"
				}
				step("TLS", fmt.Sprintf("%s, certificate for %s %s", tls.VersionName(state.Version), state.ServerName, verified))
			}
		},
	}))
	// A new transport, so that a connection is made, and measured, now.
	transport := newTransport(gate)
	defer transport.CloseIdleConnections()
	response, err := transport.RoundTrip(r)
	if err != nil {
		return "", "", failf("not reached: %w", plainly(err))
	}
	defer response.Body.Close()
	if date, err := http.ParseTime(response.Header.Get("Date")); err == nil {
		// A Date has whole seconds, cut off: half a second later is the best guess.
		step("clock", fmt.Sprintf("the vendor's differs by %+d s", int(time.Until(date.Add(time.Second/2)).Round(time.Second)/time.Second)))
	}
	// --upstream may be a gateway, to try the local key of an app.
	if why := gatewayRefusal(response); why != "" {
		return "refused", response.Status + " by a gateway with Vendorsign: " + why, failf("the gateway refused the request")
	}
	explanation := learn(gate, response, signed)
	if explanation == nil {
		if p.sts {
			text, err := readPrincipal(response.Body)
			if err != nil {
				return "", "", err
			}
			step("principal", text)
		}
		return "accepted", response.Status, nil
	}
	answer = response.Status + ": class " + explanation.Line()
	if explanation.Refusal == signers.RefusedRights {
		return "refused", answer + "; the signature itself was right", nil
	}
	return "refused", answer, failf("the vendor refused the credential")
}

// tokenStep is a request to a token service, for people: where it went and what came back, without
// anything that was sent.
func tokenStep(asked signers.TokenRequest, answer signers.TokenAnswer, took time.Duration, err error) string {
	address, _, _ := strings.Cut(asked.URL, "?")
	text := asked.Method + " " + address + ": "
	if err != nil {
		return text + plainly(err).Error()
	}
	return fmt.Sprintf("%s%d in %d ms", text, answer.Status, took.Milliseconds())
}

// plainly explains the error of a server that answers TLS in plain text.
func plainly(err error) error {
	var notTLS tls.RecordHeaderError
	// The error has a connection if the first record was none of TLS.
	if errors.Is(err, http.ErrSchemeMismatch) || errors.As(err, &notTLS) && notTLS.Conn != nil {
		return errors.New("the server speaks plain http on this port; name its https port in --host, or, for a simulated vendor, add " +
			"--insecure-upstream --upstream http://HOST:PORT")
	}
	return err
}
