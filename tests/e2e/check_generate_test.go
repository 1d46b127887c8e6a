package e2e

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
)

// routerMaker makes routers of Traefik, as people write them and as nobody does. What belongs to one has its number in its name, so
// that each is a configuration of its own, and all of them are loaded at once.
type routerMaker struct {
	*rand.Rand
	vendors []checkedVendor
	program string   // vendorsign
	other   string   // a server that is no vendor
	shown   sync.Map // the names of the routers of whose requests it has seen a signature
	ca      string   // of the vendors with TLS
	usuals  []*routed
	n       int
}

// checkedVendor is a vendor, with the options of a signer for it.
type checkedVendor struct {
	*vendor
	host    string // by which a signer and a server know it
	signer  string
	options options
}

// routed is a router, with everything that it refers to.
type routed struct {
	n                                 int
	routers                           object
	middlewares, services, transports object
	vendor                            checkedVendor
	signs, insecure                   bool
	moved                             bool  // it has a middleware that changes the path
	proves                            bool  // it has a middleware for the client's Authorization
	elsewhere                         bool  // it has servers that are not the signer's
	statuses                          []int // what clients got
	doubtful                          bool  // check finds faults in it that these requests need not show
}

// dynamic is the part of a dynamic configuration below http.
func (r *routed) dynamic() object {
	d := object{"routers": r.routers, "services": r.services}
	if len(r.middlewares) > 0 {
		d["middlewares"] = r.middlewares
	}
	if len(r.transports) > 0 {
		d["serversTransports"] = r.transports
	}
	return d
}

func (r *routed) name() string { return fmt.Sprintf("r%04d", r.n) }

// prefix is the path of the router's requests.
func (r *routed) prefix() string { return "/" + r.name() }

// usual is a router without anything odd, by which check knows the vendor.
func (m *routerMaker) usual(v checkedVendor) *routed {
	r := m.empty(v)
	balancer := object{"servers": []object{{"url": v.url()}}}
	if v.secure() {
		r.transports["usual"] = object{"rootCAs": []string{m.ca}}
		balancer["serversTransport"] = "usual"
	}
	r.routers[r.name()] = object{"rule": "Host(`127.0.0.1`) && PathPrefix(`" + r.prefix() + "`)", "service": r.service("vendor", object{"loadBalancer": balancer}),
		"middlewares": []string{m.signer(r, v)}}
	return r
}

func (m *routerMaker) empty(v checkedVendor) *routed {
	m.n++
	return &routed{n: m.n, routers: object{}, middlewares: object{}, services: object{}, transports: object{}, vendor: v}
}

func (m *routerMaker) router() *routed {
	r := m.empty(m.vendors[m.IntN(len(m.vendors))])
	var names []string
	for range m.IntN(3) {
		names = append(names, m.middleware(r))
	}
	if m.IntN(8) > 0 {
		names = append(names, m.signer(r, r.vendor))
	}
	for range m.IntN(3) - m.IntN(2) {
		names = append(names, m.middleware(r))
	}
	if m.IntN(12) == 0 {
		names = append(names, m.signer(r, m.vendors[m.IntN(len(m.vendors))]))
		r.doubtful = true
	}
	if len(names) > 1 && m.IntN(5) == 0 {
		i := m.IntN(len(names) - 1)
		chain := r.add("chain", object{"chain": object{"middlewares": slices.Clone(names[i : i+2])}})
		names = slices.Replace(names, i, i+2, chain)
	}
	router := object{"rule": "Host(`127.0.0.1`) && PathPrefix(`" + r.prefix() + "`)"}
	if len(names) > 0 {
		router["middlewares"] = names
	}
	r.routers[r.name()] = router
	switch m.IntN(8) {
	case 0: // a router below it has the service, and may have middlewares of its own
		child := object{"rule": "PathPrefix(`/`)", "parentRefs": []string{r.name()}, "service": m.service(r, r.vendor, 2)}
		if m.IntN(2) == 0 {
			child["middlewares"] = []string{m.middleware(r)}
		}
		r.routers[r.name()+"-child"] = child
	case 1: // another one takes some of the requests
		router["service"] = m.service(r, r.vendor, 2)
		r.routers[r.name()+"-b"] = object{"rule": "Host(`127.0.0.1`) && PathPrefix(`" + r.prefix() + "/b`)", "service": m.service(r, r.vendor, 2)}
	default:
		router["service"] = m.service(r, r.vendor, 2)
	}
	return r
}

