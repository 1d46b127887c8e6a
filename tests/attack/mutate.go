package attack

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"time"
)

// Hostile is a request of the generator, with what the app signed of it. Whether it may leave is judged by comparing the two.
type Hostile struct {
	Raw     string
	Signed  Request // by the app; the request before it was changed
	Valid   bool    // Signed is an app's own, with a good key and date
	Changes int
}

// Hostile makes a signed, half-signed or wrongly signed request, and changes it in up to three places. Seven of twelve are an
// app's own before the change: changes of those are what a gateway must see through.
func (f *Forge) Hostile(random *rand.Rand) Hostile {
	write := random.IntN(2) == 0
	h := Hostile{}
	switch random.IntN(12) {
	case 0:
		h.Signed = f.By([]int{Gone, Ended, Unknown, Real}[random.IntN(4)], write)
	case 1:
		h.Signed = f.Relabelled(write, []int{Other, Gone, Unknown, Real}[random.IntN(4)])
	case 2:
		h.Signed = f.Dated(write, time.Duration(1-2*random.IntN(2))*time.Duration(10+random.IntN(10000))*time.Minute)
	case 3:
		h.Signed = f.Reproved(write, func(proof string) string { return proof[:random.IntN(len(proof))] })
	// A request that has some headers of a signature: of another request, so that they are well-formed.
	case 4:
		h.Signed = f.of(write)
		h.Signed.Host = f.Host
		signed := f.Signed(write).Lines
		for _, name := range f.Headers { // some of the headers, of another request
			if value := (Request{Lines: signed}).value(name); random.IntN(2) == 0 && f.Vendor != "cortex" {
				h.Signed = h.Signed.with(name + ": " + value)
			}
		}
	// An app's own, by one of the two good keys.
	default:
		h.Signed, h.Valid = f.By(random.IntN(2), write), true
	}
	// Chunks hide the length of a body.
	if random.IntN(12) < 1 {
		h.Signed.Chunked = true
	}
	r := h.Signed.copied()
	h.Changes = random.IntN(4)
	// Changes of bytes come last: what they make cannot be changed as a request any more.
	rawly := 0
	for range h.Changes {
		if random.IntN(4) == 0 {
			rawly++
			continue
		}
		f.change(&r, random)
	}
	h.Raw = r.Raw()
	for range rawly {
		h.Raw = spoilt(h.Raw, random)
	}
	return h
}

// pick is one of some, each as likely as the others.
func pick(random *rand.Rand, from ...string) string { return from[random.IntN(len(from))] }

