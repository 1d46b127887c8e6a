package cli

import (
	"errors"
	"fmt"
	"time"

	"github.com/vendorsign/vendorsign/cli/capture"
	"github.com/vendorsign/vendorsign/cli/config"
	"github.com/vendorsign/vendorsign/outbound"
	"github.com/vendorsign/vendorsign/signers"
	"github.com/vendorsign/vendorsign/signers/presets"
)

// order is one line of `sign`, read: the signer that its configuration makes, the message and the moment. Without a signer the
// line only asked whether a scheme loads, and it does.
type order struct {
	signer  signers.Signer
	message signers.Message
	at      signers.Moment
}

// parseLine reads one line. now is the time of lines that name none.
func parseLine(line []byte, now time.Time) (*order, error) {
	in, err := capture.ParseSignLine(line)
	if err != nil {
		return nil, fmt.Errorf("line is not a JSON object of the documented form: %w", err)
	}
	o := &order{message: in.Message, at: in.Moment}
	for name, value := range map[string]string{"nonce": in.Moment.Nonce, "date": in.Moment.Date, "token": in.Moment.Token} {
		if signers.HasControl(value) {
			return nil, errors.New(name + " contains a control character")
		}
	}
	if o.at.Time.IsZero() {
		o.at.Time = now
	}
	if in.Signer == presets.CustomName {
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
	// The gate is made for its checks and its host only. It would admit and cleanse, which is a gateway's part: here
	// the message is signed as it was given.
	gate, faults := outbound.New(in.Signer, o.signer, options.Values)
	if len(faults) > 0 {
		if !bound && faults[0].Option == "host" {
			return nil, errors.New("request.url: " + faults[0].Text)
		}
		return nil, signers.FaultsError(in.Signer, faults)
	}
	var ok bool
	if o.message.Host, ok = gate.HostFor(in.Authority); !ok {
		return nil, errors.New("request.url: its host is none of config.host")
	}
	traits := o.signer.Traits()
	if traits.Tokens != nil && o.at.Token == "" {
		o.at.Token = traits.Tokens.First().Text // sign fetches nothing
	}
	if o.at.Date == "" {
		o.at.Date = o.signer.Date(o.at.Time)
	}
	if traits.Nonce != "" && o.at.Nonce == "" {
		if o.at.Nonce, err = outbound.NewNonce(traits.Nonce); err != nil {
			return nil, errors.New("the system's random source failed")
		}
	}
	return o, nil
}
