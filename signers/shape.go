//go:build go1.21

package signers

import (
	"strconv"
	"strings"
)

// ShapePart is a part of an Option.Shape: a text as it is, or N characters or bytes of a kind.
type ShapePart struct {
	// Text is what the part is, if Kind is empty.
	Text string
	Kind string
	N    int
}

// ReadShape reads an Option.Shape. It is not ok if the shape is not one.
func ReadShape(shape string) ([]ShapePart, bool) {
	parts := make([]ShapePart, 0, 4)
	rest := shape
	for rest != "" {
		text, after, open := strings.Cut(rest, "{")
		if text != "" {
			parts = append(parts, ShapePart{Text: text})
		}
		if !open {
			return parts, true
		}
		inside, next, closed := strings.Cut(after, "}")
		if !closed {
			return nil, false
		}
		p, ok := readShapePart(inside)
		if !ok {
			return nil, false
		}
		parts = append(parts, p)
		rest = next
	}
	return parts, len(parts) > 0
}

// readShapePart reads what is between braces.
func readShapePart(text string) (ShapePart, bool) {
	if text == "uuid" {
		return ShapePart{Kind: text, N: 16}, true
	}
	kind, size, _ := strings.Cut(text, ":")
	n, err := strconv.Atoi(size)
	ok := err == nil && n >= 1 && n <= maxShape && shapeKinds[kind] && (kind != "base32" || n%8 == 0)
	return ShapePart{Kind: kind, N: n}, ok
}

// maxShape is how long a part may be.
const maxShape = 128

// shapeKinds are the kinds of parts with a number, named as those of nonces.
var shapeKinds = map[string]bool{"digits": true, "upper": true, "lower": true, "alnum": true, "base32": true, "hex": true, "base64": true}
