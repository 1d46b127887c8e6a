//go:build go1.21

package program

import (
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/vendorsign/vendorsign/signers"
	"github.com/vendorsign/vendorsign/signers/wire"
)

// run executes code over slots.
//
// Interpreted, a call takes memory for each value in the function's source, whether it is reached or not. So this loop has the
// instructions of the shortest programs, runRest those that most of the others use, and what is left are functions.
func run(code []instruction, slots []string, m *signers.Message, at *signers.Moment) error {
	for i := range code {
		in := &code[i]
		switch in.op {
		case opMove:
			slots[in.dst] = slots[in.a]
		case opJoin:
			slots[in.dst] = strings.Join(slots[in.a:in.b], "")
		case opHexMAC:
			slots[in.dst] = wire.HexMACText(in.macs, slots[in.a])
		default:
			return runRest(code[i:], slots, m, at)
		}
	}
	return nil
}

// isShort reports whether run has all instructions of code.
func isShort(code []instruction) bool {
	for i := range code {
		if op := code[i].op; op != opMove && op != opJoin && op != opHexMAC {
			return false
		}
	}
	return true
}

// runRest is run from the first instruction that it does not have. Each of its cases makes a text of slot a, which is read first and may
// mean nothing to an instruction.
func runRest(code []instruction, slots []string, m *signers.Message, at *signers.Moment) error {
	for i := range code {
		in := &code[i]
		text := slots[in.a]
		switch in.op {
		case opMove:
		case opJoin:
			text = strings.Join(slots[in.a:in.b], "")
		case opHexMAC:
			text = wire.HexMACText(in.macs, text)
		case opCall:
			text = in.fn(text)
		case opCallTwo:
			text = in.two(text, slots[in.b])
		case opKeyedMAC:
			text = wire.MACOnce(in.once, in.hash, slots[in.b], []byte(text))
		case opTextMAC:
			text = wire.MACText(in.macs, []byte(text))
		case opPath:
			text, _, _ = strings.Cut(slots[slotTarget], "?")
		case opBody:
			text = string(m.Body)
			if in.n >= 0 && len(text) > in.n {
				text = text[:in.n]
			}
		case opHex:
			text = hex.EncodeToString([]byte(text))
		case opBase64:
			text = wire.Base64Text(text)
		default:
			if err := in.do(in, slots, m, at); err != nil {
				return err
			}
			continue
		}
		slots[in.dst] = text
	}
	return nil
}

// step is what an instruction does that run does not do itself.
type step = func(in *instruction, slots []string, m *signers.Message, at *signers.Moment) error

// steps are by instruction.
var steps = map[int]step{
	opMAC: doMAC, opHash: doHash, opSignature: doSignature,
	opFallible: doFallible,
	opQuery:    doQuery, opBodyLen: doBodyLen, opHasBody: doHasBody, opTime: doTime,
	opHeader: doHeader, opHeaders: doHeaders, opScheme: doScheme, opToken: doToken,
	opMethods: doMethods, opOr: doOr, opWhen: doWhen, opFirst: doFirst, opAppend: doAppend,
}

// doFallible refuses a message that a filter cannot read, such as a path with a broken escape.
func doFallible(in *instruction, slots []string, _ *signers.Message, _ *signers.Moment) error {
	out, ok := in.try(slots[in.a])
	if !ok {
		return fmt.Errorf("operations line %d: %s cannot read what the request has there: %w", in.line, in.text, signers.ErrMessage)
	}
	slots[in.dst] = out
	return nil
}

func doQuery(in *instruction, slots []string, _ *signers.Message, _ *signers.Moment) error {
	_, query, _ := strings.Cut(slots[slotTarget], "?")
	slots[in.dst] = query
	return nil
}

// doBodyLen is the length that goes out, also of a body of which only the start was read.
func doBodyLen(in *instruction, slots []string, m *signers.Message, _ *signers.Moment) error {
	slots[in.dst] = strconv.FormatInt(signers.BodyLength(m), 10)
	return nil
}

func doHasBody(in *instruction, slots []string, m *signers.Message, _ *signers.Moment) error {
	slots[in.dst] = ""
	if len(m.Body) > 0 {
		slots[in.dst] = "1"
	}
	return nil
}

// doTime writes the time of the moment, with seconds added: a date that the gateway does not hand over.
func doTime(in *instruction, slots []string, _ *signers.Message, at *signers.Moment) error {
	slots[in.dst] = format(at.Time.Add(time.Duration(in.n)*time.Second), in.text)
	return nil
}

// doHeader joins the values of a header that comes several times (RFC 9110, 5.2).
func doHeader(in *instruction, slots []string, m *signers.Message, _ *signers.Moment) error {
	slots[in.dst] = strings.Join(m.Header[in.text], ", ")
	return nil
}

func doHeaders(in *instruction, slots []string, m *signers.Message, _ *signers.Moment) error {
	slots[in.dst] = pick(in.pick, m, slots)
	return nil
}

// doScheme is https where the gateway does not say, even if the connection to a simulated vendor is plain http.
func doScheme(in *instruction, slots []string, m *signers.Message, _ *signers.Moment) error {
	slots[in.dst] = m.Scheme
	if m.Scheme == "" {
		slots[in.dst] = "https"
	}
	return nil
}

var errToken = errors.New("the token is not there: nothing has fetched it")

// doToken fails where no token was fetched: the vendor would only refuse a request with an empty one.
func doToken(in *instruction, slots []string, _ *signers.Message, at *signers.Moment) error {
	token := at.Token
	if in.text != "" {
		token = at.More[in.text]
	}
	if token == "" {
		return errToken
	}
	slots[in.dst] = token
	return nil
}

// doMethods runs its inner instructions for the methods that it lists.
func doMethods(in *instruction, slots []string, m *signers.Message, at *signers.Moment) error {
	if listed(in.list, m.Method) {
		return run(in.inner, slots, m, at)
	}
	slots[in.dst] = ""
	return nil
}

func doOr(in *instruction, slots []string, _ *signers.Message, _ *signers.Moment) error {
	value := slots[in.a]
	if value == "" {
		value = slots[in.b]
	}
	slots[in.dst] = value
	return nil
}

func doWhen(in *instruction, slots []string, _ *signers.Message, _ *signers.Moment) error {
	value := slots[in.a]
	if slots[in.b] == "" {
		value = ""
	}
	slots[in.dst] = value
	return nil
}

func doFirst(in *instruction, slots []string, _ *signers.Message, _ *signers.Moment) error {
	value := slots[in.a]
	if len(value) > in.n {
		value = value[:in.n]
	}
	slots[in.dst] = value
	return nil
}

// doAppend adds a parameter to the target, behind those that it has.
func doAppend(in *instruction, slots []string, _ *signers.Message, _ *signers.Moment) error {
	value := slots[in.a]
	if in.optional && value == "" {
		return nil
	}
	if strings.ContainsAny(value, controls) {
		return fmt.Errorf("operations line %d: the parameter would hold a control character: %w", in.line, signers.ErrMessage)
	}
	target, separator := slots[slotTarget], "&"
	if _, query, found := strings.Cut(target, "?"); !found {
		separator = "?"
	} else if query == "" {
		separator = ""
	}
	slots[slotTarget] = target + separator + in.text + "=" + urlEncode(value)
	return nil
}

func listed(list []string, method string) bool {
	for _, entry := range list {
		if entry == method {
			return true
		}
	}
	return false
}

// firstBytes is the start of a body; n is below 0 for all of it.
func firstBytes(body []byte, n int) []byte {
	if n >= 0 && len(body) > n {
		return body[:n]
	}
	return body
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
