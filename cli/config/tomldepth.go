package config

// maxOpen is how many brackets of a file in TOML may be open before it is decoded: the decoder calls itself for each, and its
// result is held against maxDepth.
const maxOpen = 10_000

// deepTOML reports whether a file has so many brackets open, or a key of so many names (a.b.c = 1), that the decoder would take
// gigabytes. It looks at bytes alone: what is in a text counts, too, up to the next line that begins with a bracket, which no
// honest file has so much of.
func deepTOML(data []byte) bool {
	open, names := 0, 0
	for i, c := range data {
		switch {
		case c == '.':
			if i > 0 && data[i-1] != '.' {
				names++
			}
		case !ofKey(c):
			names = 0
		}
		switch {
		case c == '[' && i > 0 && data[i-1] == '\n':
			open = 1
		case c == '[' || c == '{':
			open++
		case (c == ']' || c == '}') && open > 0:
			open--
		}
		if open > maxOpen || names > maxDepth {
			return true
		}
	}
	return false
}

// ofKey reports whether a byte may be in a key of several names, between their dots.
func ofKey(c byte) bool {
	return c == ' ' || c == '\t' || c == '"' || c == '\'' || c == '-' || c == '_' ||
		'0' <= c && c <= '9' || 'A' <= c && c <= 'Z' || 'a' <= c && c <= 'z'
}

// tooDeep reports whether what the decoder made is nested deeper than maxDepth.
func tooDeep(value any, depth int) bool {
	if depth > maxDepth {
		return true
	}
	switch value := value.(type) {
	case map[string]any:
		for _, v := range value {
			if tooDeep(v, depth+1) {
				return true
			}
		}
	case []map[string]any:
		for _, v := range value {
			if tooDeep(v, depth+1) {
				return true
			}
		}
	case []any:
		for _, v := range value {
			if tooDeep(v, depth+1) {
				return true
			}
		}
	}
	return false
}
