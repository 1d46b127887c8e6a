package attack

import (
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"hash"
	"strings"
	"time"
)

// The schemes, each as the vendor's clients have it.

// mac is an HMAC, as raw bytes in a text, so that one can be the key of the next.
func mac(of func() hash.Hash, key, text string) string {
	m := hmac.New(of, []byte(key))
	m.Write([]byte(text))
	return string(m.Sum(nil))
}

// mac256, hex256 and in64 take and give texts, in which bytes are bytes: it keeps the formulas short.
func mac256(key, text string) string { return mac(sha256.New, key, text) }

// hex256 is SHA-256 in hex.
func hex256(text string) string { return fmt.Sprintf("%x", sha256.Sum256([]byte(text))) }

// in64 is standard Base64 with padding.
func in64(data string) string { return base64.StdEncoding.EncodeToString([]byte(data)) }

// duoClient is one of duo_client_python's; with more it sends X-Duo headers, of which only version 5 signs others than the
// date. Its requests have their parameters in canonical order, so that the text that is signed needs no sorting.
func duoClient(name, version string, more bool, digest string) *Client {
	c := &Client{Name: name, Vendor: "duo", Host: "duo.internal:8443", Owned: "X-Duo-", Hex: true,
		Headers: []string{"Authorization", "Date"}, Key: "integration_key", Secret: "secret_key",
		Read: Request{Method: "GET", Target: "/admin/v1/users/DU1?a=1&b=2"},
		Write: Request{Method: "POST", Target: "/admin/v1/users/DU1", Body: "a=1&b=2",
			Lines: []string{"Content-Type: application/x-www-form-urlencoded"}},
		Scheme: Scheme{Method: true, AnyCase: true, Host: "name", Target: "form", Body: "all", Prefix: "X-Duo-"}}
	date := "Date"
	if more {
		date = "X-Duo-Date"
		c.Headers[1] = date
	}
	// Only version 5 signs further X-Duo headers.
	if version == "5" && more {
		c.Read.Lines, c.Write.Lines = []string{"X-Duo-Trace: t1"}, append(c.Write.Lines, "X-Duo-Trace: t1")
	}
	if version == "2" {
		c.Scheme.Body = "form"
	}
	newHash := sha512.New
	if digest == "sha1" {
		newHash = sha1.New
	}
	c.prove = func(r Request, k Key, s Stamp) string {
		path, query, _ := strings.Cut(r.Target, "?")
		host, _, _ := strings.Cut(r.Host, ":")
		lines := []string{duoDate(s), r.Method, host, path, query}
		sum := func(text string) string { return fmt.Sprintf("%x", sha512.Sum512([]byte(text))) }
		switch {
		// Version 2 has the parameters of a form in the place of the query's.
		case version == "2":
			lines[4] += r.Body
		case version == "4":
			lines = append(lines, sum(r.Body))
		case more:
			lines = append(lines, sum(r.Body), sum("x-duo-date\x00"+duoDate(s)+"\x00x-duo-trace\x00t1"))
		default:
			lines = append(lines, sum(r.Body), sum(""))
		}
		return hex.EncodeToString([]byte(mac(newHash, k.Secret, strings.Join(lines, "\n"))))
	}
	c.write = func(r *Request, id, proof string, s Stamp) {
		r.Lines = append(r.Lines, "Authorization: Basic "+in64(id+":"+proof), date+": "+duoDate(s))
	}
	return c
}

// duoDate is a stamp as duo_client_python writes it.
func duoDate(s Stamp) string { return s.At.UTC().Format("Mon, 02 Jan 2006 15:04:05 -0000") }

