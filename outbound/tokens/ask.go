//go:build go1.21

package tokens

import (
	"errors"
	"strings"
	"time"

	"github.com/vendorsign/vendorsign/signers"
)

// ask sends one request to the token service, and reads its answer.
func ask(k *Keeper, current signers.Token, failures int, now time.Time,
	fetch func(signers.TokenRequest) (signers.TokenAnswer, error)) renewal {
	answer, err := fetch(k.next(current))
	var token signers.Token
	if err == nil {
		token, err = k.parse(answer, now)
	}
	if err == nil && !sendable(token.Text) {
		err = errors.New("the token service issued a token that no header can hold")
	}
	if err != nil {
		return renewal{err: err, wait: backOff(failures, answer.Header, now)}
	}
	return renewal{token: token}
}

// maxToken is the longest token that is used: with a longer one vendors, and proxies before them, refuse the whole request.
const maxToken = 16 << 10

// sendable reports whether a token can stand in a header.
func sendable(token string) bool {
	return len(token) <= maxToken && !strings.ContainsAny(token, controls)
}

// controls are the ASCII control characters.
const controls = "\x00\x01\x02\x03\x04\x05\x06\x07\x08\t\n\x0b\x0c\r\x0e\x0f" +
	"\x10\x11\x12\x13\x14\x15\x16\x17\x18\x19\x1a\x1b\x1c\x1d\x1e\x1f\x7f"
