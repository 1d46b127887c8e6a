package e2e

import (
	"bytes"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// spellings are the ways to write a header's name that some server takes for the same.
func spellings(name string) []string {
	all := []string{
		name, http.CanonicalHeaderKey(name), strings.ToLower(name), strings.ToUpper(name),
		strings.ReplaceAll(name, "-", "_"), strings.ReplaceAll(strings.ToLower(name), "-", "_"),
		strings.Replace(name, "-", "_", 1),
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// lookAlikes are more spellings, with other separators or none.
func lookAlikes(name string) []string {
	all := spellings(name)
	for _, separator := range []string{".", "!", "~", "--"} {
		all = append(all, strings.ReplaceAll(name, "-", separator))
	}
	if !strings.HasPrefix(name, "X-Duo-") || name == "X-Duo-Date" { // a prefix has no end without a separator
		all = append(all, strings.ReplaceAll(name, "-", ""))
	}
	slices.Sort(all)
	return slices.Compact(all)
}

func lettersAndDigits(name string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune("abcdefghijklmnopqrstuvwxyz0123456789", r) {
			return r
		}
		return -1
	}, strings.ToLower(name))
}

// startModes starts a gateway with a route for every mode.
func startModes(t *testing.T, f form) (*gateway, []*route) {
	t.Helper()
	var routes []*route
	for _, m := range modes {
		routes = append(routes, m.route(t, f))
	}
	return start(t, f, routes...), routes
}

// ownedOnce checks that each of the vendor's headers arrived at most once and in one spelling, and that nothing of
// the client's values came along.
func (m mode) ownedOnce(t *testing.T, a *arrival, clientValue string) {
	t.Helper()
	seen := map[string]int{}
	for name, values := range a.header {
		seen[lettersAndDigits(name)] += len(values)
	}
	for _, name := range m.owned {
		if n := seen[lettersAndDigits(name)]; n > 1 {
			t.Errorf("%s arrived %d times:\n%s", name, n, a.text())
		}
	}
	if clientValue != "" && bytes.Contains(a.raw, []byte(clientValue)) {
		t.Errorf("the client's value arrived:\n%s", a.text())
	}
}

// A header that Connection nominates is meant for one hop. Proxies remove it, and with it the signature, if the
// client may nominate one.
func TestAClientCannotNominateTheSignatureAway(t *testing.T) {
	eachForm(t, func(t *testing.T, f form) {
		g, routes := startModes(t, f)
		for i, m := range modes {
			t.Run(m.name, func(t *testing.T) {
				for _, owned := range m.owned {
					for _, name := range spellings(owned) {
						for _, lines := range [][]string{
							{"Connection: " + name},
							{"connection: " + name + ", close"},
							{"Connection: keep-alive ,\t" + name + "," + name},
							{"Connection: keep-alive", "CONNECTION: " + name},
							{name + ": attacker", "Connection: " + name},
						} {
							t.Run(strings.Join(lines, " | "), func(t *testing.T) {
								a, _ := g.accepted(t, routes[i], request{method: "GET", target: "/api?a=1", header: lines})
								m.ownedOnce(t, a, "attacker")
								if len(a.header["Connection"]) > 0 && a.header.Get("Connection") != "close" {
									t.Errorf("the vendor got Connection: %s", a.header["Connection"])
								}
							})
						}
					}
				}
			})
		}
	})
}

func TestLookAlikesOfTheVendorsHeadersNeverArrive(t *testing.T) {
	const attacker = "attacker-5e11"
	eachForm(t, func(t *testing.T, f form) {
		g, routes := startModes(t, f)
		for i, m := range modes {
			names := slices.Clone(m.owned)
			if m.signer == "duo" {
				names = append(names, "X-Duo-Foo", "X-Duo-", "X-Duo-Date-2")
			}
			var all []string
			for _, owned := range names {
				for _, name := range lookAlikes(owned) {
					all = append(all, name+": "+attacker, name+":"+attacker+"2")
				}
			}
			t.Run(m.name, func(t *testing.T) {
				for _, lines := range append([][]string{all}, single(all)...) {
					t.Run(strings.Join(lines[:1], ""), func(t *testing.T) {
						a, _ := g.accepted(t, routes[i], request{method: "POST", target: "/api", header: append([]string{asForm}, lines...), body: []byte("a=1")})
						m.ownedOnce(t, a, attacker)
						m.check(t, a)
					})
				}
			})
		}
	})
}

// single makes a list of each line.
func single(lines []string) [][]string {
	var lists [][]string
	for _, line := range lines {
		lists = append(lists, []string{line})
	}
	return lists
}

func TestTheClientsOwnCredentialsNeverArrive(t *testing.T) {
	const secret = "client-secret-77aa"
	lines := []string{
		"Authorization: Bearer " + secret,
		"authorization: Basic " + secret,
		"Proxy-Authorization: Basic " + secret,
		"Cookie: session=" + secret,
		"Cookie: other=" + secret,
		"X-Auth-Token: " + secret,
		"X_Auth_Token: " + secret,
		"X-Api-Key: " + secret,
		"x_api_key: " + secret,
		"X.Api.Key: " + secret,
		"XAuthToken: " + secret,
		"Api-Key: " + secret,
		"X-Access-Token: " + secret,
		"Private-Token: " + secret,
		"Cf-Access-Jwt-Assertion: " + secret,
		"X-Amzn-Oidc-Data: " + secret,
	}
	eachForm(t, func(t *testing.T, f form) {
		g, routes := startModes(t, f)
		for i, m := range modes {
			t.Run(m.name, func(t *testing.T) {
				for _, lines := range append([][]string{lines}, single(lines)...) {
					t.Run(strings.Join(lines[:1], ""), func(t *testing.T) {
						a, _ := g.accepted(t, routes[i], request{method: "GET", target: "/api?a=1", header: lines})
						m.ownedOnce(t, a, secret)
					})
				}
			})
		}
	})
}

func TestAWebSocketUpgradeIsSignedAndEchoes(t *testing.T) {
	eachForm(t, func(t *testing.T, f form) {
		var routes []*route
		for _, m := range modes {
			r := m.route(t, f)
			r.options["upgrade"] = "websocket"
			routes = append(routes, r)
		}
		g := start(t, f, routes...)
		for i, m := range modes {
			for _, connection := range []string{"Upgrade", "keep-alive, upgrade, " + strings.Join(m.owned, ", ")} {
				t.Run(m.name+" with Connection: "+connection, func(t *testing.T) {
					before := routes[i].vendor.count()
					u := upgrade(t, g.addr, routes[i].name+".test", connection)
					a, err := routes[i].vendor.only(before)
					if err != nil || !a.answer.Accepted {
						t.Fatalf("%v: %+v", err, a)
					}
					m.ownedOnce(t, a, "")
					for _, message := range []string{"first frame", "second \x00\xff frame"} {
						if got := u.echo(t, message); got != message {
							t.Errorf("%q came back as %q", message, got)
						}
					}
				})
			}
		}
	})
}

// The vendor's endpoints that read a credential are out of reach without being asked for, in any spelling.
func TestTheVendorsCredentialEndpointsAreRefused(t *testing.T) {
	eachForm(t, func(t *testing.T, f form) {
		route := find("duo").route(t, f)
		g := start(t, f, route)
		for _, target := range []string{
			"/admin/v1/integrations/DI1/skey",
			"/admin/v2/integrations/DI1/skey?x=1",
			"/ADMIN/v1/integrations/DI1/SKEY",
			"/admin/v1/integrations/DI1/%73key",
			"/admin/v1/integrations/DI1;a=b/skey",
		} {
			t.Run(target, func(t *testing.T) {
				g.refused(t, route, request{method: "GET", target: target}, http.StatusForbidden, "credential-endpoint")
			})
		}
	})
}

func TestOnlyWhatTheAllowListNamesIsSigned(t *testing.T) {
	eachForm(t, func(t *testing.T, f form) {
		route := find("darktrace").route(t, f)
		route.options["allow"] = []string{"GET|HEAD /devices/** /models"}
		if f != traefik { // a line of a Caddyfile is one entry
			route.options["allow"] = []string{"GET|HEAD", "/devices/**", "/models"}
		}
		g := start(t, f, route)
		g.accepted(t, route, request{method: "GET", target: "/devices/7?a=1"})
		g.accepted(t, route, request{method: "HEAD", target: "/models"})
		for _, honest := range []string{"/devices/a%20b", "/devices/%C3%A4", "/devices/a%3Fb%23c", "/devices/a@b", "/devices/a%3Ab", "/devices/100%25"} {
			g.accepted(t, route, request{method: "GET", target: honest})
		}
		for _, r := range []struct {
			method, target string
			status         int
			kind           string
		}{
			{"POST", "/devices/7", http.StatusForbidden, "not-allowed"},
			{"GET", "/models/7", http.StatusForbidden, "not-allowed"},
			{"GET", "/other", http.StatusForbidden, "not-allowed"},
			{"GET", "/devices/x;y=z", http.StatusBadRequest, "bad-target"},
			{"GET", "/devices/x%3b", http.StatusBadRequest, "bad-target"},
			{"GET", "/devices/x%0d%0aX:y", http.StatusBadRequest, "bad-target"},
			{"GET", "/devices/x%20HTTP/1.1", http.StatusBadRequest, "bad-target"},
			{"GET", "/devices/%e0%80%ae%e0%80%ae/x", http.StatusBadRequest, "bad-target"},
			{"GET", "/devices/%fc%80%80%80%80%af", http.StatusBadRequest, "bad-target"},
			{"GET", "/devices/x%ef%bc%8fy", http.StatusBadRequest, "bad-target"},
			{"GET", "/devices/x%252fy", http.StatusBadRequest, "bad-target"},
			{"GET", "/models%3fx", http.StatusForbidden, "not-allowed"},
			{"GET", "/models%23", http.StatusForbidden, "not-allowed"},
			{"GET", "/models%20", http.StatusForbidden, "not-allowed"},
			{"GET", "/models.", http.StatusForbidden, "not-allowed"},
		} {
			t.Run(r.method+" "+r.target, func(t *testing.T) {
				g.refused(t, route, request{method: r.method, target: r.target, length: r.method == "POST"}, r.status, r.kind)
			})
		}
		// A gateway may refuse these itself or clean them; what it must not do is to let them out as another path.
		for _, target := range []string{"/devices/../other", "/devices/%2e%2e/other", "/devices//../other", "/devices/%2fother", "/devices%2f..%2fother"} {
			t.Run("GET "+target, func(t *testing.T) {
				before := route.vendor.count()
				got := g.send(t, route, request{method: "GET", target: target})
				for _, a := range route.vendor.since(before) {
					if !strings.HasPrefix(a.target, "/devices/") || strings.Contains(a.target, "..") || strings.Contains(strings.ToLower(a.target), "%2") {
						t.Errorf("%s arrived", a.target)
					}
				}
				if got.status == http.StatusOK && route.vendor.count() == before {
					t.Errorf("answered %d without the vendor", got.status)
				}
			})
		}
	})
}

func TestBadRequestsAreAnsweredWithProblemsAndNothingGoesOut(t *testing.T) {
	eachForm(t, func(t *testing.T, f form) {
		g, routes := startModes(t, f)
		limited := find("darktrace").route(t, f)
		limited.name = "limited"
		limited.options["max_body"] = "1KiB"
		twoHosts := find("duo").route(t, f)
		twoHosts.name = "two-hosts"
		twoHosts.options["host"] = []string{"127.0.0.1", "api-2.duosecurity.com"}
		more := start(t, f, limited, twoHosts)
		for i, m := range modes {
			t.Run(m.name+" from a page in a browser", func(t *testing.T) {
				r := request{method: "POST", target: "/api", header: []string{"Origin: https://evil.example"}, length: true}
				g.refused(t, routes[i], r, http.StatusForbidden, "browser")
				r.header = []string{"Sec-Fetch-Site: cross-site"}
				g.refused(t, routes[i], r, http.StatusForbidden, "browser")
			})
		}
		t.Run("a body over max_body", func(t *testing.T) {
			r := request{method: "POST", target: "/api", body: make([]byte, 1025)}
			more.refused(t, limited, r, http.StatusRequestEntityTooLarge, "body-too-large")
			r.chunked = true
			more.refused(t, limited, r, http.StatusRequestEntityTooLarge, "body-too-large")
			more.accepted(t, limited, request{method: "POST", target: "/api", body: make([]byte, 1024)})
		})
		t.Run("a host that is none of several", func(t *testing.T) {
			more.refused(t, twoHosts, request{method: "GET", target: "/api"}, http.StatusMisdirectedRequest, "wrong-host")
		})
		t.Run("a body that ends early", func(t *testing.T) {
			for _, raw := range []string{
				"POST /api HTTP/1.1\r\nHost: limited.test\r\nContent-Length: 10\r\n\r\nhalf",
				"POST /api HTTP/1.1\r\nHost: limited.test\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
				"POST /api HTTP/1.1\r\nHost: limited.test\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nzz\r\n",
			} {
				before := limited.vendor.bytes.Load()
				halfRequest(t, more.addr, raw)
				if sent := limited.vendor.bytes.Load() - before; sent != 0 {
					t.Errorf("%d bytes went to the vendor after %q", sent, raw)
				}
			}
		})
	})
}

// The judge knows a nonce again: a second try with the first one's signature is refused.
func TestATransportSignsEveryTryAfresh(t *testing.T) {
	t.Parallel()
	route := find("cortex-advanced").route(t, caddyTransport)
	route.retries = 1
	g := start(t, caddyTransport, route)
	got := g.send(t, route, request{method: "GET", target: "/api", header: []string{behave + ": " + behaveDrop}})
	tries := route.vendor.since(0)
	if got.status != http.StatusOK || len(tries) != 2 || !tries[0].answer.Accepted || !tries[1].answer.Accepted {
		t.Fatalf("answered %d after %d tries: %s", got.status, len(tries), got.body)
	}
}

// Who asks, and from where, does not concern the vendor.
func TestTheVendorLearnsNothingAboutTheClient(t *testing.T) {
	const client = "client-4410"
	var lines []string
	for _, name := range []string{
		"X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Forwarded-Port", "X-Forwarded-Server", "X-Real-Ip",
		"Forwarded", "Via", "Cookie", "X-Forwarded-User", "Remote-User", "X-Auth-Request-Email", "True-Client-Ip",
	} {
		lines = append(lines, name+": "+client)
	}
	lines = append(lines, "Referer: http://duo.test/"+client) // of another host it would tell a page of another site
	eachForm(t, func(t *testing.T, f form) {
		route := find("duo").route(t, f)
		kept := *route
		kept.name, kept.options = "kept", route.options.with(options{"forwarded": "keep"})
		kept.vendor = newVendor(t, "duo", find("duo").credential(), nil)
		g := start(t, f, route, &kept)
		a, _ := g.accepted(t, route, request{method: "GET", target: "/api", header: lines})
		for name := range a.header {
			if strings.HasPrefix(name, "X-Forwarded-") || strings.HasPrefix(name, "X-Real") || strings.HasPrefix(name, "X-Auth-") ||
				slices.Contains([]string{"Forwarded", "Referer", "Cookie", "Remote-User", "True-Client-Ip"}, name) {
				t.Errorf("%s arrived:\n%s", name, a.text())
			}
		}
		if strings.Contains(a.text(), client) || strings.Contains(a.text(), route.name+".test") {
			t.Errorf("something of the client arrived:\n%s", a.text())
		}
		lines := append(slices.Clone(lines[:len(lines)-1]), "Referer: http://kept.test/"+client)
		a, _ = g.accepted(t, &kept, request{method: "GET", target: "/api", header: lines})
		if a.header.Get("Referer") != "http://kept.test/"+client {
			t.Errorf("with forwarded keep, this arrived:\n%s", a.text())
		}
	})
}
