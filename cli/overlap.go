package cli

import (
	"strings"
)

// listedPath is a method and a path of an entry such as "GET|HEAD /devices/** /models". The method is *
// for any.
type listedPath struct{ method, path string }

// pathsOf takes the entries of an allow or of a vendor's guards apart. Paths are in lower case, since
// servers may ignore case.
//
//	GET|HEAD /Devices/** /models  ->  GET /devices/**, GET /models, HEAD /devices/**, HEAD /models
func pathsOf(entries []string) (all []listedPath) {
	for _, e := range entries {
		words := strings.Fields(e)
		if len(words) == 0 {
			continue
		}
		for _, method := range strings.Split(words[0], "|") {
			for _, path := range words[1:] {
				all = append(all, listedPath{method, strings.ToLower(path)})
			}
		}
	}
	return all
}

// meets reports whether there is a request for both. A guard closes what is below its path, too.
//
//	GET /admin/v1/** and * /admin/v1/integrations  ->  true
func (p listedPath) meets(guard listedPath) bool {
	if p.method != "*" && guard.method != "*" && p.method != guard.method {
		return false
	}
	return overlap(p.path, guard.path) || overlap(p.path, guard.path+"/**")
}

// overlap reports whether some path fits both patterns. An asterisk stays inside a path segment, two
// cross segments. It tries both patterns at once, and remembers pairs that failed: without that,
// patterns with many asterisks would take exponential time.
//
//	/a/*/c and /a/b/*   true: /a/b/c
//	/a/*   and /a/b/c   false
//	/a/**  and /a/b/c   true
func overlap(a, b string) bool {
	seen := make(map[[2]string]bool)
	var try func(a, b string) bool
	try = func(a, b string) bool {
		pair := [2]string{a, b}
		if seen[pair] {
			return false
		}
		seen[pair] = true
		restA, starA := cutStar(a)
		restB, starB := cutStar(b)
		switch {
		case a == "" && b == "":
			return true
		case starA != "" && try(restA, b), starB != "" && try(a, restB):
			return true
		case starA != "" && starB == "" && b != "" && (starA == "**" || b[0] != '/'):
			return try(a, b[1:])
		case starB != "" && starA == "" && a != "" && (starB == "**" || a[0] != '/'):
			return try(a[1:], b)
		}
		return starA == "" && starB == "" && a != "" && b != "" && a[0] == b[0] && try(a[1:], b[1:])
	}
	return try(a, b)
}

// cutStar takes the asterisks from a pattern's start: ** , *, or none.
func cutStar(pattern string) (rest, star string) {
	for _, star := range []string{"**", "*"} {
		if rest, ok := strings.CutPrefix(pattern, star); ok {
			return rest, star
		}
	}
	return pattern, ""
}
