package diagnose

import (
	_ "embed"
	"regexp"
)

// known is what is known about clients, tools and the world's time zones, without being a mistake
// itself: the rows of known.json. Code that knows the mistake asks for its values here, so that a
// further header, separator or region is a row.
var known = func() (all struct {
	Dates         []string // the layouts in which clients are known to write a date, the first that fits counts
	Zones         []int    // the offsets of the world's local times from UTC, in minutes
	KeyHeaders    []string // into which clients write a key
	URLHeaders    []string // which carry the URL that a client or a proxy saw
	HostHeaders   []string // and those that carry its host
	Separators    []string // what clients write between the parts of a text in place of the vendor's own
	KeySeparators []string // and between the two parts of a key
	Spans         []int64  // how much of a log scripts ask for at once, in seconds
	Wrappings     []wrapping
	Regions       []string // of AWS, those that clients have as a default first
}) {
	parseTable("known.json", knownJSON, &all)
	return all
}()

// knownJSON has lists whose order counts: what is usual comes first.
//
//go:embed known.json
var knownJSON []byte

// wrapping is what a tool prints around a signature, which is the group of the pattern:
//
//	(stdin)= deadbeef   openssl dgst, with a note that says so
type wrapping struct {
	Pattern     *regexp.Regexp
	Cause, Note string
}
