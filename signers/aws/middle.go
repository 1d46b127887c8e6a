//go:build go1.21

package aws

import (
	"strings"
	"sync"

	"github.com/vendorsign/vendorsign/signers"
)

// middle is what a client's signature says between its key ID and the digits at its end, as in
//
//	20260102/eu-west-1/guardduty/aws4_request, SignedHeaders=host;x-amz-date, Signature=
//
// A client repeats it for a day. It is read and checked once, and kept, since reading it takes an
// interpreter longer than making the signature. It has nothing of the key, so whether it is kept
// tells nothing about which keys are known.
type middle struct {
	day, region, service string
	// signed are the names of the headers, separated by semicolons.
	signed string
	// names are the same, with a semicolon before and behind each: ;host;x-amz-date;
	names string
	// hint is that of hintOf. It is that of many claims, and never changes.
	hint map[string]string
	// plain is plainFor names.
	plain map[string]bool
	// objects says that the service is S3.
	objects bool
	// taken says that one of the headers is taken out of requests: see withTaken.
	taken bool
}

// middles are kept by their texts.
var middles = &keptMiddles{by: make(map[string]*middle)}

// keptMiddles is a map that many requests read and few write.
type keptMiddles struct {
	mu sync.RWMutex
	by map[string]*middle
}

// Whoever sends requests chooses middles before they have proved anything, so there are few of
// them, and none that is long: their texts take 128 KiB at most. With too many all are dropped,
// which costs the next request of each client one longer look.
const (
	maxMiddles    = 256
	maxMiddleSize = 512
)

// keepMiddle keeps the middle of a signature in a header that was read without a fault, unless it
// leaves out what each must sign. Texts are cloned, since a part of the request's header would keep
// all of it in memory.
func keepMiddle(between string, at *signers.Moment) {
	hint := at.Hint
	signed := strings.Clone(hint[claimedNames]) // not a part of the request's header, which would stay with it
	names := ";" + signed + ";"
	if len(between) > maxMiddleSize || lacksHost(false, names) {
		return
	}
	found := &middle{day: strings.Clone(at.Date[:len("20060102")]), region: strings.Clone(hint[regionOf]),
		service: strings.Clone(hint[serviceOf]), signed: signed, names: names}
	found.hint = hintOf(found.region, found.service, signed)
	found.plain = plainFor(names)
	found.objects = storesObjects(found.service)
	found.taken = taken.MatchString(signed)
	middles.mu.Lock()
	defer middles.mu.Unlock()
	if len(middles.by) >= maxMiddles { // a day is over, or somebody makes them up
		middles.by = make(map[string]*middle)
	}
	middles.by[strings.Clone(between)] = found
}

// hintOf is what the signer of a claim needs of the app's signature. Each call makes a map of its
// own.
func hintOf(region, service, signed string) map[string]string {
	return map[string]string{regionOf: region, serviceOf: service, claimedNames: signed}
}
