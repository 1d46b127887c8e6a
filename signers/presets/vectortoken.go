//go:build go1.21

package presets

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"time"

	"github.com/vendorsign/vendorsign/signers"
)

// Exchange is a request to a token service in a vector, with its answer. The two together are one step of a login:
//
//	{
//	  "request": {"method": "POST", "url": "https://mgmt.example/login", "headers": {}, "body": "{\"user\":\"api\"}"},
//	  "answer": {"status": 200, "headers": {}, "body": "{\"sid\":\"SID1\"}"},
//	  "token": {"text": "SID1", "expires_in": null}
//	}
type Exchange struct {
	Request struct {
		Method  string            `json:"method"`
		URL     string            `json:"url"`
		Headers map[string]string `json:"headers"`
		Body    string            `json:"body"`
	} `json:"request"`
	Answer struct {
		Status  int               `json:"status"`
		Headers map[string]string `json:"headers"`
		Body    string            `json:"body"`
	} `json:"answer"`
	// Token is what the answer means; nil: not the token yet. More are values that came with it, and a lifetime of
	// null is not known.
	Token *struct {
		Text      string            `json:"text"`
		More      map[string]string `json:"more"`
		ExpiresIn *float64          `json:"expires_in"` // seconds; nil: not known
	} `json:"token"`
}

// fetch plays the token service of a vector, and gives the moment the token. Requests must be those of the vector
// to the byte, in their order, and no more than these. Nothing is sent: the answers are in the file. It does
// nothing for a scheme without a token, or a vector that has one already. Its errors say which request differs,
// and show no text of it, since a request has secrets.
func fetch(s signers.Signer, v *Vector, host string, at *signers.Moment) error {
	from := s.Traits().Tokens
	if from == nil || at.Token != "" {
		return nil
	}
	// Where a preset's token comes from the vendor's own host, that is the host of the configuration.
	bound, err := vectorHost(v, host)
	if err != nil {
		return err
	}
	step := &signers.TokenStep{Host: bound, Time: at.Time, Nonce: v.Nonce}
	for i := range v.Flow {
		x := &v.Flow[i]
		r, more, err := from.Next(step)
		if err != nil {
			return err
		}
		if !more {
			return fmt.Errorf("token request %d is not sent", i+1)
		}
		// The order of parameters and the spelling of JSON count, too: a token service may be particular about
		// either.
		if r.Method != x.Request.Method || r.URL != x.Request.URL || r.Body != x.Request.Body {
			return fmt.Errorf("token request %d differs", i+1)
		}
		// Other headers may be there.
		for name, want := range x.Request.Headers {
			if r.Header.Get(name) != want {
				return fmt.Errorf("token request %d: header %s differs", i+1, name)
			}
		}
		answer := signers.TokenAnswer{Status: x.Answer.Status, Header: make(map[string][]string), Body: []byte(x.Answer.Body)}
		for name, value := range x.Answer.Headers {
			answer.Header.Set(name, value)
		}
		step.Answers = append(step.Answers, answer)
	}
	// A request too many would be a login that the author of the vector did not see.
	if _, more, _ := from.Next(step); more {
		return errors.New("a token request is sent that the vector does not have")
	}
	token, err := from.Parse(step)
	if err != nil {
		return err
	}
	// From here on the vector is signed like one of the kind sign.
	at.Token = token.Text
	at.More = token.More
	if len(v.Flow) == 0 || v.Flow[len(v.Flow)-1].Token == nil {
		return nil
	}
	want := v.Flow[len(v.Flow)-1].Token
	// The zero time is a token that does not say when it ends.
	expires := time.Time{}
	if want.ExpiresIn != nil {
		expires = at.Time.Add(time.Duration(*want.ExpiresIn * float64(time.Second)))
	}
	if token.Text != want.Text || !token.Expires.Equal(expires) {
		return errors.New("the token differs, or its lifetime")
	}
	for name, value := range want.More {
		if token.More[name] != value {
			return fmt.Errorf("what came with the token differs: %s", name)
		}
	}
	return nil
}

// vectorHost is the host that the credential of a vector is bound to: that of its configuration, or else the
// request's. It must be a host and no more, as a gateway has checked it.
func vectorHost(v *Vector, host string) (string, error) {
	if len(v.Config["host"]) > 0 {
		var text string
		if err := json.Unmarshal(v.Config["host"], &text); err != nil {
			return "", errors.New("config.host must be a string")
		}
		host = text
	}
	if u, err := url.Parse("https://" + host); err != nil || u.Host != host {
		return "", errors.New("config.host must be the name of a host")
	}
	return host, nil
}
