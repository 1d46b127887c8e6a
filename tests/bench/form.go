package main

import (
	"bytes"
	"cmp"
	"encoding/hex"
	"errors"
	"slices"

	"github.com/vendorsign/vendorsign/signers"
)

// formFloor is the least that anyone must do to sign a form under Duo's version 2: the hash, and before it every
// parameter decoded, encoded and put in order. It is nil for what is no form.
func formFloor(m mode, s signers.Signer, message *signers.Message, hash subject) (subject, error) {
	if !m.form || len(message.Body) == 0 {
		return nil, nil
	}
	parts, err := s.Canonical(message, moment(s, 0))
	if err != nil {
		return nil, err
	}
	order := formOrder(message.Body)
	if string(order()) != parts[len(parts)-1].Text {
		return nil, errors.New("the floor makes another text of the form")
	}
	return func(n int) error {
		for range n {
			order()
			if err := hash(1); err != nil {
				return err
			}
		}
		return nil
	}, nil
}

// formOrder returns a function that makes the canonical text of a form. It has its memory beforehand and checks nothing.
func formOrder(form []byte) func() []byte {
	type pair struct{ start, equals, end int }
	var bare [256]bool
	for _, c := range []byte("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~") {
		bare[c] = true
	}
	var value [256]byte
	for c := range value {
		digit := []byte{'0', byte(c)}
		if _, err := hex.Decode(digit, digit); err == nil {
			value[c] = digit[0]
		}
	}
	const digits = "0123456789ABCDEF"
	text, ordered := make([]byte, 0, 3*len(form)), make([]byte, 0, 3*len(form))
	pairs := make([]pair, 0, 1+bytes.Count(form, []byte("&")))
	return func() []byte {
		text, ordered, pairs = text[:0], ordered[:0], pairs[:0]
		p := pair{equals: -1}
		for i := 0; i <= len(form); i++ {
			c := byte('&')
			if i < len(form) {
				c = form[i]
			}
			if bare[c] {
				text = append(text, c)
				continue
			}
			if c == '&' {
				if p.equals < 0 {
					p.equals = len(text)
					text = append(text, '=')
				}
				p.end = len(text)
				pairs = append(pairs, p)
				p = pair{start: len(text), equals: -1}
				continue
			}
			if c == '=' && p.equals < 0 {
				p.equals = len(text)
				text = append(text, '=')
				continue
			}
			if c == '+' {
				c = ' '
			} else if c == '%' {
				c = value[form[i+1]]<<4 | value[form[i+2]]
				i += 2
			}
			if bare[c] {
				text = append(text, c)
			} else {
				text = append(text, '%', digits[c>>4], digits[c&15])
			}
		}
		slices.SortFunc(pairs, func(a, b pair) int {
			return cmp.Or(bytes.Compare(text[a.start:a.equals], text[b.start:b.equals]), bytes.Compare(text[a.equals:a.end], text[b.equals:b.end]))
		})
		for i, p := range pairs {
			if i > 0 {
				ordered = append(ordered, '&')
			}
			ordered = append(ordered, text[p.start:p.end]...)
		}
		return ordered
	}
}