// add adds a middleware, and returns its name.
func (r *routed) add(kind string, value object) string {
	name := fmt.Sprintf("%s-%d-%d", kind, r.n, len(r.middlewares))
	r.middlewares[name] = value
	return name
}

func (m *routerMaker) signer(r *routed, v checkedVendor) string {
	r.signs = true
	r.insecure = r.insecure || !v.secure()
	r.elsewhere = r.elsewhere || v.vendor != r.vendor.vendor
	block := object{"host": v.host}
	for name, value := range v.options {
		block[camel(name)] = value
	}
	return r.add("sign", object{"plugin": object{"vendorsign": object{v.signer: block}}})
}

func (m *routerMaker) pick(of ...string) string { return of[m.IntN(len(of))] }

// middleware adds one of Traefik's own.
func (m *routerMaker) middleware(r *routed) string {
	header := func(name, value string) object {
		return object{"headers": object{"customRequestHeaders": object{name: value}}}
	}
	choices := []struct {
		kind  string
		value object
	}{
		{"strip", object{"stripPrefix": object{"prefixes": []string{r.prefix()}}}},
		{"stripOther", object{"stripPrefix": object{"prefixes": []string{"/elsewhere"}}}},
		{"stripRegex", object{"stripPrefixRegex": object{"regex": []string{"^/r[0-9]+"}}}},
		{"add", object{"addPrefix": object{"prefix": "/api"}}},
		{"replace", object{"replacePath": object{"path": "/replaced"}}},
		{"replaceRegex", object{"replacePathRegex": object{"regex": "^/r[0-9]+/(.*)", "replacement": "/v1/$1"}}},
		{"more", header("X-More", "yes")},
		{"auth", header("Authorization", "mine")},
		{"noAuth", header("Authorization", "")},
		{"date", header("Date", "Mon, 01 Jan 2001 00:00:00 GMT")},
		{"host", header("Host", "elsewhere.example")},
		{"id", header("x-xdr-auth-id", "7")},
		{"connection", header("Connection", "Authorization")},
		{"type", header("Content-Type", "text/plain")},
		{"forwarded", header("X-Forwarded-For", "")},
		{"cors", object{"headers": object{"accessControlAllowOriginList": []string{"*"}, "addVaryHeader": true}}},
		{"answer", object{"headers": object{"customResponseHeaders": object{"X-Answer": "yes"}}}},
		{"compress", object{"compress": object{}}},
		{"rate", object{"rateLimit": object{"average": 10000, "burst": 10000}}},
		{"flight", object{"inFlightReq": object{"amount": 1000}}},
		{"retry", object{"retry": object{"attempts": 2}}},
		{"buffering", object{"buffering": object{"maxRequestBodyBytes": 1000000}}},
		{"bufferingAgain", object{"buffering": object{"retryExpression": "IsNetworkError() && Attempts() < 2"}}},
		{"breaker", object{"circuitBreaker": object{"expression": "NetworkErrorRatio() > 0.9"}}},
		{"contentType", object{"contentType": object{}}},
		{"allowList", object{"ipAllowList": object{"sourceRange": []string{"127.0.0.1/32"}}}},
		{"grpc", object{"grpcWeb": object{"allowOrigins": []string{"*"}}}},
		{"certificate", object{"passTLSClientCert": object{"pem": true}}},
		{"forward", object{"forwardAuth": object{"address": "http://" + m.other + "/auth"}}},
		{"forwardHeaders", object{"forwardAuth": object{"address": "http://" + m.other + "/auth", "authResponseHeaders": []string{"Authorization"}}}},
		{"errors", object{"errors": object{"status": []string{"500-599"}, "query": "/{status}", "service": "pages"}}},
		{"basic", object{"basicAuth": object{"users": []string{"client:{SHA}0qBNcTAaiRUhfdX6+B0Sz/1s2Vg="}}}},
		{"basicRemoved", object{"basicAuth": object{"removeHeader": true, "users": []string{"client:{SHA}0qBNcTAaiRUhfdX6+B0Sz/1s2Vg="}}}},
		{"allowedHosts", object{"headers": object{"allowedHosts": []string{"127.0.0.1"}}}},
	}
	choice := choices[m.IntN(len(choices))]
	if r.proves && strings.Contains("basic basicRemoved auth noAuth forwardHeaders", choice.kind) {
		choice = choices[0] // whoever replaces the client's proof makes basicAuth refuse it
	}
	r.proves = r.proves || strings.Contains("basic basicRemoved auth noAuth forwardHeaders", choice.kind)
	if choice.kind == "errors" {
		choice.value["errors"].(object)["service"] = r.to("pages", "http://"+m.other)
	}
	switch choice.kind {
	case "errors", "forward", "forwardHeaders", "stripOther":
		r.doubtful = true
	case "strip", "stripRegex", "add", "replace", "replaceRegex":
		r.doubtful = r.doubtful || r.moved // it may have nothing left to do, or undo the other
		r.moved = true
	}
	return r.add(choice.kind, choice.value)
}

