//go:build go1.21

package tokens

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/vendorsign/vendorsign/signers"
)

// maxSteps is how many requests a renewal takes at most, as many as the login of a preset may have (package signers/tokens).
// More would be a TokenSource that never ends.
const maxSteps = 4

// ask sends the requests of a renewal to the token service, and makes a token of its answers. failures is how many there were
// in a row, for the wait after another one. It runs without the lock of k, and reads only fields that never change.
func ask(k *Keeper, current signers.Token, failures int, now time.Time, service Service) renewal {
	begin := time.Now()
	step := &signers.TokenStep{Host: k.host, Plain: k.plain, Current: current, Time: now}
	token, err := take(k, step, service, begin)
	if err != nil {
		denied := denies(step.Answers) || k.from.Denied != nil && k.from.Denied(step)
		return renewal{err: err, denied: denied, wait: backOff(failures, denied, lastHeader(step.Answers), now)}
	}
	return renewal{token: token}
}

// take goes through the steps of a renewal. The answers so far remain in step, for the caller to judge after an error. begin
// is when step.Time was taken.
//
//	Next(step) -> a request -> Fetch -> its answer in step.Answers -> Next(step) ... -> no more: Parse(step) -> the token
func take(k *Keeper, step *signers.TokenStep, service Service, begin time.Time) (signers.Token, error) {
	var none signers.Token
	start := step.Time
	for n := 0; ; n++ {
		// A step may take seconds, and each is signed with the time at which it is sent.
		step.Time = start.Add(time.Since(begin))
		if k.from.Nonce != "" {
			nonce, err := service.Nonce(k.from.Nonce)
			if err != nil {
				return none, err
			}
			step.Nonce = nonce
		}
		r, more, err := k.from.Next(step)
		if err != nil {
			return none, err
		}
		if !more {
			break
		}
		if n == maxSteps {
			return none, errors.New("the token takes more than four requests")
		}
		answer, err := service.Fetch(r)
		if err != nil {
			return none, err
		}
		step.Answers = append(step.Answers, answer)
	}
	token, err := k.from.Parse(step)
	if err != nil {
		return none, err
	}
	return token, Sendable(token)
}

// lastHeader is the header of the last answer, nil if there is none.
func lastHeader(answers []signers.TokenAnswer) http.Header {
	if len(answers) == 0 {
		return nil
	}
	return answers[len(answers)-1].Header
}

// denies reports whether the token service has refused the credential itself, so that asking again is useless and may lock an
// account: by status, or by an error code of OAuth 2.0 (RFC 6749, 5.2), whatever the status is: not all services send it with 400. Other
// codes, such as invalid_scope, are faults as well, but lock nobody out. It is asked after a failure only.
func denies(answers []signers.TokenAnswer) bool {
	if len(answers) == 0 {
		return false
	}
	last := answers[len(answers)-1]
	if last.Status == http.StatusUnauthorized || last.Status == http.StatusForbidden {
		return true
	}
	var refusal struct {
		Error string `json:"error"`
	}
	// A byte order mark is ignored, as where tokens are read.
	if json.Unmarshal(bytes.TrimPrefix(last.Body, []byte("\ufeff")), &refusal) != nil {
		return false
	}
	return refusal.Error == "invalid_client" || refusal.Error == "unauthorized_client" || refusal.Error == "invalid_grant"
}

// maxToken is the longest token that is used: with a longer one, vendors and the proxies in front of them refuse the whole
// request.
const maxToken = 16 << 10

// Sendable says why a token cannot be sent in a header; nil if it can. A line break in it would let whoever answers for the
// token service add headers to every request.
func Sendable(token signers.Token) error {
	fits := sendable(token.Text)
	for _, value := range token.More {
		fits = fits && sendable(value)
	}
	if !fits {
		return errors.New("the token service issued a token that cannot be sent in a header")
	}
	return nil
}

// sendable reports whether a value can be sent in a header.
func sendable(value string) bool {
	return len(value) <= maxToken && !strings.ContainsAny(value, controls)
}

// controls are the ASCII control characters.
// Written out, since yaegi loops over bytes slowly.
const controls = "\x00\x01\x02\x03\x04\x05\x06\x07\x08\t\n\x0b\x0c\r\x0e\x0f" +
	"\x10\x11\x12\x13\x14\x15\x16\x17\x18\x19\x1a\x1b\x1c\x1d\x1e\x1f\x7f"
