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
// A client repeats it for a day. It is read and checked once, and kept, since that costs an interpreter more than to make the signature.
// It has nothing of the key: to be kept, or not, is the same for a known and an unknown one.
type middle struct {
	day, region, service string
	signed               string            // the names of the headers
	names                string            // the same, each between semicolons
	hint                 map[string]string // of hintOf; it is that of many claims, and never changes
	plain                map[string]bool   // plainFor names
	objects              bool              // the service is S3
	taken                bool              // one of the headers is taken out of requests: see withTaken
}

// middles are kept by their texts.
var middles = &keptMiddles{by: make(map[string]*middle)}

type keptMiddles struct {
	mu sync.RWMutex
	by map[string]*middle
}

// Whoever sends requests chooses middles before he has proved anything, so there are few of them, and none that is long.
const (
	maxMiddles    = 256
	maxMiddleSize = 512
)

// keepMiddle keeps the middle of a signature in a header that was read without a fault, unless it leaves out what each must sign.
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

// hintOf is what the signer of a claim is told of the app's signature.
func hintOf(region, service, signed string) map[string]string {
	return map[string]string{regionOf: region, serviceOf: service, claimedNames: signed}
}