// darktraceClient signs the target or, with a body, path, question mark and body, with HMAC-SHA1: POST /a with the body x is
// the same text as GET /a?x.
func darktraceClient() *Client {
	date := func(s Stamp) string { return s.At.UTC().Format("20060102T150405") }
	return &Client{Name: "darktrace", Vendor: "darktrace", Host: "darktrace.internal", Hex: true, Owned: "DTAPI-",
		Headers: []string{"DTAPI-Token", "DTAPI-Date", "DTAPI-Signature"}, Key: "public_token", Secret: "private_token",
		Read:   Request{Method: "GET", Target: "/modelbreaches?a=1&b=2"},
		Write:  Request{Method: "POST", Target: "/modelbreaches/7/acknowledge", Body: "acknowledge=true"},
		Scheme: Scheme{Target: "exact", Body: "darktrace"},
		prove: func(r Request, k Key, s Stamp) string {
			text := r.Target
			if r.Body != "" {
				text += "?" + r.Body
			}
			return hex.EncodeToString([]byte(mac(sha1.New, k.Secret, text+"\n"+k.ID+"\n"+date(s))))
		},
		write: func(r *Request, id, proof string, s Stamp) {
			r.Lines = append(r.Lines, "DTAPI-Token: "+id, "DTAPI-Date: "+date(s), "DTAPI-Signature: "+proof)
		}}
}

// threatConnectClient signs target, method and time with HMAC-SHA256.
func threatConnectClient() *Client {
	return &Client{Name: "threatconnect", Vendor: "threatconnect", Host: "tc.internal", Headers: []string{"Authorization", "Timestamp"},
		Owned: "", Key: "access_id", Secret: "secret_key",
		Read:   Request{Method: "GET", Target: "/api/v3/indicators?a=1&b=2"},
		Write:  Request{Method: "POST", Target: "/api/v3/indicators", Body: `{"a":1}`},
		Scheme: Scheme{Method: true, Target: "exact"},
		prove: func(r Request, k Key, s Stamp) string {
			return in64(mac256(k.Secret, fmt.Sprint(r.Target, ":", r.Method, ":", s.At.Unix())))
		},
		write: func(r *Request, id, proof string, s Stamp) {
			r.Lines = append(r.Lines, "Authorization: TC "+id+":"+proof, fmt.Sprint("Timestamp: ", s.At.Unix()))
		}}
}

// cortexClient hashes key, nonce and time, and nothing of the request: every request with the same headers is the app's own,
// once.
func cortexClient() *Client {
	return &Client{Name: "cortex", Vendor: "cortex", Host: "cortex.internal", Hex: true, Nonce: true, Owned: "X-Xdr-",
		Headers: []string{"Authorization", "x-xdr-auth-id", "x-xdr-nonce", "x-xdr-timestamp"}, Key: "api_key_id", Secret: "api_key",
		Read:  Request{Method: "GET", Target: "/public_api/v1/healthcheck?a=1&b=2"},
		Write: Request{Method: "POST", Target: "/public_api/v1/incidents/update_incident", Body: `{"a":1}`},
		prove: func(r Request, k Key, s Stamp) string {
			return hex256(fmt.Sprint(k.Secret, s.Nonce, s.At.UnixMilli()))
		},
		write: func(r *Request, id, proof string, s Stamp) {
			r.Lines = append(r.Lines, "Authorization: "+proof, "x-xdr-auth-id: "+id, "x-xdr-nonce: "+s.Nonce,
				fmt.Sprint("x-xdr-timestamp: ", s.At.UnixMilli()))
		}}
}

