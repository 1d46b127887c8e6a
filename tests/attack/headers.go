package attack

import "strings"

// keyAttacks use other keys and other proofs. Another app's own request passes, and the others are refused unless Not says why; revoked and
// expired keys are proved, and so get a 403.
var keyAttacks = []Attack{
	{Name: "no signature", Make: func(f *Forge) []Request {
		r := f.of(false)
		r.Host = f.Host
		return []Request{r}
	}},
	{Name: "another app", Make: func(f *Forge) []Request { return []Request{f.By(Other, false)} }, Want: Pass},
	{Name: "the ID of another app under a signature", Make: func(f *Forge) []Request { return []Request{f.Relabelled(false, Other)} }},
	{Name: "the ID of another app with the app's secret", Make: func(f *Forge) []Request { return []Request{f.As(Other, App, false)} }},
	{Name: "a key of nobody", Make: func(f *Forge) []Request { return []Request{f.By(Unknown, false)} }},
	{Name: "the ID of nobody under a signature", Make: func(f *Forge) []Request { return []Request{f.Relabelled(false, Unknown)} }},
	{Name: "the real key", Make: func(f *Forge) []Request { return []Request{f.By(Real, false)} }},
	{Name: "the ID of the real key with the app's secret", Make: func(f *Forge) []Request { return []Request{f.As(Real, App, false)} }},
	{Name: "the ID of the app with the real secret", Make: func(f *Forge) []Request { return []Request{f.As(App, Real, false)} }},
	{Name: "a revoked key", Make: func(f *Forge) []Request { return []Request{f.By(Gone, false)} }, Want: Revoked},
	{Name: "a key that has expired", Make: func(f *Forge) []Request { return []Request{f.By(Ended, false)} }, Want: Revoked},
	{Name: "the ID of a revoked key with the app's secret", Make: func(f *Forge) []Request { return []Request{f.As(Gone, App, false)} }},
	{Name: "a signature without its end", Make: proved(func(proof string) string { return proof[:len(proof)-1] })},
	{Name: "half a signature", Make: proved(func(proof string) string { return proof[:len(proof)/2] })},
	{Name: "a signature and more", Make: proved(func(proof string) string { return proof + "0" })},
	{Name: "a signature with another end", Make: proved(func(proof string) string {
		if strings.HasSuffix(proof, "0") {
			return proof[:len(proof)-1] + "1"
		}
		return proof[:len(proof)-1] + "0"
	})},
	// A second spelling of the same proof must not count as a second signature, where the vendor accepts it at all.
	{Name: "a signature in other letters", Make: proved(func(proof string) string {
		if up := strings.ToUpper(proof); up != proof {
			return up
		}
		return strings.ToLower(proof)
	}), Not: otherwise{"veracode": passes("some of the vendor's clients write hex in capital letters")}},
	{Name: "an empty signature", Make: proved(func(string) string { return "" })},
	{Name: "a signature of zeros", Make: proved(func(proof string) string { return strings.Repeat("0", len(proof)) })},
	{Name: "a signature of another request", Make: func(f *Forge) []Request {
		r, other := f.of(false), f.of(false)
		r.Host, other.Host = f.Host, f.Host
		s := f.Stamp()
		f.write(&r, f.KeyOf(App).ID, f.prove(other, f.KeyOf(App), s), s)
		return []Request{r}
	}, Not: otherwise{"cortex": nothing}},
}

// proved makes an attack of a change to the proof, before it is written into the request.
func proved(change func(proof string) string) func(f *Forge) []Request {
	return func(f *Forge) []Request { return []Request{f.Reproved(false, change)} }
}

// adds is a change that adds lines to the head of a signed request.
func adds(lines ...string) func(r Request) Request {
	return func(r Request) Request { return r.with(lines...) }
}

// sets is a change that replaces a header, or removes it without values.
func sets(name string, values ...string) func(r Request) Request {
	return func(r Request) Request { return r.changed(name, values...) }
}

