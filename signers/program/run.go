//go:build go1.21

package program

import (
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/vendorsign/vendorsign/signers"
	"github.com/vendorsign/vendorsign/signers/wire"
)

// run executes code over slots. It changes the slots alone: message and moment are only read. With an error the
// slots are of no use. m and at may be nil where the code reads neither, as when a program is bound.
//
// Interpreted, a call takes memory for each value in the function's source, whether it is reached or not. So this
// loop has the instructions of the shortest programs, runRest those that most of the others use, and what is left
// are functions. Measure both compiled and interpreted before adding a case to either.
func run(code []*instruction, slots []string, m *signers.Message, at *signers.Moment) error {
	for i, in := range code {
		switch in.op {
		case opMove:
			slots[in.dst] = slots[in.a]
		case opJoin:
			slots[in.dst] = strings.Join(slots[in.a:in.b], "")
		case opHexMAC:
			slots[in.dst] = wire.HexMACText(in.macs, slots[in.a])
		default:
			// The rest of the code, and not this instruction alone: switching back would cost a call for each.
			return runRest(code[i:], slots, m, at)
		}
	}
	return nil
}

// isShort reports whether run has all instructions of code. If not, Sign calls runRest at once.
func isShort(code []*instruction) bool {
	for _, in := range code {
		if op := in.op; op != opMove && op != opJoin && op != opHexMAC {
			return false
		}
	}
	return true
}

// runRest is run from the first instruction that it does not have. Each of its cases makes a text of slot a, which
// is read first and may mean nothing to an instruction. In this way a case is one assignment to a local variable,
// which interpreted is cheaper than one to an element. The most frequent cases come first, since an interpreter
// compares with one after the other. It is no switch, and the variables are outside of the loop: interpreted, each case
// that is compared takes memory, and so does a variable for each instruction.
func runRest(code []*instruction, slots []string, m *signers.Message, at *signers.Moment) error {
	var op int
	var text string
	for _, in := range code {
		op = in.op
		text = slots[in.a]
		if op == opMove {
			// It is the text.
		} else if op == opJoin {
			text = strings.Join(slots[in.a:in.b], "")
		} else if op == opCall {
			text = in.fn(text)
		} else if op == opBase64 {
			text = wire.Base64Text(text)
		} else if op == opTextMAC {
			text = wire.MACText(in.macs, []byte(text))
		} else if op == opHex {
			text = hex.EncodeToString([]byte(text))
		} else if op == opKeyedMAC {
			text = wire.MACOnce(in.once, in.hash, slots[in.b], []byte(text))
		} else if op == opHexMAC {
			text = wire.HexMACText(in.macs, text)
		} else if op == opPath { // as it goes out, escaped; a target without a question mark is all path
			text, _, _ = strings.Cut(slots[slotTarget], "?")
		} else if op == opBody {
			text = string(firstBytes(m.Body, in.n))
		} else if op == opCallTwo {
			text = in.two(text, slots[in.b])
		} else {
			if err := in.do(in, slots, m, at); err != nil {
				return err
			}
			continue
		}
		slots[in.dst] = text
	}
	return nil
}

// step is what an instruction does that run does not do itself. An error ends the run and the signature.
type step = func(in *instruction, slots []string, m *signers.Message, at *signers.Moment) error

// steps are by instruction. newPlan puts the function into the instruction, so that no request looks it up.
var steps = map[int]step{
	opMAC: doMAC, opHash: doHash, opSignature: doSignature,
	opFallible: doFallible,
	opQuery:    doQuery, opBodyLen: doBodyLen, opHasBody: doHasBody, opTime: doTime,
	opHeader: doHeader, opHeaders: doHeaders, opScheme: doScheme, opToken: doToken,
	opMethods: doMethods, opOr: doOr, opWhen: doWhen, opFirst: doFirst, opAppend: doAppend,
}