// change changes something in a request that is still written as one. Four of ten changes are in the headers, where the
// signatures are.
func (f *Forge) change(r *Request, random *rand.Rand) {
	switch random.IntN(10) {
	case 0:
		r.Method = pick(random, "GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "get", "post", "GET ", "X-GET")
	case 1:
		r.Host = pick(random, "other.internal", strings.ToUpper(r.Host), r.Host+".", r.Host+":8443", "x."+r.Host, "",
			strings.Split(r.Host, ":")[0], "a b")
	case 2, 3:
		r.Target = f.changedTarget(r.Target, random)
	case 4:
		changeBody(r, random)
	// Some schemes sign both as one text.
	case 5: // what is in the query goes into the body, or back
		if path, query, asked := strings.Cut(r.Target, "?"); asked {
			r.Target, r.Body = path, query
		} else {
			r.Target, r.Body = r.Target+"?"+r.Body, ""
		}
		r.Method = pick(random, "GET", "POST", r.Method)
	default:
		f.changeLines(r, random)
	}
}

// changedTarget is target with a change that a lenient server may take for nothing: stray characters, escapes, parameters
// twice or in another order, absolute forms.
func (f *Forge) changedTarget(target string, random *rand.Rand) string {
	// Behind the first slash, so that most of the changes are still targets.
	place := 1 + random.IntN(len(target)-1)
	switch random.IntN(7) {
	case 0:
		stray := pick(random, "/", "//", "/../", "/./", "%2F", "%2f", "%00", "%", "&", "=", ";", "?", "#", "+", "%20", "\x80", "a", "%zz")
		return target[:place] + stray + target[place:]
	case 1:
		return target[:place] + target[place+1:]
	case 2:
		return target[:place] + fmt.Sprintf("%%%02x", target[place]) + target[place+1:]
	case 3:
		return target + pick(random, "&a=2", "&a", "&", "&x=%26", "?a=1", ";a=2", "&X-Amz-Signature=0",
			"&x-amz-expires=1", "&X-Amz-Acl=public-read")
	case 4:
		path, query, _ := strings.Cut(target, "?")
		parts := strings.Split(query, "&")
		random.Shuffle(len(parts), func(i, j int) { parts[i], parts[j] = parts[j], parts[i] })
		return path + "?" + strings.Join(parts, pick(random, "&", "&&", ";"))
	case 5:
		return pick(random, "http://"+f.Host, "/", "//evil.example", "/x/..", "*", "") + target
	}
	return strings.Replace(target, pick(random, "1", "a", "/", "=", "?", "&"), pick(random, "9", "%31", "//", ""), 1)
}

// changeBody changes the body, or how its length is said: a length that is too short leaves a rest on the connection.
func changeBody(r *Request, random *rand.Rand) {
	switch random.IntN(5) {
	case 0:
		r.Body += pick(random, "x", "&a=2", "&a", "\x00", "&")
	case 1:
		r.Chunked = !r.Chunked
	case 2:
		r.Body = r.Body[:random.IntN(len(r.Body)+1)]
	case 3:
		*r = r.with(pick(random, "Content-Length: 1", "Transfer-Encoding: chunked", "Transfer-Encoding: identity",
			"Content-Encoding: gzip", "Trailer: X-A"))
	case 4:
		r.Body = strings.Replace(r.Body, pick(random, "a", "1", "=", "&"), pick(random, "b", "2", "", "%26"), 1)
	}
}

// changeLines changes, doubles, removes and adds headers.
func (f *Forge) changeLines(r *Request, random *rand.Rand) {
	// Headers that a vendor or a gateway may obey, none of them the app's own.
	own := []string{"X-Duo-A: 1", "X-Amz-Acl: public-read", "x-amz-copy-source: /a/b", "DTAPI-Token: x", "X-Xdr-Nonce: 1", "Timestamp: 1",
		"Signature: x",
		"RequestDate: x", "Date: Sat, 28 Nov 2026 08:30:15 -0000", "X-Duo-Date: Sat, 28 Nov 2026 08:30:15 -0000", "X-Amz-Date: 20261128T083015Z",
		"Authorization: Basic YTpi", "Content-Type: text/plain", "X-Amz-Security-Token: t", "Host: other.internal",
		"X-HTTP-Method-Override: DELETE"}
	if len(r.Lines) == 0 || random.IntN(4) == 0 {
		*r = r.with(own[random.IntN(len(own))])
		return
	}
	i := random.IntN(len(r.Lines))
	name, value, _ := strings.Cut(r.Lines[i], ":")
	set := func(line string) {
		r.Lines = append([]string(nil), r.Lines...)
		r.Lines[i] = line
	}
	switch random.IntN(9) {
	case 0:
		*r = r.with(pick(random, name, strings.ToLower(name), strings.ToUpper(name), strings.ReplaceAll(name, "-", "_")) + ":" +
			pick(random, value, "", " x"))
	case 1:
		*r = r.changed(name)
	case 2:
		*r = r.with("Connection: " + pick(random, "close, ", "", "upgrade, ", "keep-alive,") + name)
	case 3:
		set(strings.ReplaceAll(name, "-", "_") + ":" + value)
	case 4:
		set(name + pick(random, " :", ":\t", ": ", "::") + value)
	case 5:
		set(name + ":" + value + pick(random, " ", ",", ", x", ";", "=", "\t", "\r\n x", "0"))
	case 6:
		place := random.IntN(len(value) + 1)
		set(name + ":" + value[:place] + pick(random, "0", "a", " ", ",", "=", "") + value[min(place+1, len(value)):])
	case 7:
		set(name + ":" + strings.ToUpper(value))
	case 8:
		j := random.IntN(len(r.Lines))
		r.Lines = append([]string(nil), r.Lines...)
		r.Lines[i], r.Lines[j] = r.Lines[j], r.Lines[i]
	}
}

// spoilt is a request with one byte added, removed or replaced, anywhere: in the request line, between headers, in the body.
// The bytes are those that parsers disagree about.
func spoilt(raw string, random *rand.Rand) string {
	place := random.IntN(len(raw))
	with := pick(random, "\x00", "\r", "\n", "\r\n", "\t", " ", ":", ";", ",", "%", "&", "=", "/", "?", "a", "0", "A", "\xff", ".")
	switch random.IntN(3) {
	case 0:
		return raw[:place] + with + raw[place:]
	case 1:
		return raw[:place] + raw[place+1:]
	}
	return raw[:place] + with + raw[place+1:]
}
