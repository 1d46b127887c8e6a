//go:build go1.21

package limits

import (
	"errors"
	"strconv"
	"strings"
	"time"
)

const (
	// The bounds of the option. Each counted request takes the memory of a time for as long as its window.
	maxCount  = 100000 // of requests that a rate may have
	maxWindow = 24 * time.Hour
	maxQueue  = 5 * time.Minute
)

// Rate is a line of the option rate: a number of requests within each window of time, on some paths or all. It never changes;
// what is counted is in Windows, by text.
//
//	"25/5m"                        -> text "25/5m0s", 25 requests in any 5 minutes; more get a 429
//	"10/s /logs/** /a queue 2s"    -> text "10/1s* /logs/** /a", for these paths; a request waits for up to 2 seconds
type Rate struct {
	text   string // normalised, without the queue: equal rates count together
	count  int
	window time.Duration
	queue  time.Duration          // how long a request waits for its turn
	paths  func(path string) bool // those that it counts; nil: all
}

// ParseRates reads lines such as "25/5m /api/logs/** queue 2s", and fails at the first that is wrong. compile makes a matcher
// of path patterns, which are separated by blanks: package outbound has the syntax of paths. The errors say what is wrong
// with the option rate, without quoting the line.
func ParseRates(lines []string, compile func(patterns string) (func(path string) bool, error)) ([]*Rate, error) {
	var rates []*Rate
	for _, line := range lines {
		r, err := parseRate(line, compile)
		if err != nil {
			return nil, err
		}
		rates = append(rates, r)
	}
	return rates, nil
}

// parseRate reads one line of the option. Rates of equal text count together, so the text is rebuilt from what was read:
// 60/1m and 60/60s are one rate. A queue is not part of it.
func parseRate(line string, compile func(patterns string) (func(path string) bool, error)) (*Rate, error) {
	wrong := errors.New("rate must be like 25/5m, or with paths and a queue like 25/5m /logs/** queue 2s")
	words := strings.Fields(line)
	if len(words) == 0 {
		return nil, wrong
	}
	r := new(Rate)
	count, window, found := strings.Cut(words[0], "/")
	if strings.Contains("s m h", window) { // 10/s is 10/1s
		window = "1" + window
	}
	var err error
	if r.count, err = strconv.Atoi(count); err != nil || !found || r.count < 1 || r.count > maxCount {
		return nil, wrong
	}
	if r.window, err = time.ParseDuration(window); err != nil || r.window <= 0 || r.window > maxWindow {
		return nil, wrong
	}
	words = words[1:]
	r.text = strconv.Itoa(r.count) + "/" + r.window.String()
	// The queue comes last, so that a path named queue cannot be meant.
	if n := len(words); n >= 2 && words[n-2] == "queue" {
		if r.queue, err = time.ParseDuration(words[n-1]); err != nil || r.queue < 0 || r.queue > maxQueue {
			return nil, errors.New("rate has a queue that is not a duration of at most 5m")
		}
		words = words[:n-2]
	}
	// The rest are paths.
	if len(words) > 0 {
		patterns := strings.Join(words, " ")
		r.text += "* " + patterns
		paths, err := compile(patterns)
		if err != nil {
			return nil, wrong
		}
		r.paths = paths
	}
	return r, nil
}

// Counting returns those of the rates that count a request for path; nil: none. All of them must have a place.
func Counting(rates []*Rate, path string) []*Rate {
	var counting []*Rate
	for _, r := range rates {
		if r.paths == nil || r.paths(path) {
			counting = append(counting, r)
		}
	}
	return counting
}

// Queues reports whether requests wait for their turn in one of the rates. For apps no rate may.
func Queues(rates []*Rate) bool {
	for _, r := range rates {
		if r.queue > 0 {
			return true
		}
	}
	return false
}
