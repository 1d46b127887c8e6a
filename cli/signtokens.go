package cli

import (
	"errors"
	"fmt"
	"strings"

	"github.com/vendorsign/vendorsign/cli/capture"
	"github.com/vendorsign/vendorsign/outbound"
	"github.com/vendorsign/vendorsign/outbound/tokens"
	"github.com/vendorsign/vendorsign/signers"
)

// tokenRequest is a request to a token service, as sign shows it. It holds the secret as the service
// gets it, so only sign and preset test, whose input has it, make one; explain hides it.
type tokenRequest struct {
	Method  string            `json:"method"`
	URL     string            `json:"url"`
	Headers map[string]string `json:"headers"`
	Body    string            `json:"body"`
}

// tokenRequestOf is r with its texts as shown makes them.
func tokenRequestOf(r signers.TokenRequest, shown func(text string) string) tokenRequest {
	headers := make(map[string]string, len(r.Header))
	for name, values := range r.Header {
		headers[name] = shown(values[0])
	}
	return tokenRequest{r.Method, shown(r.URL), headers, shown(r.Body)}
}

// playTokens plays the token service of a line with the answers that it brings, and gives at the token.
// A token that is made without a service needs no answers. It returns what was asked. Too few answers
// and too many are errors: a recording that does not fit would prove nothing.
func playTokens(signer signers.Signer, in *capture.SignLine, host string, at *signers.Moment) ([]tokenRequest, error) {
	from := signer.Traits().Tokens
	switch {
	case from == nil && len(in.Answers) > 0:
		return nil, errors.New("answers: this configuration fetches no token")
	case from == nil || at.Token != "" && len(in.Answers) == 0:
		return nil, nil
	case at.Token != "":
		return nil, errors.New("token and answers cannot be used together")
	case len(in.Answers) == 0 && len(from.Addresses(host)) > 0:
		return nil, nil // Sign says that there is no token, unless the configuration brings one
	}
	nonce := at.Nonce
	if nonce == "" && from.Nonce != "" {
		drawn, err := outbound.NewNonce(from.Nonce)
		if err != nil {
			return nil, errors.New("the system's random source failed")
		}
		nonce = drawn
	}
	// The token source is a state machine that sends nothing: it says what to ask next, and is called again with all
	// answers so far.
	step := &signers.TokenStep{Host: host, Current: from.First, Time: at.Time, Nonce: nonce}
	var asked []tokenRequest
	for {
		r, more, err := from.Next(step)
		if err != nil {
			return nil, err
		}
		n := len(step.Answers)
		if !more {
			break
		}
		asked = append(asked, tokenRequestOf(r, strings.Clone))
		// There is no answer to this request.
		if n == len(in.Answers) {
			return nil, fmt.Errorf("answers: the token service is asked %d times, and there are %d", n+1, n)
		}
		step.Answers = append(step.Answers, in.Answers[n])
	}
	// The answers that were used are parsed first: their error explains best why the others were not.
	if n := len(step.Answers); n < len(in.Answers) {
		if _, err := from.Parse(step); err != nil {
			return nil, err
		}
		return nil, fmt.Errorf("answers: there are %d, and the token service is asked %d times", len(in.Answers), n)
	}
	// All answers are at hand: the token is in the last of them, or the error is the service's.
	token, err := from.Parse(step)
	if err == nil {
		err = tokens.Sendable(token)
	}
	at.Token = token.Text
	at.More = token.More
	return asked, err
}