// doFallible refuses a message that a filter cannot read, such as a query with too many parameters. The client
// gets 400, since the error wraps signers.ErrMessage. It names the filter and quotes nothing.
func doFallible(in *instruction, slots []string, _ *signers.Message, _ *signers.Moment) error {
	out, ok := in.try(slots[in.a])
	if !ok {
		return fmt.Errorf("operations line %d: %s cannot read what the request has there: %w", in.line, in.text, signers.ErrMessage)
	}
	slots[in.dst] = out
	return nil
}

// doQuery is what follows the first question mark; empty: there is none, or nothing does.
func doQuery(in *instruction, slots []string, _ *signers.Message, _ *signers.Moment) error {
	_, query, _ := strings.Cut(slots[slotTarget], "?")
	slots[in.dst] = query
	return nil
}

// doBodyLen is the length that goes out in decimal digits, also of a body of which only the start was read. 0 is
// "0".
func doBodyLen(in *instruction, slots []string, m *signers.Message, _ *signers.Moment) error {
	slots[in.dst] = strconv.FormatInt(signers.BodyLength(m), 10)
	return nil
}

// doHasBody is for when:body. The gateway has read at least one byte of a body that is not empty: see Covers.
func doHasBody(in *instruction, slots []string, m *signers.Message, _ *signers.Moment) error {
	slots[in.dst] = ""
	if len(m.Body) > 0 {
		slots[in.dst] = "1"
	}
	return nil
}

// doHeader joins the values of a header that comes several times (RFC 9110, 5.2). One that is missing is empty.
func doHeader(in *instruction, slots []string, m *signers.Message, _ *signers.Moment) error {
	slots[in.dst] = strings.Join(m.Header[in.text], ", ")
	return nil
}

// doHeaders is for header_lines, header_lines_trimmed, header_names and header_list.
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

// errToken does not wrap signers.ErrMessage: the gateway is at fault, and not the client.
var errToken = errors.New("the token is not there: nothing has fetched it")

// doToken fails where no token was fetched: the vendor would only refuse a request with an empty one. token.NAME
// is another value that came with it, of Moment.More.
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

// doMethods runs its inner instructions for the methods that it lists. With others the slot is empty, and what is
// inside is not run: no body is read for it.
func doMethods(in *instruction, slots []string, m *signers.Message, at *signers.Moment) error {
	if wire.Contains(in.list, m.Method) {
		return run(in.inner, slots, m, at)
	}
	slots[in.dst] = ""
	return nil
}

// doOr is or:S. An empty text and one that is missing are the same here.
func doOr(in *instruction, slots []string, _ *signers.Message, _ *signers.Moment) error {
	value := slots[in.a]
	if value == "" {
		value = slots[in.b]
	}
	slots[in.dst] = value
	return nil
}

// doWhen is when:NAME, and when:body with the slot of doHasBody.
func doWhen(in *instruction, slots []string, _ *signers.Message, _ *signers.Moment) error {
	value := slots[in.a]
	if slots[in.b] == "" {
		value = ""
	}
	slots[in.dst] = value
	return nil
}

// doFirst cuts to bytes, and not characters: what vendors cut are digests, dates and bodies. n is not below 0:
// Bind and the compiler see to that.
func doFirst(in *instruction, slots []string, _ *signers.Message, _ *signers.Moment) error {
	value := slots[in.a]
	if len(value) > in.n {
		value = value[:in.n]
	}
	slots[in.dst] = value
	return nil
}

// doAppend adds a parameter to the target, behind those that it has.
//
//	/api           ->  /api?key=value
//	/api?          ->  /api?key=value
//	/api?a=1       ->  /api?a=1&key=value
//
// A control character would be escaped, and is refused all the same: vendors decode parameters, and may write them
// to a log or a header.
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
	slots[slotTarget] = target + separator + in.text + "=" + wire.PercentEncode(value)
	return nil
}

// firstBytes is the start of a body, without a copy; n is below 0 for all of it.
func firstBytes(body []byte, n int) []byte {
	if n >= 0 && len(body) > n {
		return body[:n]
	}
	return body
}
