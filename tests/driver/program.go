//go:build go1.21

package driver

import (
	"errors"
	"net/http"
	"time"

	"github.com/vendorsign/vendorsign/signers"
	"github.com/vendorsign/vendorsign/signers/presets"
)

// Program signs by a preset file. Loaded is whether it made a signer; header is what the operations set, in HTTP's spelling of
// names, and message whether it is the request that cannot be signed.
func Program(preset, config []byte, method, scheme, host, target string, given http.Header, body []byte, at time.Time, nonce string) (
	loaded bool, header http.Header, sent string, message bool, err error,
) {
	p, err := presets.Parse(preset)
	if err != nil {
		return false, nil, "", false, err
	}
	own := p.Scheme()
	values, faults := signers.FromJSON(own.Options, config)
	if len(faults) > 0 {
		return false, nil, "", false, errors.New(faults[0].Text)
	}
	s, faults := own.Signer(values)
	if len(faults) > 0 {
		return false, nil, "", false, errors.New(faults[0].Text)
	}
	signMessage, dateOf := s.Sign, s.Date
	m := &signers.Message{Method: method, Scheme: scheme, Host: host, Target: target, Header: make(http.Header), Body: body}
	for name, v := range given {
		m.Header[name] = v
	}
	before := make(http.Header)
	for name, v := range given {
		before[name] = v
	}
	moment := &signers.Moment{Time: at, Date: dateOf(at), Nonce: nonce}
	if err := signMessage(m, moment); err != nil {
		return true, nil, "", errors.Is(err, signers.ErrMessage), err
	}
	return true, added(before, m.Header), m.Target, false, nil
}