// headerAttacks add headers that the vendor reads, and remove what is signed. Those that are Raw are decided by the server
// that reads the head, before a gateway's own code runs.
var headerAttacks = []Attack{
	{Name: "an X-Duo header more", Only: "duo", Make: on(false, adds("X-Duo-Other: 1"))},
	{Name: "an X-Duo header less", Only: "duo", Make: on(false, sets("X-Duo-Trace")),
		Not: otherwise{"duo 5": notHere, "duo 4": notHere, "duo 2": notHere, "duo 2 with SHA-1": notHere}},
	{Name: "an X-Duo header twice", Only: "duo", Make: on(false, adds("x-duo-trace: t1", "X-DUO-TRACE: t1"))},
	{Name: "another type of a form", Only: "duo", Make: on(true, sets("Content-Type", "application/json")),
		Not: otherwise{"duo 5": noType, "duo 4": noType,
			"duo 5 with X-Duo headers": noType}},
	{Name: "two types of a form", Only: "duo", Make: on(true, adds("content-type: application/json")),
		Not: otherwise{"duo 5": twoTypes, "duo 4": twoTypes, "duo 5 with X-Duo headers": twoTypes}},
	// S3 copies another object in place of the body: a header of AWS's own must be signed.
	{Name: "a header that AWS obeys", Only: "aws", Make: on(true, adds("X-Amz-Copy-Source: /other/secret"))},
	{Name: "one in small letters", Only: "aws", Make: on(true, adds("x-amz-acl: public-read"))},
	{Name: "one with underscores", Only: "aws", Make: on(true, adds("X_Amz_Acl: public-read"))},
	{Name: "one with other separators", Only: "aws", Make: on(true, adds("x~amz.acl: public-read"))},
	{Name: "another value of a signed header", Only: "aws", Make: on(true, sets("X-Amz-Meta-A", "2"))},
	{Name: "a second value of a signed header", Only: "aws", Make: on(true, adds("x-amz-meta-a: 2"))},
	{Name: "without a signed header", Only: "aws", Make: on(true, sets("X-Amz-Meta-A")),
		Not: otherwise{"s3 link": notHere}},
	{Name: "a signed header that is meant for this hop", Only: "aws", Make: on(true, adds("Connection: x-amz-meta-a")),
		Not: otherwise{"s3 link": notHere}},
	{Name: "a session token", Only: "aws", Make: on(false, adds("X-Amz-Security-Token: t"))},
	{Name: "another hash of the body", Only: "aws", Make: on(true, func(r Request) Request {
		r.Body = "other"
		return r.changed("X-Amz-Content-Sha256", hex256("other"))
	})},
	{Name: "the word for no hash", Only: "aws", Make: on(true, func(r Request) Request {
		r.Body = "other"
		return r.changed("X-Amz-Content-Sha256", "UNSIGNED-PAYLOAD")
	})},
	{Name: "fewer signed headers", Only: "aws", Make: on(false, func(r Request) Request {
		return r.changed("Authorization", strings.Replace(r.value("Authorization"), ";x-amz-meta-a", "", 1))
	}), Not: otherwise{"s3 link": notHere}},
	{Name: "another service", Only: "aws", Make: on(false, func(r Request) Request {
		text := r.value("Authorization")
		if text == "" {
			r.Target = strings.Replace(r.Target, "%2Fs3%2F", "%2Fiam%2F", 1)
			return r
		}
		return r.changed("Authorization", strings.NewReplacer("/s3/", "/iam/", "/guardduty/", "/iam/").Replace(text))
	})},
	{Name: "a link and a signature", Only: "aws", Make: on(false, func(r Request) Request {
		if !strings.Contains(r.Target, "X-Amz-Signature") {
			r.Target += "&X-Amz-Signature=" + strings.Repeat("0", 64)
			return r
		}
		return r.with("Authorization: AWS4-HMAC-SHA256 x")
	})},
	{Name: "a parameter of the signature twice", Only: "aws", Make: on(false, func(r Request) Request {
		r.Target += "&X-Amz-Expires=9"
		return r
	})},
	{Name: "one that is spelt otherwise", Only: "aws", Make: on(false, func(r Request) Request {
		r.Target += "&x%2damz%2dexpires=9"
		return r
	})},
	{Name: "a link that lives longer", Only: "aws", Make: on(false, replaced("X-Amz-Expires=30", "X-Amz-Expires=90")),
		Not: otherwise{"aws": notHere, "s3": notHere, "s3 link": {Want: Unproved}}},
	// The server refuses these before a gateway sees them.
	{Name: "two hosts", Make: on(false, adds("Host: other.internal")), Want: Malformed, Raw: true},
	{Name: "two lengths", Make: on(true, adds("Content-Length: 1")), Want: Malformed, Raw: true},
	{Name: "a line that is folded", Make: on(false, adds("X-A: 1", " Authorization: x")), Want: Pass, Raw: true},
}

// attacksOnHeadersOf are those on each header of the signature: without it, empty, twice, in other letters, with more in it,
// next to a look-alike, and nominated by Connection.
func attacksOnHeadersOf(c *Client) []Attack {
	var all []Attack
	for _, name := range c.Headers {
		of := func(what, want string, change func(r Request) Request) {
			all = append(all, Attack{Name: what + " " + name, Want: want, Make: on(false, change)})
		}
		of("without", Unproved, func(r Request) Request { return r.changed(name) })
		of("an empty", Unproved, func(r Request) Request { return r.changed(name, "") })
		of("twice the same", Unproved, func(r Request) Request { return r.with(name + ": " + r.value(name)) })
		of("twice, in small letters,", Unproved, func(r Request) Request { return r.with(strings.ToLower(name) + ": " + r.value(name)) })
		of("a second, empty", Unproved, func(r Request) Request { return r.with(strings.ToUpper(name) + ":") })
		of("another first", Unproved, func(r Request) Request {
			r.Lines = append([]string{name + ": x"}, r.Lines...)
			return r
		})
		// A server may take a list for its first or its last member.
		of("a comma and more in", Unproved, func(r Request) Request { return r.changed(name, r.value(name)+", x") })
		if strings.Contains(name, "-") {
			// The signature stays right, and the gateway removes the look-alike before it signs.
			want := Pass // no look-alike reaches the vendor
			if c.Vendor == "aws" {
				want = Unproved // AWS's own are refused
			}
			of("a look-alike of", want, func(r Request) Request { return r.with(strings.ReplaceAll(name, "-", "_") + ": x") })
		}
		if c.Vendor == "aws" && name == "Authorization" { // it says region and service, too
			of("a nomination of", Either, func(r Request) Request { return r.with("Connection: " + name) })
		} else if c.Vendor != "aws" {
			of("a nomination of", Pass, func(r Request) Request { return r.with("Connection: " + name) })
		}
	}
	return all
}
