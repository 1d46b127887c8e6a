package capture

import (
	"encoding/json"
	"errors"

	"github.com/vendorsign/vendorsign/signers"
)

// Exchange is a request to a token service as it was recorded. Of its headers only those listed are
// judged.
type Exchange struct {
	Method, URL, Body string
	Headers           map[string]string
}

// readFlow takes the requests to a token service with its answers: a list of objects with request,
// answer and, for people, token.
//
//	[{"request": {"method": "POST", "url": "https://..."}, "answer": {"status": 200, "body": "{...}"}}]
func readFlow(value json.RawMessage) (asked []Exchange, answers []signers.TokenAnswer, err error) {
	var list []struct {
		Request struct {
			Method  string            `json:"method"`
			URL     string            `json:"url"`
			Headers map[string]string `json:"headers"`
			Body    string            `json:"body"`
		} `json:"request"`
		Answer json.RawMessage `json:"answer"`
	}
	if json.Unmarshal(value, &list) != nil {
		return nil, nil, errors.New("must be a list of objects with request and answer")
	}
	raw := make([]json.RawMessage, len(list))
	for i, x := range list {
		if raw[i] = x.Answer; x.Answer == nil {
			return nil, nil, errors.New("answer is required")
		}
		asked = append(asked, Exchange{x.Request.Method, x.Request.URL, x.Request.Body, x.Request.Headers})
	}
	all, err := json.Marshal(raw)
	if err == nil {
		answers, err = readAnswers(all)
	}
	return asked, answers, err
}