// veracodeClient derives a key from the nonce and the time for each request (Veracode's HMAC authentication, whose
// scheme is VERACODE-HMAC-SHA-256).
func veracodeClient() *Client {
	return &Client{Name: "veracode", Vendor: "veracode", Host: "veracode.internal", Hex: true, Nonce: true,
		Headers: []string{"Authorization"}, Key: "api_id", Secret: "api_key",
		Read:   Request{Method: "GET", Target: "/appsec/v1/applications?a=1&b=2"},
		Write:  Request{Method: "POST", Target: "/appsec/v1/applications", Body: `{"a":1}`},
		Scheme: Scheme{Method: true, AnyCase: true, Host: "name", Target: "exact"},
		prove: func(r Request, k Key, s Stamp) string {
			secret, _ := hex.DecodeString(k.Secret)
			nonce, _ := hex.DecodeString(s.Nonce)
			key := mac256(mac256(mac256(string(secret), string(nonce)), fmt.Sprint(s.At.UnixMilli())), "vcode_request_version_1")
			text := "id=" + k.ID + "&host=" + r.Host + "&url=" + r.Target + "&method=" + r.Method
			return hex.EncodeToString([]byte(mac256(key, text)))
		},
		write: func(r *Request, id, proof string, s Stamp) {
			r.Lines = append(r.Lines, fmt.Sprintf("Authorization: VERACODE-HMAC-SHA-256 id=%s,ts=%d,nonce=%s,sig=%s", id, s.At.UnixMilli(),
				s.Nonce, proof))
		}}
}

// akamaiClient signs as EdgeGrid does (EG1-HMAC-SHA256): the key is derived from the time, and only the body of a POST is
// covered. The header itself is signed up to its signature, so that its parts cannot be exchanged.
func akamaiClient() *Client {
	head := func(id string, s Stamp) string {
		return fmt.Sprintf("EG1-HMAC-SHA256 client_token=%s;access_token=akab-any;timestamp=%s;nonce=%s;", id,
			s.At.UTC().Format("20060102T15:04:05+0000"), s.Nonce)
	}
	return &Client{Name: "akamai", Vendor: "akamai", Host: "akamai.internal", Headers: []string{"Authorization"}, Nonce: true,
		Key: "client_token", Secret: "client_secret", More: map[string]string{"access_token": "akab-real"},
		Read:   Request{Method: "GET", Target: "/papi/v1/groups?a=1&b=2"},
		Write:  Request{Method: "POST", Target: "/papi/v1/properties", Body: `{"a":1}`},
		Scheme: Scheme{Method: true, AnyCase: true, Host: "exact", Target: "exact", Body: "post"},
		prove: func(r Request, k Key, s Stamp) string {
			body := ""
			if r.Method == "POST" {
				sum := sha256.Sum256([]byte(r.Body))
				body = in64(string(sum[:]))
			}
			key := in64(mac256(k.Secret, s.At.UTC().Format("20060102T15:04:05+0000")))
			return in64(mac256(key, strings.Join([]string{r.Method, "https", r.Host, r.Target, "", body, head(k.ID, s)}, "\t")))
		},
		write: func(r *Request, id, proof string, s Stamp) {
			r.Lines = append(r.Lines, "Authorization: "+head(id, s)+"signature="+proof)
		}}
}

// bloodHoundClient chains three MACs: over method and target, over the date down to the hour, and over the body.
func bloodHoundClient() *Client {
	date := func(s Stamp) string { return s.At.UTC().Format(time.RFC3339) }
	return &Client{Name: "bloodhound", Vendor: "bloodhound", Host: "bloodhound.internal",
		Headers: []string{"Authorization", "RequestDate", "Signature"}, Key: "token_id", Secret: "token_key",
		Read:   Request{Method: "GET", Target: "/api/v2/domains?a=1&b=2"},
		Write:  Request{Method: "POST", Target: "/api/v2/graphs/cypher", Body: `{"a":1}`},
		Scheme: Scheme{Method: true, Target: "exact", Body: "all", Coarse: "RequestDate"},
		prove: func(r Request, k Key, s Stamp) string {
			return in64(mac256(mac256(mac256(k.Secret, r.Method+r.Target), date(s)[:13]), r.Body))
		},
		write: func(r *Request, id, proof string, s Stamp) {
			r.Lines = append(r.Lines, "Authorization: bhesignature "+id, "RequestDate: "+date(s), "Signature: "+proof)
		}}
}
