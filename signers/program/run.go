//go:build go1.21

package program

import (
	"crypto/hmac"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/vendorsign/vendorsign/signers"
	"github.com/vendorsign/vendorsign/signers/wire"
)

// run executes code over slots, and returns the target that goes out. Messages, if it is not nil, gets what hashes and MACs
// are made of. It is one function of one loop: interpreted, each call of another function costs more than an instruction.
func run(code []instruction, slots []string, m *signers.Message, at *signers.Moment, target string, messages []string) (string, error) {
	for i := 0; i < len(code); i++ {
		in := &code[i]
		switch in.op {
		case opMove:
			slots[in.dst] = slots[in.a]
		case opJoin:
			slots[in.dst] = strings.Join(slots[in.a:in.b], "")
		case opMAC:
			data := hashedBytes(in, slots, m, messages)
			if in.macs != nil {
				k := in.macs.Get().(*wire.Keyed)
				k.Hash.Reset()
				k.Hash.Write(data)
				k.Sum = k.Hash.Sum(k.Sum[:0])
				slots[in.dst] = string(k.Sum)
				in.macs.Put(k)
			} else {
				mac := hmac.New(newHash(in.n), []byte(slots[in.b]))
				mac.Write(data)
				slots[in.dst] = string(mac.Sum(nil))
			}
		case opHex:
			slots[in.dst] = hex.EncodeToString([]byte(slots[in.a]))
		case opDate:
			slots[in.dst] = at.Date
		case opTarget:
			slots[in.dst] = target
		case opPath:
			path, _, _ := strings.Cut(target, "?")
			slots[in.dst] = path
		case opQuery:
			_, query, _ := strings.Cut(target, "?")
			slots[in.dst] = query
		case opMethod:
			slots[in.dst] = m.Method
		case opHost:
			slots[in.dst] = m.Host
		case opNonce:
			slots[in.dst] = at.Nonce
		case opBase64:
			slots[in.dst] = base64.StdEncoding.EncodeToString([]byte(slots[in.a]))
		case opHash:
			slots[in.dst] = sum(in.n, hashedBytes(in, slots, m, messages))
		case opBody:
			slots[in.dst] = string(firstBytes(m.Body, in.n))
		case opTime:
			slots[in.dst] = format(at.Time.Add(time.Duration(in.n)*time.Second), in.text)
		case opHeader:
			slots[in.dst] = strings.Join(m.Header[in.text], ", ")
		case opCall:
			slots[in.dst] = in.fn(slots[in.a])
		case opCallTwo:
			slots[in.dst] = in.two(slots[in.a], slots[in.b])
		case opFallible:
			out, ok := in.try(slots[in.a])
			if !ok {
				return "", unreadable(in)
			}
			slots[in.dst] = out
		case opMethods:
			if !listed(in.list, m.Method) {
				slots[in.dst] = ""
				i += in.n
			}
		case opBodyLen:
			slots[in.dst] = strconv.FormatInt(signers.BodyLength(m), 10)
		case opOr:
			slots[in.dst] = slots[in.a]
			if slots[in.a] == "" {
				slots[in.dst] = slots[in.b]
			}
		case opWhen:
			if slots[in.b] == "" {
				slots[in.dst] = ""
			} else {
				slots[in.dst] = slots[in.a]
			}
		case opHasBody:
			slots[in.dst] = ""
			if signers.BodyLength(m) > 0 {
				slots[in.dst] = "1"
			}
		case opFirst:
			slots[in.dst] = slots[in.a]
			if len(slots[in.a]) > in.n {
				slots[in.dst] = slots[in.a][:in.n]
			}
		case opHeaders:
			slots[in.dst] = pick(in.pick, m, slots)
		case opAppend:
			var err error
			if target, err = appended(target, in, slots[in.a]); err != nil {
				return "", err
			}
		case opScheme:
			slots[in.dst] = m.Scheme
			if m.Scheme == "" {
				slots[in.dst] = "https"
			}
		case opToken:
			slots[in.dst] = at.Token
			if in.text != "" {
				slots[in.dst] = at.More[in.text]
			}
			if slots[in.dst] == "" {
				return "", errToken
			}
		case opSignature:
			out, err := sign(in.n, in.key, hashedBytes(in, slots, m, messages))
			if err != nil {
				return "", err
			}
			slots[in.dst] = out
		default:
			return "", errUnbound
		}
	}
	return target, nil
}

var errToken = errors.New("the token is not there: nothing has fetched it")

var errUnbound = errors.New("the program is not bound")

// hashedBytes is what a hash is made of.
func hashedBytes(in *instruction, slots []string, m *signers.Message, messages []string) []byte {
	if in.body == nil {
		if messages != nil {
			messages[in.message] = slots[in.a]
		}
		return []byte(slots[in.a])
	}
	body := firstBytes(m.Body, in.body.n)
	if messages != nil {
		messages[in.message] = string(body)
	}
	return body
}

// firstBytes is the start of a body; n is 0 for all of it.
func firstBytes(body []byte, n int) []byte {
	if n > 0 && len(body) > n {
		return body[:n]
	}
	return body
}

func listed(list []string, method string) bool {
	for _, entry := range list {
		if entry == method {
			return true
		}
	}
	return false
}

// format writes a time.
func format(t time.Time, layout string) string {
	switch layout {
	case "unix":
		return strconv.FormatInt(t.Unix(), 10)
	case "unix_ms":
		return strconv.FormatInt(t.UnixMilli(), 10)
	}
	return t.UTC().Format(layout)
}

// appended is the target with one parameter more, behind those that it has.
func appended(target string, in *instruction, value string) (string, error) {
	if in.optional && value == "" {
		return target, nil
	}
	if strings.ContainsAny(value, controls) {
		return "", fmt.Errorf("operations line %d: the parameter would hold a control character: %w", in.line, signers.ErrMessage)
	}
	separator := "&"
	if _, query, found := strings.Cut(target, "?"); !found {
		separator = "?"
	} else if query == "" {
		separator = ""
	}
	return target + separator + in.text + "=" + urlEncode(value), nil
}

func unreadable(in *instruction) error {
	return fmt.Errorf("operations line %d: %s cannot read what the request has there: %w", in.line, in.text, signers.ErrMessage)
}

// set puts the headers of a program into h. It fails, before it sets any, if one has a control character.
func set(headers []ownHeader, removed []string, slots []string, h http.Header) error {
	values := make([]string, len(headers))
	for i := range headers {
		own := &headers[i]
		value := slots[own.slot]
		if !own.value.safe && strings.ContainsAny(value, controls) {
			return fmt.Errorf("operations line %d: header %s would hold a control character: %w", own.line, own.name, signers.ErrMessage)
		}
		values[i] = value
	}
	for i := range headers {
		name := headers[i].name
		if values[i] == "" && headers[i].optional {
			delete(h, name)
		} else {
			h[name] = values[i : i+1 : i+1]
		}
	}
	for _, name := range removed {
		delete(h, name)
	}
	return nil
}
