package corpus

import (
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"net/http"
	"strings"
	"time"
)

// reportedCases are requests broken as the trackers of libraries, of ActivityPub servers, of Cloudflare's and of Oracle's clients report it.
func reportedCases() []*Case {
	all := append(reportedGood(), reportedAnswers()...)
	for _, make := range []func() []*Case{componentCases, inputCases, contentCases, digestCases, keyUseCases, fediverseCases,
		fediverseTextCases,
		oracleReportCases, crawlerCases} {
		all = append(all, make()...)
	}
	return all
}

// keyless is the case without the key.
func (c *Case) keyless() *Case {
	c.Name += ", without the secret"
	delete(c.Config, "shared_secret")
	delete(c.Config, "private_key")
	return c.unproved()
}

// to is a change to one value, whatever there was.
func to(s string) func(string) string { return func(string) string { return s } }

// swap is a change of a part.
func swap(from, to string) func(string) string {
	return func(s string) string { return strings.Replace(s, from, to, 1) }
}

// by signs with an algorithm of RFC 9421.
func by(algorithm string) *sigMessage { return httpsig().signedBy(algorithm) }

// at addresses another host and target.
func (m *sigMessage) to(host, target string) *sigMessage { m.host, m.target = host, target; return m }

// covering has other components, which are those that the API wants.
func (m *sigMessage) covering(names ...string) *sigMessage {
	m.names = names
	m.config["components"] = strings.Split(strings.ReplaceAll(strings.Join(names, " "), `";`, ";"), " ")
	for i, n := range m.config["components"].([]string) {
		if strings.Contains(n, `="`) {
			m.config["components"].([]string)[i] = n + `"`
		}
	}
	return m
}

// refusedFor signs another text than the vendor's, and is refused.
func (m *sigMessage) refusedFor(change func(*sigBase)) *sigMessage {
	m.signed, m.answer = change, refused()
	return m
}

// signing signs another value in one line.
func (m *sigMessage) signing(name string, change func(string) string) *sigMessage {
	return m.refusedFor(func(b *sigBase) { b.line(name, change) })
}

// sending changes the request after it was signed, and is refused.
func (m *sigMessage) sending(change func(*Case)) *sigMessage {
	m.sent, m.answer = change, refused()
	return m
}

// alike signs and sends another Signature-Input than the standard's, the same in both places.
func (m *sigMessage) alike(change func(string) string) *sigMessage {
	m.signing("@signature-params", change)
	m.sent = func(c *Case) {
		c.header("Signature-Input", func(s string) string { return "sig1=" + change(strings.TrimPrefix(s, "sig1=")) })
	}
	return m
}

// having sends another header.
func (m *sigMessage) having(name, value string) *sigMessage {
	m.headers = append(m.headers, [2]string{name, value})
	return m
}

func (m *sigMessage) answered(status int, body string) *sigMessage {
	m.answer = &Response{status, map[string]string{"Content-Type": "application/json"}, body}
	return m
}

func reportedGood() []*Case {
	ok := func(name string, m *sigMessage) *Case { return m.build("right as reported, "+name, "none") }
	input := func(m *sigMessage, change func(*Case)) *sigMessage { m.sent = change; return m }
	return []*Case{
		ok("IPv6 with a port", by("ecdsa-p256-sha256").to("[2001:db8::1]:8443", "/v1/alerts?limit=1")),
		ok("capitals in the host", by("hmac-sha256").to("API.Example.com", "/v1/alerts?limit=1")),
		ok("another label", input(by("rsa-pss-sha512"), func(c *Case) {
			c.header("Signature-Input", swap("sig1", "my-sig"))
			c.header("Signature", swap("sig1", "my-sig"))
		})),
		ok("blanks in Signature-Input that its strict form lacks", input(httpsig(), func(c *Case) {
			c.header("Signature-Input", func(s string) string {
				return strings.NewReplacer(`("`, `(  "`, `" "`, `"   "`, `")`, `" )`, ";", "; ").Replace(s)
			})
		})),
		ok("a proxy's signature beside it", input(by("hmac-sha256"), func(c *Case) {
			c.header("Signature-Input",
				func(s string) string { return s + `, proxy=("@authority");created=` + unix(now) + `;keyid="edge"` })
			c.header("Signature", func(s string) string { return s + ", proxy=:" + b64([]byte("some other signature")) + ":" })
		})),
		ok("a proxy's signature on a line of its own, before it", input(httpsig(), func(c *Case) {
			c.Headers = append([][2]string{{"Signature-Input", `edge=("@method");created=` + unix(now) + `;keyid="edge"`},
				{"Signature", "edge=:" + b64([]byte("some other signature")) + ":"}}, c.Headers...)
		})),
		ok("a GET with a body", httpsigPost().with(func(m *sigMessage) { m.method = "GET" }).signedBy("ecdsa-p256-sha256")),
		ok("the digest of no body", httpsigPost().with(func(m *sigMessage) { m.body, m.headers[1][1] = "", contentDigest("") })),
		ok("two digests", httpsigPost().with(func(m *sigMessage) {
			m.headers[1][1] += ", sha-512=:" + b64(must(unhex(sum("sha512", m.body)))) + ":"
		})),
		ok("a header padded with blanks", by("hmac-sha256").having("X-Request", "  a  b  ").
			covering("@method", "@authority", "x-request")),
		ok("a parameter of the query with a plus sign", httpsig().to("api.example.com", "/find?name=caf%C3%A9+au+lait").
			covering("@method", `@query-param";name="name`).with(func(m *sigMessage) {
			m.signed = func(b *sigBase) { b.lines[1][1] = "caf%C3%A9%20au%20lait" }
		})),
		ok("neither alg nor nonce at Web Bot Auth", bot().
			with(func(m *sigMessage) { m.params = append(m.params[:2:2], m.params[3], m.params[5]) })),
		ok("Signature-Agent as the first drafts have it, where it is wanted so", bot().with(func(m *sigMessage) {
			m.headers, m.names = [][2]string{{"Signature-Agent", `"https://bot.example"`}}, []string{"@authority", "signature-agent"}
			m.config["signature_agent_form"] = "string"
		})),
		ok("no algorithm in the draft", draft().with(func(m *sigMessage) { m.params = m.params[:1] })),
		ok("a digest's name in small letters", draftPost().
			with(func(m *sigMessage) { m.headers[1][1] = "sha-256=" + m.headers[1][1][8:] })),
		ok("blanks after the commas", draftPost().with(func(m *sigMessage) {
			m.sent = func(c *Case) {
				c.header("Signature", func(s string) string { return strings.ReplaceAll(s, `",`, `", `) })
			}
		})),
		ok("the signature before the other parameters", draftPost().with(func(m *sigMessage) {
			m.sent = func(c *Case) {
				c.header("Signature", func(s string) string {
					rest, signature, _ := strings.Cut(s, ",signature=")
					return "signature=" + signature + "," + rest
				})
			}
		})),
		ok("a keyId that is a URL", draftPost().with(func(m *sigMessage) {
			m.params[0][1], m.config["key_id"] = `"https://social.example/users/a#main-key"`, "https://social.example/users/a#main-key"
		})),
		ok("a port in the draft's host", draft().to("api.example.com:8443", "/v1?x=1")),
		ok("a key in PKCS #1", draft().with(func(m *sigMessage) {
			m.config["private_key"] = string(pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY",
				Bytes: x509.MarshalPKCS1PrivateKey(sigKeys()["rsa"].(*rsa.PrivateKey))}))
		})),
		ok("oci with x-date for date", oracle().with(func(m *sigMessage) {
			m.headers[0][0], m.names[0] = "X-Date", "x-date"
		})),
		ok("oci with an empty body", oraclePost().with(func(m *sigMessage) {
			m.body, m.headers[1][1], m.headers[3][1] = "", "0", strings.TrimPrefix(draftDigest(""), "SHA-256=")
		})),
		ok("HMAC in the draft", draftHMAC()),
	}
}

