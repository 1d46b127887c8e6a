package config

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strconv"

	"github.com/vendorsign/vendorsign/signers"
)

// jsonError is a decoder's error and its line.
type jsonError struct {
	line int
	error
}

// ParseJSON reads one value. The offsets of its tokens only grow, so that finding their lines takes one
// walk over the data. The result has one document, as those of the other formats may have several.
func ParseJSON(data []byte) ([]*Node, error) {
	if signers.HasByteOrderMark(string(data)) {
		return nil, &jsonError{1, errors.New("it " + signers.ByteOrderMark)}
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	n, err := jsonNode(d, &lineCounter{data: data, line: 1}, 0)
	if err == nil {
		if _, end := d.Token(); end == io.EOF {
			return []*Node{n}, nil
		}
		err = errors.New("something follows the value")
	}
	offset := d.InputOffset()
	var syntaxError *json.SyntaxError
	if errors.As(err, &syntaxError) {
		offset = syntaxError.Offset
	} else if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		err = errors.New("it ends too early")
	}
	lines := lineCounter{data: data, line: 1}
	return nil, &jsonError{lines.at(offset), err}
}

// lineCounter tells the lines of offsets that only grow, in one walk over the data.
type lineCounter struct {
	data []byte
	done int
	line int
}

// at is the line of an offset that is not before the last one.
func (c *lineCounter) at(offset int64) int {
	end := min(len(c.data), max(c.done, int(offset)))
	c.line += bytes.Count(c.data[c.done:end], []byte("\n"))
	c.done = end
	return c.line
}

// caddysMark is a key that Caddy permits in any object, for its admin API, and drops before it loads a configuration.
const caddysMark = "@id"

// jsonNode reads a value token by token: encoding/json keeps no lines, and hides keys that come twice.
// A key has the line of its name, a value that of its beginning. depth is how many values it is in.
func jsonNode(d *json.Decoder, lines *lineCounter, depth int) (*Node, error) {
	token, err := d.Token()
	if err == nil && depth > maxDepth {
		err = errDeep
	}
	if err != nil {
		return nil, err
	}
	n := &Node{Line: lines.at(d.InputOffset())}
	switch token := token.(type) {
	case json.Delim:
		n.Shape = List
		if token == '{' {
			n.Shape = Table
		}
		for d.More() {
			e := Entry{}
			if n.Shape == Table {
				key, err := d.Token()
				if err != nil {
					return nil, err
				}
				e.Key, e.Line = key.(string), lines.at(d.InputOffset())
			}
			if e.Value, err = jsonNode(d, lines, depth+1); err != nil {
				return nil, err
			}
			switch {
			case n.Shape == List:
				n.List = append(n.List, e.Value)
			case e.Key != caddysMark:
				n.Table = append(n.Table, e)
			}
		}
		_, err = d.Token()
	case string:
		n.Shape, n.Text = Text, token
	case json.Number:
		n.Shape, n.Text = Number, token.String()
	case bool:
		n.Shape, n.Text = Bool, strconv.FormatBool(token)
	}
	return n, err
}