// to adds a service with one server, and returns its name.
func (r *routed) to(kind, url string) string {
	return r.service(kind, object{"loadBalancer": object{"servers": []object{{"url": url}}}})
}

// elsewhere adds a service that is no vendor's.
func (m *routerMaker) elsewhere(r *routed, kind string) string {
	r.elsewhere = true
	return r.to(kind, "http://"+m.other)
}

func (r *routed) service(kind string, value object) string {
	name := fmt.Sprintf("%s-%d-%d", kind, r.n, len(r.services))
	r.services[name] = value
	r.doubtful = r.doubtful || len(r.services) > 1 // two requests do not come to each of its servers
	return name
}

// service adds one that ends at the vendor, most times.
func (m *routerMaker) service(r *routed, v checkedVendor, depth int) string {
	r.elsewhere = r.elsewhere || v.vendor != r.vendor.vendor
	url := v.url() + m.pick("", "", "", "", "/")
	if m.IntN(10) == 0 {
		url = strings.Replace(strings.Replace(url, "localhost", "LOCALHOST", 1), "http:", m.pick("HTTP:", "http:"), 1)
	}
	balancer := object{"servers": []object{{"url": url}}}
	kind := m.IntN(24)
	if depth == 0 {
		kind = m.IntN(14)
	}
	switch kind {
	case 0:
		return m.elsewhere(r, "other")
	case 1:
		balancer["passHostHeader"] = false
		r.doubtful = true // it may undo what a middleware does wrong
	case 2:
		balancer["servers"] = []object{{"url": url}, {"url": "http://" + m.other}}
		r.elsewhere = true
	case 3:
		balancer["servers"] = []object{{"url": url + "/base"}}
	case 4:
		balancer["servers"] = []object{{"url": url + "/base", "preservePath": true}}
	case 5:
		balancer["sticky"] = object{"cookie": object{}}
	case 6:
		balancer["healthCheck"] = object{"path": "/health", "interval": "1h"}
	case 7:
		balancer["responseForwarding"] = object{"flushInterval": "1ms"}
	case 8:
		balancer["passiveHealthCheck"] = object{"failureWindow": "1s", "maxFailedAttempts": 100}
	case 14:
		return r.service("highest", object{"highestRandomWeight": object{"services": []object{{"name": m.service(r, v, depth-1), "weight": 1}}}})
	case 15:
		inner := []object{{"name": m.service(r, v, depth-1), "weight": 1}, {"name": m.service(r, v, depth-1), "weight": 1}}
		return r.service("weighted", object{"weighted": object{"services": inner}})
	case 16:
		return r.service("mirroring", object{"mirroring": object{"service": m.service(r, v, depth-1),
			"mirrors": []object{{"name": m.elsewhere(r, "mirror"), "percent": 100}}}})
	case 17:
		return r.service("mirroring", object{"mirroring": object{"service": m.elsewhere(r, "main"),
			"mirrors": []object{{"name": m.service(r, v, depth-1), "percent": 100}}}})
	case 18: // without the check of its service's health, Traefik refuses it
		balancer["healthCheck"] = object{"path": "/health", "interval": "1h"}
		first := r.service("vendor", object{"loadBalancer": balancer})
		return r.service("failover", object{"failover": object{"service": first, "fallback": m.service(r, v, depth-1)}})
	case 19:
		return m.service(r, m.vendors[m.IntN(len(m.vendors))], depth-1)
	}
	if v.secure() {
		name := fmt.Sprintf("transport-%d-%d", r.n, len(r.transports))
		transport := object{"rootCAs": []string{m.ca}}
		switch m.IntN(12) {
		case 0:
			transport["insecureSkipVerify"] = true
		case 1:
			transport["serverName"] = "elsewhere.example"
		case 2:
			transport["disableHTTP2"] = true
		}
		r.transports[name] = transport
		balancer["serversTransport"] = name
	}
	return r.service("vendor", object{"loadBalancer": balancer})
}