func draftHMAC() *sigMessage {
	m := draft()
	m.algorithm, m.params[1][1], m.config["algorithm"] = "hmac-sha256", `"hmac-sha256"`, "hmac-sha256"
	return m
}

// reportedAnswers are right signatures that are refused for something else, or for nothing that can be known.
func reportedAnswers() []*Case {
	k := func(m *sigMessage, name, cause string) *Case { return m.build("right, and "+name, "K", cause) }
	later := func(m *sigMessage, wait time.Duration) *sigMessage { // the only clock is the one of the answer
		m.sent = func(c *Case) { c.Now = time.Time{} }
		m.answer = refused()
		m.answer.Headers["Date"] = now.Add(wait).Format(http.TimeFormat)
		return m
	}
	oci := func(status int, code, message string) *sigMessage {
		return oracle().answered(status, `{"code": "`+code+`", "message": "`+message+`"}`)
	}
	return []*Case{
		k(httpsig().answered(429, `{"error":"too many requests"}`), "too often", "rate_limited"),
		k(by("hmac-sha256").answered(500, `{"error":"internal error"}`), "the vendor fails", "vendor_failure"),
		k(by("rsa-pss-sha512").
			answered(403, `{"error":"forbidden","message":"key lacks permission alerts:read"}`), "no right", "not_permitted"),
		k(draft().answered(404, `{"error":"Record not found"}`), "no such endpoint", "endpoint_unknown"),
		k(oci(404, "NotAuthorizedOrNotFound", "Authorization failed or requested resource not found."), "not authorised",
			"not_permitted").also("endpoint_unknown"),
		k(oci(429, "TooManyRequests", "Too many requests for the user"), "throttled by Oracle", "rate_limited"),
		k(oraclePost().
			answered(400, `{"code": "InvalidParameter", "message": "Invalid shape"}`), "a wrong parameter", "request_rejected"),
		by("ecdsa-p256-sha256").answered(401, `{"error":"unauthorized"}`).
			build("right, and refused without a reason", "J", "unexplained").unproved(),
		draftPost().answered(401, `{"error":"Verification failed for a a@social.example"}`).
			build("right, and Mastodon has another key", "J", "unexplained").unproved(),
		oci(401, "NotAuthenticated", "Failed to verify the HTTP(S) Signature").
			build("right, and Oracle has another key", "J", "unexplained").unproved(),
		later(httpsig(), 40*time.Minute).build("late by the clock of the answer", "E", "clock_off"),
		later(by("hmac-sha256"), 40*time.Minute).build("late by the clock of the answer", "E", "clock_off").keyless(),
		later(draft(), -50*time.Minute).build("ahead of the clock of the answer", "E", "clock_off"),
		later(oracle(), 10*time.Minute).build("late by Oracle's clock", "E", "clock_off"),
		later(bot(), 2*time.Minute).build("expired by the clock of the answer", "E", "clock_off"),
		httpsig().with(func(m *sigMessage) { m.params = append(m.params, [2]string{"nonce", `"n-1"`}) }).
			answered(401, `{"error":"invalid_nonce","message":"nonce has already been used"}`).
			build("a nonce used before", "I", "replayed_nonce").unproved(),
	}
}
