package cli

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strconv"
)

// jsonError is a decoder's error and its line.
type jsonError struct {
	line int
	error
}

// parseJSON reads one value.
func parseJSON(data []byte) ([]*node, error) {
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	n, err := jsonNode(d, &lineCounter{data: data, line: 1})
	if err == nil {
		if _, end := d.Token(); end == io.EOF {
			return []*node{n}, nil
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

func (c *lineCounter) at(offset int64) int {
	end := min(len(c.data), max(c.done, int(offset)))
	c.line += bytes.Count(c.data[c.done:end], []byte("\n"))
	c.done = end
	return c.line
}

func jsonNode(d *json.Decoder, lines *lineCounter) (*node, error) {
	token, err := d.Token()
	if err != nil {
		return nil, err
	}
	n := &node{line: lines.at(d.InputOffset())}
	switch token := token.(type) {
	case json.Delim:
		n.shape = isList
		if token == '{' {
			n.shape = isTable
		}
		for d.More() {
			e := entry{}
			if n.shape == isTable {
				key, err := d.Token()
				if err != nil {
					return nil, err
				}
				e.key, e.line = key.(string), lines.at(d.InputOffset())
			}
			if e.value, err = jsonNode(d, lines); err != nil {
				return nil, err
			}
			if n.shape == isTable {
				n.table = append(n.table, e)
			} else {
				n.list = append(n.list, e.value)
			}
		}
		_, err = d.Token()
	case string:
		n.shape, n.text = isText, token
	case json.Number:
		n.shape, n.text = isNumber, token.String()
	case bool:
		n.shape, n.text = isBool, strconv.FormatBool(token)
	}
	return n, err
}
