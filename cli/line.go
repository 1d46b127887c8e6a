package cli

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/vendorsign/vendorsign/cli/capture"
	"github.com/vendorsign/vendorsign/cli/config"
	"github.com/vendorsign/vendorsign/outbound"
	"github.com/vendorsign/vendorsign/signers"
	"github.com/vendorsign/vendorsign/signers/presets"
)

// eachLine has every line of in answered before the next is read: a program may keep both ends open and
// ask line by line. answer writes its line, and reports whether it is a good one. Blank lines are
// skipped. It ends at the first error of in or of answer; asked and failed count the lines until then.
func eachLine(in io.Reader, answer func(line []byte) (good bool, err error)) (asked, failed int, err error) {
	// Not a bufio.Scanner: a line holds a whole body, and has no greatest length.
	lines := bufio.NewReader(in)
	for {
		line, ended := lines.ReadBytes('\n')
		if ended != nil && ended != io.EOF {
			return asked, failed, usagef("reading requests: %w", ended)
		}
		if line = bytes.TrimSpace(line); len(line) > 0 {
			asked++
			good, err := answer(line)
			if err != nil {
				return asked, failed, failf("writing answers: %w", err)
			}
			if !good {
				failed++
			}
		}
		if ended != nil {
			return asked, failed, nil
		}
	}
}

// writeJSON writes v and a line end in one write. & and < are not escaped: they are common in queries.
func writeJSON(out io.Writer, v any) error {
	e := json.NewEncoder(out)
	e.SetEscapeHTML(false)
	return e.Encode(v)
}

// lineError is the answer to a line that failed. The lines after it are still answered.
type lineError struct {
	Error string `json:"error"`
}

// signRequest is one line of `sign`, read: the signer that its configuration makes, the message and the
// moment. Without a signer the line only asked whether a scheme loads, and it does.
type signRequest struct {
	// nil: nothing is to be signed.
	signer  signers.Signer
	message signers.Message
	at      signers.Moment

	asked []tokenRequest // what the token service was asked
}

// parseLine reads one line. now is the time of lines that name none. Its errors name the key that is
// wrong, and never a value, since lines hold secrets.
func parseLine(line []byte, now time.Time) (*signRequest, error) {
	in, err := capture.ParseSignLine(line)
	if err != nil {
		return nil, fmt.Errorf("line is not a JSON object of the documented form: %w", err)
	}
	o := &signRequest{message: in.Message, at: in.Moment}
	// They go into headers as they are, where a line end would begin another header.
	for name, value := range map[string]string{"nonce": in.Moment.Nonce, "date": in.Moment.Date, "token": in.Moment.Token} {
		if signers.HasControl(value) {
			return nil, errors.New(name + " contains a control character")
		}
	}
	if o.at.Time.IsZero() {
		o.at.Time = now
	}
	if in.Signer == presets.CustomName || in.Signer == presets.LoginName {
		// A custom scheme whose options are definitions is only loaded and tested; there is no request to sign.
		rewritten, loaded, err := presets.ReadCustom(in.Config)
		if err != nil || loaded {
			return o, err
		}
		in.Config = rewritten
	}
	options := config.NewOptions(in.Signer)
	if err := options.FillJSON(in.Config); err != nil {
		return nil, err
	}
	if err := options.Literal("sign"); err != nil {
		return nil, err
	}
	if o.signer, err = options.Signer(); err != nil {
		return nil, err
	}
	bound := options.Values.Has("host")
	if !bound {
		options.Values["host"] = []string{in.Authority}
	}
	// The gate is only made for its checks and its host. It would admit and cleanse, which is a gateway's job: here the
	// message is signed as it was given.
	gate, faults := outbound.New(in.Signer, o.signer, options.Values)
	if len(faults) > 0 {
		if !bound && faults[0].Option == "host" {
			return nil, errors.New("request.url: " + faults[0].Text)
		}
		return nil, signers.FaultsError(in.Signer, faults)
	}
	var ok bool
	if o.message.Host, ok = outbound.BoundHost(gate, in.Authority); !ok {
		return nil, errors.New("request.url: its host is not in config.host")
	}
	// After the host is known, since a token's address may be at that host.
	if o.asked, err = playTokens(o.signer, in, gate.Hosts()[0], &o.at); err != nil {
		return nil, err
	}
	return o, complete(&o.at, o.signer) // without a token that a gateway would fetch
}

// complete gives a moment what it does not have and the signer needs: a date, the token that needs no
// fetching, a nonce. A token that a gateway would fetch is not given: Sign says that it is missing.
func complete(at *signers.Moment, signer signers.Signer) (err error) {
	traits := signer.Traits()
	if at.Date == "" {
		at.Date = signer.Date(at.Time)
	}
	if traits.Tokens != nil && at.Token == "" && traits.Tokens.First.Text != "" {
		at.Token = traits.Tokens.First.Text
	}
	if traits.Nonce != "" && at.Nonce == "" {
		if at.Nonce, err = outbound.NewNonce(traits.Nonce); err != nil {
			return errors.New("the system's random source failed")
		}
	}
	return nil
}
