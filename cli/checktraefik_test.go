package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// dynamicText is a good dynamic configuration with the router's middlewares, more middlewares and the service's options.
func dynamicText(middlewares, more, service string) string {
	return `http:
  routers:
    duo:
      rule: Host(` + "`duo.internal`" + `)
      service: duo
      middlewares: [` + middlewares + `]
  services:
    duo:
      loadBalancer:
` + service + `
  middlewares:
    sign:
      plugin:
        vendorsign:
          duo:
            integrationKey: env:VENDORSIGN_IKEY
            secretKey: file:/run/secrets/duo
            host: api-1.duosecurity.com
` + more
}

const toDuo = "        servers: [{url: https://api-1.duosecurity.com}]"

func TestCheckFollowsARequestThroughTraefik(t *testing.T) {
	const (
		strip  = "    strip: {stripPrefix: {prefixes: [/duo]}}\n"
		useOf  = "t.yml:6: http.routers.duo.middlewares: "
		cortex = "          cortex:\n            apiKeyId: '1'\n            apiKey: file:/run/secrets/cortex\n            host: api-1.duosecurity.com\n"
	)
	asCortex := func(text string) string {
		before, rest, _ := strings.Cut(text, "          duo:\n")
		_, after, _ := strings.Cut(rest, "host: api-1.duosecurity.com\n")
		return before + cortex + after
	}
	insecure := func(text string) string {
		return strings.Replace(text, "            host:", "            insecureUpstream: true\n            host:", 1)
	}
	byParameter := strings.NewReplacer("          duo:\n", "          shodan:\n", "            integrationKey: env:VENDORSIGN_IKEY\n            secretKey", "            apiKey", "api-1.duosecurity.com", "api.shodan.io").Replace(dynamicText("sign", "", toDuo))
	const app = "            apps: [{name: a, keyId: DIAPPBILLING00000000, secret: 'env:VENDORSIGN_A'}]\n"
	// A router beside the one with the signer, which redirects to https, and the options of it and of its entry point.
	redirecting := func(redirection, router, entry string) string {
		return strings.Replace(dynamicText("sign", "    moved: {"+redirection+"}\n", toDuo), "  routers:\n", "  routers:\n    plain: {rule: Host(`duo.internal`), service: duo, middlewares: [moved]"+router+"}\n", 1) +
			"entryPoints:\n  web: {address: ':80'" + entry + "}\n"
	}
	const (
		toHTTPS = "redirectScheme: {scheme: https}"
		leaves  = "t.yml:3: http.routers.plain: requests leave unsigned: router plain sends to api-1.duosecurity.com"
	)
	tests := []struct{ name, text, want string }{
		{"a signer", dynamicText("sign", "", toDuo), ""},
		{"a redirection to https", redirecting(toHTTPS, "", ""), ""},
		{"a redirection to https of entry points that are not known", redirecting(toHTTPS, ", entryPoints: [lan]", ""), "t.yml:3: note: http.routers.plain: the router plain redirects to https; if its entry points trust forwardedHeaders, requests with X-Forwarded-Proto: https leave unsigned for api-1.duosecurity.com; pass the file with the entry points, too, or add sign to the router's middlewares"},
		{"a redirection to https behind a proxy that is trusted", redirecting(toHTTPS, "", ", forwardedHeaders: {trustedIPs: [10.0.0.0/8]}"), leaves},
		{"a redirection to https of a router for https", redirecting(toHTTPS, ", tls: {}", ""), leaves},
		{"a redirection to https of an entry point for https", redirecting(toHTTPS, "", ", http: {tls: {}}"), leaves},
		{"a redirection to http", redirecting("redirectScheme: {scheme: http}", "", ""), leaves},
		{"a redirection of all URLs", redirecting("redirectRegex: {regex: '^http://(.*)', replacement: 'https://${1}'}", "", ""), ""},
		{"a redirection of some URLs", redirecting("redirectRegex: {regex: '^http://duo.internal/(.*)', replacement: 'https://duo.internal/${1}'}", "", ""), leaves},
		{"by its provider's name", dynamicText("sign@file", "", toDuo), ""},
		{"a middleware in front", dynamicText("strip, sign", strip, toDuo), ""},
		{"a chain", dynamicText("all", strip+"    all: {chain: {middlewares: [strip, sign]}}\n", toDuo), ""},
		{"what only changes answers behind it", dynamicText("sign, hsts, limit", "    hsts: {headers: {stsSeconds: 1, customResponseHeaders: {A: b}}}\n    limit: {rateLimit: {average: 1}}\n", toDuo), ""},
		{"no router in any file", strings.Replace(dynamicText("sign", "", toDuo), "  routers:", "  unread:", 1), ""},
		{"a service of another file", strings.Replace(dynamicText("sign", "", toDuo), "service: duo", "service: duo@docker", 1), "t.yml:5: note: http.routers.duo.service: the service duo@docker is in none of the files, so that it was not checked"},
		{"a service of none of the files", strings.Replace(dynamicText("sign", "", toDuo), "service: duo", "service: dou", 1), "t.yml:5: note: http.routers.duo.service: the service dou is in none of the files"},
		{"a service of Traefik's own", strings.Replace(dynamicText("sign", "", toDuo), "service: duo", "service: api@internal", 1), ""},
		{"a middleware of none of the files", dynamicText("unheard, sign", "", toDuo), "t.yml:6: note: http.routers.duo.middlewares: the middleware unheard is in none of the files, so that it was not checked; if Traefik has none either, it answers no request of the router"},
		{"a middleware of labels", dynamicText("unheard@docker, sign", "", toDuo), "t.yml:6: note: http.routers.duo.middlewares: the middleware unheard@docker is in none"},
		{"a signer that is looked for among labels", dynamicText("sign@docker", "", toDuo), "t.yml:6: warning: http.routers.duo.middlewares: the middleware sign@docker is in none of the files; did you mean sign@file?\nt.yml:12: warning: http.middlewares.sign: no router uses"},
		{"a provider in another letter case", dynamicText("sign@File", "", toDuo), "t.yml:6: http.routers.duo.middlewares: there is no middleware sign@File: Traefik compares the letter case of providers; write @file"},
		{"a simulated vendor", insecure(dynamicText("sign", "", "        servers: [{url: http://127.0.0.1:8080}]")), ""},
		{"a credential whose file may have insecureUpstream", strings.Replace(dynamicText("sign", "", "        servers: [{url: http://127.0.0.1:8080}]"), "host: api-1", "credentialsFile: /run/secrets/duo.json\n            host: api-1", 1), ""},
		{"an address with the vendor's name", dynamicText("sign", "", "        serversTransport: vendor\n        servers: [{url: https://192.0.2.1}]") + "  serversTransports: {vendor: {serverName: api-1.duosecurity.com}}\n", ""},
		{"a transport of another file", dynamicText("sign", "", "        serversTransport: vendor@file2\n        servers: [{url: https://192.0.2.1}]"), "t.yml:10: note: http.services.duo.loadBalancer.serversTransport: the serversTransport vendor@file2 is in none of the files"},
		{"a template", dynamicText("sign", "", `        servers: [{url: 'https://{{ env "VENDOR" }}'}]`), ""},
		{"a middleware of the entry point", dynamicText("", "", toDuo) + "entryPoints: {web: {http: {middlewares: [sign@file]}}}\n", ""},
		{"a date without quotes", dynamicText("sign", "            expires: 2027-03-31\n", toDuo), "t.yml:19: http.middlewares.sign.plugin.vendorsign.duo.expires: must be in quotes: without them it is a date, for which Traefik refuses the whole file"},
		{"a date in quotes", dynamicText("sign", "            expires: '2027-03-31'\n", toDuo), ""},
		{"an app's date without quotes", dynamicText("sign", "            apps: [{name: a, keyId: DIAPPBILLING00000000, secret: 'env:VENDORSIGN_A', expires: 2027-03-31T10:00:00Z}]\n", toDuo), "t.yml:19: http.middlewares.sign.plugin.vendorsign.duo.apps.0.expires: must be in quotes"},
		{"a middleware of one of two entry points", dynamicText("", "", toDuo) + "entryPoints: {web: {http: {middlewares: [sign@file]}}, lan: {address: ':81'}}\n", "t.yml:3: http.routers.duo: requests leave unsigned"},
		{"a middleware of one of a router's two entry points", strings.Replace(dynamicText("", "", toDuo), "middlewares:", "entryPoints: [web, lan]\n      middlewares:", 1) + "entryPoints: {web: {http: {middlewares: [sign@file]}}, lan: {address: ':81'}}\n", "t.yml:3: http.routers.duo: requests leave unsigned"},
		{"a middleware of a router's only entry point", strings.Replace(dynamicText("", "", toDuo), "middlewares:", "entryPoints: [WEB]\n      middlewares:", 1) + "entryPoints: {web: {http: {middlewares: [sign@file]}}, lan: {address: ':81'}}\n", ""},
		{"a middleware of each entry point", dynamicText("", "", toDuo) + "entryPoints: {web: {http: {middlewares: [sign@file]}}, lan: {http: {middlewares: [sign@file]}}}\n", ""},
		{"a middleware of the default entry point", dynamicText("", "", toDuo) + "entryPoints: {web: {asDefault: true, http: {middlewares: [sign@file]}}, lan: {address: ':81'}}\n", ""},
		{"an entry point that redirects", dynamicText("", "", toDuo) + "entryPoints: {web: {http: {middlewares: [sign@file]}}, lan: {http: {redirections: {entryPoint: {to: web}}}}, dns: {address: ':53/udp'}, traefik: {address: ':8080'}}\n", ""},
		{"an entry point that redirects less than others", dynamicText("", "", toDuo) + "entryPoints: {web: {http: {middlewares: [sign@file]}}, lan: {http: {redirections: {entryPoint: {to: web, priority: 1}}}}}\n", "t.yml:3: http.routers.duo: requests leave unsigned"},

		{"all of it without http, which Traefik does not read", "middlewares:\n  sign:\n    plugin:\n      vendorsign:\n        duo: {integrationKey: x, secretKey: 'env:VENDORSIGN_X', host: a}\n", "t.yml:1: middlewares: Traefik does not read it here, and says nothing; put routers, services and middlewares below http"},
		{"a misspelt section", strings.Replace(dynamicText("sign", "", toDuo), "  routers:", "  router:", 1), "t.yml:2: http.router: http has no router, and Traefik refuses the whole file, or all labels of the container; did you mean routers?"},
		{"the plugin's module for its name", strings.Replace(dynamicText("sign", "", toDuo), "vendorsign:", "github.com/vendorsign/vendorsign:", 1), "t.yml:14: warning: http.middlewares.sign.plugin.github.com/vendorsign/vendorsign: this is the plugin's module; its name is what is above moduleName in Traefik's static configuration, as in vendorsign"},
		{"a tab", strings.Replace(dynamicText("sign", "", toDuo), "    sign:", "\tsign:", 1), "t.yml:12: not YAML: found character that cannot start any token; indent with spaces, not with tabs"},
		{"a misspelt section in a label", "services:\n  a:\n    labels:\n      traefik.http.middleware.duo.plugin.vendorsign.duo.host: a\n", "t.yml:4: traefik.http.middleware: http has no middleware, and Traefik refuses the whole file, or all labels of the container; did you mean middlewares?"},
		{"a list of labels with colons", "services:\n  a:\n    labels:\n      - traefik.enable: true\n      - traefik.http.middlewares.duo.plugin.vendorsign.duo.host: a\n", "t.yml:4: labels: labels with a hyphen before them are a list, whose entries are NAME=VALUE and not NAME: VALUE"},
		{"a chain of itself", dynamicText("sign, all", "    all: {chain: {middlewares: [all, all, all]}}\n", toDuo), "t.yml:19: http.middlewares.all: the chain all contains itself, and Traefik refuses every router that uses it"},
		{"a chain of a chain of itself", dynamicText("sign, all", "    all: {chain: {middlewares: [two]}}\n    two: {chain: {middlewares: [all]}}\n", toDuo), "t.yml:19: http.middlewares.all: the chain all contains itself\nt.yml:20: http.middlewares.two: the chain two contains itself"},
		{"a plugin without the word plugin", "http:\n  middlewares:\n    sign:\n      vendorsign:\n        duo: {host: a}\n", "t.yml:4: http.middlewares.sign.vendorsign: vendorsign is no kind of middleware; its options belong below plugin.vendorsign"},
		{"a vendor in place of the plugin", "http:\n  middlewares:\n    sign:\n      duo: {host: a}\n", "t.yml:4: http.middlewares.sign.duo: duo is no kind of middleware; its options belong below plugin, the plugin's name and duo"},
		{"a middleware of two kinds", dynamicText("strip, sign", "    strip: {stripPrefix: {prefixes: [/a]}, addPrefix: {prefix: /b}}\n", toDuo), "t.yml:19: http.middlewares.strip: the middleware strip has several kinds, and Traefik refuses every router that uses it"},
		{"a misspelt key of a router", strings.Replace(dynamicText("sign", "", toDuo), "      service: duo\n", "      service: duo\n      middleware: [sign]\n", 1), "t.yml:6: http.routers.duo: a router has no middleware, and Traefik refuses the whole file, or all labels of the container; did you mean middlewares?"},
		{"a key twice", dynamicText("sign", "", toDuo) + "http: {}\n", "t.yml:19: http: the key is given twice in its table, and such a file is refused"},
		{"a url without a scheme", dynamicText("sign", "", "        servers: [{url: 'api-1.duosecurity.com:443'}]"), "t.yml:10: http.services.duo.loadBalancer.servers.0.url: the url has no scheme, and Traefik sends nothing there: write https:// before it"},
		{"the plugin in another letter case", strings.Replace(dynamicText("sign", "", toDuo), "vendorsign:", "Vendorsign:", 1), "t.yml:14: warning: http.middlewares.sign.plugin.Vendorsign: the plugin is called Vendorsign here; did you mean vendorsign?"},
		{"an address with the vendor's certificate, without a signer", dynamicText("", "", "        serversTransport: vendor\n        servers: [{url: https://192.0.2.1}]") + "  serversTransports: {vendor: {serverName: api-1.duosecurity.com}}\n", "t.yml:3: http.routers.duo: requests leave unsigned: router duo sends to api-1.duosecurity.com\nt.yml:13: warning: http.middlewares.sign: no router uses"},
		{"an address that is asked for the vendor's Host, without a signer", dynamicText("x", "    x: {headers: {customRequestHeaders: {Host: api-1.duosecurity.com}}}\n", "        servers: [{url: https://192.0.2.1}]"), "t.yml:3: http.routers.duo: requests leave unsigned: router duo sends to api-1.duosecurity.com\nt.yml:12: warning: http.middlewares.sign: no router uses"},
		{"a service that is chosen by the client's address, without a signer", strings.Replace(strings.Replace(dynamicText("", "", toDuo), "service: duo", "service: near", 1), "  services:\n", "  services:\n    near: {highestRandomWeight: {services: [{name: duo, weight: 1}]}}\n", 1), "t.yml:3: http.routers.duo: requests leave unsigned: router duo sends to api-1.duosecurity.com\nt.yml:13: warning: http.middlewares.sign: no router uses"},
		{"the root's dot, without a signer", dynamicText("", "", "        servers: [{url: https://api-1.duosecurity.com.:443}]"), "t.yml:3: http.routers.duo: requests leave unsigned: router duo sends to api-1.duosecurity.com:443\nt.yml:12: warning: http.middlewares.sign: no router uses"},
		{"the root's dot, with the signer", dynamicText("sign", "", "        servers: [{url: https://api-1.duosecurity.com.}]"), ""},
		{"a simulated vendor that another router sends to without the signer", strings.Replace(insecure(dynamicText("sign", "", "        servers: [{url: http://127.0.0.1:8080}]")), "  services:\n", "    past: {rule: Host(`past`), service: duo}\n  services:\n", 1), "t.yml:7: warning: http.routers.past: requests leave unsigned: router past sends to 127.0.0.1:8080, as the signer sign does"},
		{"a router below one with the signer", strings.Replace(dynamicText("sign", "", toDuo), "      service: duo\n      middlewares: [sign]\n", "      middlewares: [sign]\n    below: {rule: PathPrefix(`/a`), parentRefs: [duo], service: duo}\n", 1), ""},
		{"a router below one without a signer", strings.Replace(dynamicText("", "", toDuo), "      service: duo\n      middlewares: []\n", "      middlewares: []\n    below: {rule: PathPrefix(`/a`), parentRefs: [duo], service: duo}\n", 1), "t.yml:6: http.routers.below: requests leave unsigned: router below sends to\nt.yml:12: warning: http.middlewares.sign: no router uses"},
		{"a router below two, of which one has the signer", strings.Replace(dynamicText("sign", "", toDuo), "      service: duo\n      middlewares: [sign]\n", "      middlewares: [sign]\n    other: {rule: Host(`b`)}\n    below: {rule: PathPrefix(`/a`), parentRefs: [duo, other], service: duo}\n", 1), "t.yml:7: http.routers.below: requests leave unsigned: router below sends to"},
		{"stripPrefix behind the signer", dynamicText("sign, strip", strip, toDuo), useOf + "stripPrefix strip comes after the signer sign and changes the path that was signed: the vendor refuses every request that it changes; put sign last in the router's middlewares"},
		{"the same in a chain", dynamicText("all", strip+"    all: {chain: {middlewares: [sign, strip]}}\n", toDuo), "t.yml:20: http.middlewares.all.chain.middlewares: stripPrefix strip comes after the signer sign"},
		{"the same for a vendor that signs no path", asCortex(dynamicText("sign, strip", strip, toDuo)), useOf[:9] + "warning: http.routers.duo.middlewares: stripPrefix strip comes after the signer sign and changes the path after allow was applied to it"},
		{"addPrefix", dynamicText("sign, x", "    x: {addPrefix: {prefix: /a}}\n", toDuo), useOf + "addPrefix x comes after"},
		{"replacePath", dynamicText("sign, x", "    x: {replacePath: {path: /a}}\n", toDuo), useOf + "replacePath x comes after"},
		{"replacePathRegex", dynamicText("sign, x", "    x: {replacePathRegex: {regex: a, replacement: b}}\n", toDuo), useOf + "replacePathRegex x comes after"},
		{"stripPrefixRegex", dynamicText("sign, x", "    x: {stripPrefixRegex: {regex: [a]}}\n", toDuo), useOf + "stripPrefixRegex x comes after"},
		{"a header of the signer's", dynamicText("sign, x", "    x: {headers: {customRequestHeaders: {Authorization: a}}}\n", toDuo), useOf + "headers x comes after the signer sign and replaces its header Authorization: the vendor refuses every request"},
		{"the Host", dynamicText("sign, x", "    x: {headers: {customRequestHeaders: {Host: a}}}\n", toDuo), useOf + "headers x comes after the signer sign and replaces the Host that was signed"},
		{"another header", dynamicText("sign, x", "    x: {headers: {customRequestHeaders: {X-A: a}}}\n", toDuo), "t.yml:6: warning: http.routers.duo.middlewares: headers x comes after the signer sign: the header X-A reaches the vendor"},
		{"authentication behind the signer", dynamicText("sign, x", "    x: {basicAuth: {users: [a]}}\n", toDuo), useOf + "basicAuth x comes after the signer sign, which removes the client's Authorization: every request is refused"},
		{"forwardAuth", dynamicText("sign, x", "    x: {forwardAuth: {address: a}}\n", toDuo), useOf + "forwardAuth x comes after the signer sign, whose requests go to its hosts alone and not to an authentication server: every request is refused"},
		{"forwardAuth where any server will do", insecure(dynamicText("sign, x", "    x: {forwardAuth: {address: a}}\n", toDuo)), useOf + "forwardAuth x comes after the signer sign, removes the client's Authorization and cookies, and sends the signature to the authentication server; put sign last"},
		{"error pages behind the signer", dynamicText("sign, x", "    x: {errors: {status: ['500'], service: p, query: /p}}\n", toDuo), "t.yml:6: warning: http.routers.duo.middlewares: errors x comes after the signer sign, whose requests go to its hosts alone and not to the server of its pages: every page is a 502; put errors x in front of sign"},
		{"the same where any server will do", insecure(dynamicText("sign, x", "    x: {errors: {status: ['500'], service: p, query: /p}}\n", toDuo)), useOf + "errors x comes after the signer sign and sends the signature to the server of its pages; put errors x in front of sign"},
		{"a buffer that repeats", dynamicText("sign, x", "    x: {buffering: {retryExpression: IsNetworkError()}}\n", toDuo), "t.yml:6: warning: http.routers.duo.middlewares: buffering x comes after the signer sign and repeats requests with the old signature"},
		{"a buffer that does not", dynamicText("sign, x", "    x: {buffering: {maxRequestBodyBytes: 1000}}\n", toDuo), ""},
		{"allowedHosts behind the signer", dynamicText("sign, x", "    x: {headers: {allowedHosts: [duo.internal]}}\n", toDuo), useOf + "headers x comes after the signer sign, which sets the Host, and allowedHosts has none of its hosts"},
		{"allowedHosts with its host and a port that it has not", dynamicText("sign, x", "    x: {headers: {allowedHosts: [\"api-1.duosecurity.com:8443\"]}}\n", toDuo),
			useOf + "headers x comes after the signer sign, which sets the Host, and allowedHosts has none of its hosts"},
		{"allowedHosts with its host", dynamicText("sign, x", "    x: {headers: {allowedHosts: [api-1.duosecurity.com]}}\n", toDuo), ""},
		{"error pages of the vendor", dynamicText("x, sign", "    x: {errors: {status: ['400-599'], service: duo, query: '/{status}.html'}}\n", toDuo), "t.yml:19: http.middlewares.x.errors: requests leave unsigned: errors x asks api-1.duosecurity.com, the host of the signer sign, for its pages, past all middlewares; name another service"},
		{"a vendor that is asked about requests", dynamicText("x, sign", "    x: {forwardAuth: {address: 'https://api-1.duosecurity.com/auth/v2/ping'}}\n", toDuo), "t.yml:19: warning: http.middlewares.x.forwardAuth: requests leave unsigned: forwardAuth x asks api-1.duosecurity.com, the host of the signer sign, about requests, past the signer; name another server"},
		{"error pages of something else", strings.Replace(dynamicText("x, sign", "    x: {errors: {status: ['400-599'], service: pages, query: '/{status}.html'}}\n", toDuo), "  services:\n", "  services:\n    pages: {loadBalancer: {servers: [{url: http://pages}]}}\n", 1), ""},
		{"a misspelt middleware", dynamicText("strp, sign", strip, toDuo), "t.yml:6: warning: http.routers.duo.middlewares: the middleware strp is in none of the files; did you mean strip?"},
		{"a middleware in another letter case", dynamicText("Sign", "", toDuo), useOf + "there is no middleware Sign: Traefik compares the letter case of names, and there is sign"},
		{"a plugin with a misspelt name", strings.Replace(dynamicText("sign", "", toDuo), "vendorsign:", "vendorsgn:", 1), "t.yml:14: warning: http.middlewares.sign.plugin.vendorsgn: the plugin is called vendorsgn here; did you mean vendorsign? If Traefik's static configuration calls it so, add --plugin"},
		{"a plugin with another name", strings.Replace(dynamicText("sign", "", toDuo), "vendorsign:", "duosigner:", 1), ""},
		{"a signer's header in traces", dynamicText("sign", "", toDuo) + "tracing:\n  capturedRequestHeaders: [User-Agent, authorization]\n", "t.yml:20: warning: tracing.capturedRequestHeaders: traces show authorization as the signer sign sends it, with the secret or a signature in it; take it out"},
		{"a buffer behind the signer in a log of all details", dynamicText("sign, x", "    x: {buffering: {maxRequestBodyBytes: 1000}}\n", toDuo) + "log: {level: trace}\n", "t.yml:6: warning: http.routers.duo.middlewares: buffering x comes after the signer sign, and at the log level TRACE, which t.yml:20 sets, it logs every request with the secret or a signature"},
		{"a breaker in front of the signer in such a log", dynamicText("x, sign", "    x: {circuitBreaker: {expression: 'NetworkErrorRatio() > 0.5'}}\n", toDuo) + "log: {level: TRACE}\n", ""},
		{"a breaker behind the signer in another log", dynamicText("sign, x", "    x: {circuitBreaker: {expression: 'NetworkErrorRatio() > 0.5'}}\n", toDuo) + "log: {level: DEBUG}\n", ""},
		{"a Connection that names the signature", dynamicText("sign, x", "    x: {headers: {customRequestHeaders: {Connection: 'keep-alive, authorization'}}}\n", toDuo), useOf + "headers x comes after the signer sign and removes its header authorization by Connection: requests leave unsigned"},
		{"a signer's header in metrics", dynamicText("sign", "", toDuo) + "metrics:\n  prometheus:\n    headerLabels: {agent: User-Agent, auth: authorization}\n", "t.yml:21: warning: metrics.prometheus.headerLabels.auth: metrics show authorization as the signer sign sends it, with the secret or a signature in it; take it out"},
		{"a client's header in metrics of entry points", dynamicText("sign", "", toDuo) + "metrics:\n  prometheus:\n    addServicesLabels: false\n    headerLabels: {auth: authorization}\n", ""},
		{"a signer's parameter in traces", byParameter + "tracing:\n  safeQueryParams: [page, key]\n", "t.yml:15: warning: http.middlewares.sign.plugin.vendorsign.shodan: shodan: operations line 1: query key contains a secret, which access logs show\nt.yml:19: warning: tracing.safeQueryParams: traces show key as the signer sign sends it"},
		{"other parameters in traces", byParameter + "tracing:\n  safeQueryParams: [page]\n", "t.yml:15: warning: http.middlewares.sign.plugin.vendorsign.shodan: shodan: operations line 1: query key contains a secret, which access logs show"},
		{"other headers in traces", dynamicText("sign", "", toDuo) + "tracing:\n  capturedRequestHeaders: [User-Agent]\n", ""},
		{"two signers for a simulated vendor", insecure(dynamicText("sign, two", "    two:\n      plugin: {vendorsign: {duo: {integrationKey: x, secretKey: 'env:VENDORSIGN_X', insecureUpstream: true, host: api-1.duosecurity.com}}}\n", "        servers: [{url: http://127.0.0.1:8080}]")), "t.yml:6: http.routers.duo.middlewares: two signers for one request, sign and two, with insecureUpstream: two takes every request for one that has been through the gateway before, and answers 508; keep one of them"},
		{"two signers for one host", dynamicText("sign, two", "    two:\n      plugin: {vendorsign: {duo: {integrationKey: x, secretKey: 'env:VENDORSIGN_X', host: api-1.duosecurity.com}}}\n", toDuo), "t.yml:6: warning: http.routers.duo.middlewares: two signers for one request, sign and two: two signs over what the other did; keep one of them"},
		{"a prefix that allow has and stripPrefix removes", dynamicText("strip, sign", "            allow: [GET /duo/admin/**]\n"+strip, toDuo), useOf[:9] + "warning: http.routers.duo.middlewares: stripPrefix strip comes before the signer sign and removes /duo, which all paths of allow begin with: every request is refused (403); write the paths as the vendor gets them"},
		{"an allow with a path that stripPrefix leaves", dynamicText("strip, sign", "            allow: [GET /admin/** /duo/x]\n"+strip, toDuo), ""},
		{"a path changed before apps are verified", dynamicText("strip, sign", app+strip, toDuo), useOf + "stripPrefix strip comes before the signer sign, which verifies apps, and changes the path that they signed: no app's request is accepted; remove it"},
		{"a header replaced before apps are verified", dynamicText("x, sign", app+"    x: {headers: {customRequestHeaders: {Date: a}}}\n", toDuo), useOf + "headers x comes before the signer sign, which verifies apps, and replaces their header Date"},
		{"a password before apps are verified", dynamicText("x, sign", app+"    x: {basicAuth: {users: [a]}}\n", toDuo), useOf + "basicAuth x comes before the signer sign, which verifies apps, and wants a password in the header that they sign in"},
		{"another header before apps are verified", dynamicText("x, sign", app+"    x: {headers: {customRequestHeaders: {X-Team: a}}}\n", toDuo), ""},
		{"a file for the audit in a folder", dynamicText("sign", "            audit: 'on'\n            auditFile: /var/log/a.json\n", toDuo), "t.yml:20: http.middlewares.sign.plugin.vendorsign.duo.auditFile: auditFile must be the name of a file"},
		{"what only the operator may write", strings.Replace(goodTraefik, "duo:\n            integrationKey: env:VENDORSIGN_NO_SUCH_IKEY\n            secretKey: file:/no/such/file\n            host: api-1.duosecurity.com\n            signatureVersion: \"4\"\n", "custom:\n            operations: ['header X-A = [[opt.a]]']\n            options: {a: b}\n            host: h\n", 1), "t.yml:8: warning: http.middlewares.duo.plugin.vendorsign.custom: custom: the preset has no vectors\nt.yml:9: http.middlewares.duo.plugin.vendorsign.custom.operations: operations is for the operator's files only, not for labels"},
		{"retry", dynamicText("sign, x", "    x: {retry: {attempts: 2}}\n", toDuo), "t.yml:6: warning: http.routers.duo.middlewares: retry x comes after the signer sign and repeats requests with the old signature"},
		{"two signers", dynamicText("sign, two", "    two:\n      plugin: {vendorsign: {duo: {integrationKey: x, secretKey: 'env:VENDORSIGN_X', host: h}}}\n", toDuo), useOf + "two signers for one request, sign and two: every request is refused"},
		{"gRPC-Web behind", dynamicText("sign, x", "    x: {grpcWeb: {allowOrigins: ['*']}}\n", toDuo), "t.yml:6: warning: http.routers.duo.middlewares: grpcWeb x comes after the signer sign and changes Content-Type and body of gRPC-Web requests after they were signed; put sign last"},
		{"the client's certificate behind", dynamicText("sign, x", "    x: {passTLSClientCert: {pem: true}}\n", toDuo), "t.yml:6: warning: http.routers.duo.middlewares: passTLSClientCert x comes after the signer sign: the client's certificate reaches the vendor in a header; put sign last"},
		{"a health check", dynamicText("sign", "", toDuo+"\n        healthCheck: {path: /ping}"), "t.yml:11: warning: http.services.duo.loadBalancer.healthCheck: healthCheck sends its requests past all middlewares, unsigned"},
		{"passHostHeader", dynamicText("sign", "", toDuo+"\n        passHostHeader: false"), "t.yml:11: warning: http.services.duo.loadBalancer.passHostHeader: passHostHeader: false replaces the Host that the signer sign sets by the server's name; remove the line"},
		{"passHostHeader with another name", insecure(dynamicText("sign", "", "        servers: [{url: http://duo-vendor}]\n        passHostHeader: false")), "t.yml:11: http.services.duo.loadBalancer.passHostHeader: passHostHeader: false replaces the Host that was signed: the vendor refuses every request; remove the line"},
		{"preservePath", dynamicText("sign", "", "        servers: [{url: https://api-1.duosecurity.com/x, preservePath: true}]"), "t.yml:10: http.services.duo.loadBalancer.servers.0.url: preservePath puts the path of this url before the one that was signed"},
		{"a server that is no host", dynamicText("sign", "", "        servers: [{url: https://api-9.duosecurity.com}]"), "t.yml:10: http.services.duo.loadBalancer.servers.0.url: api-9.duosecurity.com is not a host of the signer sign (api-1.duosecurity.com), which sends nothing there: name the same host in both"},
		{"one of two servers", dynamicText("sign", "", "        servers: [{url: https://api-1.duosecurity.com}, {url: https://api-9.duosecurity.com}]"), "t.yml:10: warning: http.services.duo.loadBalancer.servers.1.url: api-9.duosecurity.com is not a host"},
		{"plain http", dynamicText("sign", "", "        servers: [{url: http://api-1.duosecurity.com}]"), "t.yml:10: http.services.duo.loadBalancer.servers.0.url: the server is plain http, where anyone can read the credential, and the signer sign sends nothing there: write https://"},
		{"a transport that verifies nothing", dynamicText("sign", "", "        serversTransport: vendor\n"+toDuo) + "  serversTransports: {vendor: {insecureSkipVerify: true}}\n", "t.yml:10: http.services.duo.loadBalancer.serversTransport: its transport verifies no certificate"},
		{"a transport for all that verifies nothing", dynamicText("sign", "", toDuo) + "serversTransport: {insecureSkipVerify: true}\n", "t.yml:19: serversTransport.insecureSkipVerify: its transport verifies no certificate, and the signer sign sends nothing to a server that is not verified"},
		{"a transport of its own beside one for all that verifies nothing", dynamicText("sign", "", "        serversTransport: vendor\n"+toDuo) + "  serversTransports: {vendor: {maxIdleConnsPerHost: 9}}\nserversTransport: {insecureSkipVerify: true}\n", ""},
		{"a transport with the vendor's name, at another port of it", strings.Replace(dynamicText("sign", "", "        serversTransport: vendor\n        servers: [{url: https://api-1.duosecurity.com:9000}]"), "host: api-1.duosecurity.com", "host: api-1.duosecurity.com:8443", 1) + "  serversTransports: {vendor: {serverName: api-1.duosecurity.com}}\n", "t.yml:11: http.services.duo.loadBalancer.servers.0.url: api-1.duosecurity.com:9000 is not a host of the signer sign"},
		{"a transport with another name", dynamicText("sign", "", "        serversTransport: vendor\n"+toDuo) + "  serversTransports: {vendor: {serverName: other.example}}\n", "t.yml:11: http.services.duo.loadBalancer.servers.0.url: the serverName other.example of its transport is not a host"},
		{"weighted services", strings.Replace(strings.Replace(dynamicText("sign", "", toDuo), "service: duo", "service: both", 1), "  services:\n", "  services:\n    both: {weighted: {services: [{name: duo}, {name: two}]}}\n    two: {loadBalancer: {servers: [{url: https://api-9.duosecurity.com}]}}\n", 1),
			"t.yml:9: warning: http.services.two.loadBalancer.servers.0.url: api-9.duosecurity.com is not a host of the signer sign"},
		{"a signer that no router uses", dynamicText("", "", "        servers: [{url: http://app}]"), "t.yml:12: warning: http.middlewares.sign: no router uses the signer sign; add it as the last one to the router's middlewares"},
		{"a router to the vendor without a signer", dynamicText("", "", toDuo), "t.yml:3: http.routers.duo: requests leave unsigned: router duo sends to api-1.duosecurity.com, the host of the signer sign, and does not use it; add sign to the router's middlewares\nt.yml:12: warning: http.middlewares.sign: no router uses"},
		{"a router to the vendor's other host", dynamicText("", "", "        servers: [{url: https://api-9.duosecurity.com}]"), "t.yml:3: warning: http.routers.duo: router duo sends to api-9.duosecurity.com without a signer, and the signer sign is for api-1.duosecurity.com: if\nt.yml:12: warning: http.middlewares.sign: no router"},
		{"TCP to the vendor", dynamicText("sign", "", toDuo) + "tcp:\n  services:\n    duo: {loadBalancer: {servers: [{address: 'api-1.duosecurity.com:443'}, {address: 'app:1'}]}}\n",
			"t.yml:21: warning: tcp.services.duo.loadBalancer.servers.0.address: connections to api-1.duosecurity.com:443, the host of the signer sign, pass through as they are"},
		{"a list that is too long", dynamicText("sign", "            allow: ['GET /users"+strings.Repeat("', 'GET /users", 6000)+"']\n", toDuo),
			"t.yml:19: http.middlewares.sign.plugin.vendorsign.duo.allow: allow is longer than 64 KiB"},
		{"a text that is too long", dynamicText("sign", "            clientHosts: '"+strings.Repeat("a.internal,", 6000)+"'\n", toDuo),
			"t.yml:19: http.middlewares.sign.plugin.vendorsign.duo.clientHosts: clientHosts is longer than 64 KiB"},
		{"the experimental proxy", dynamicText("sign", "", toDuo) + "experimental:\n  fastProxy: {}\n",
			"t.yml:20: warning: experimental.fastProxy: with fastProxy a signer does not see where its requests go: plain http gets the credential even without insecureUpstream"},
		{"the experimental proxy without a value", dynamicText("sign", "", toDuo) + "experimental:\n  FastProxy:\n", "t.yml:20: warning: experimental.FastProxy: "},
		{"the experimental proxy that is off", dynamicText("sign", "", toDuo) + "experimental:\n  fastProxy: false\n", ""},
		{"a plugin for TCP", strings.Replace(goodTraefik, "http:", "tcp:", 1), "t.yml:7: tcp.middlewares.duo.plugin.vendorsign: the plugin signs HTTP requests; the middleware belongs below http, not tcp"},
		{"a Secret's name where Traefik puts in none", strings.Replace(goodTraefik, "file:/no/such/file", "urn:k8s:secret:duo:skey", 1), "t.yml:10: http.middlewares.duo.plugin.vendorsign.duo.secretKey: urn:k8s:secret: works only in Traefik's manifests for Kubernetes; here write file:/path or env:NAME"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { wantFindings(t, "t.yml", tt.text, tt.want) })
	}
}

func TestCheckReadsTheAppsOfTraefik(t *testing.T) {
	const (
		at      = "t.yml:19: http.middlewares.sign.plugin.vendorsign.duo."
		billing = "name: billing, keyId: DIAPPBILLING00000000, secret: file:/run/secrets/billing"
	)
	with := func(options string) string { return dynamicText("sign", "            "+options+"\n", toDuo) }
	folder := t.TempDir()
	written := func(name, secret string) string {
		path := filepath.Join(folder, name)
		text := `{"version": 1, "vendor": "duo", "gateway": "g", "apps": [{"name": "a", "key_id": "DIA", ` + secret + `}]}`
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	list := func(apps ...string) string { return with("apps: [{" + strings.Join(apps, "}, {") + "}]") }
	for _, tt := range []struct{ name, text, want string }{
		{"an app", list(billing), ""},
		{"an app with everything", list(billing + ", previous: env:VENDORSIGN_OLD, allow: [GET /a], rate: 25/5m, revoked: false, expires: '2100-01-01'"), ""},
		{"a file of apps", with("appsFile: /run/secrets/apps.json\n            appMaster: file:/run/secrets/app_master"), ""},
		{"requireApp without apps", with("requireApp: true"), at + "requireApp: requireApp needs apps in this middleware, which verifies and signs"},
		{"an option without apps", with("window: 5m"), at + "window: there is no app, so that every request would get a 401: give apps, or appsFile"},
		{"no key", list("name: a, secret: file:/s"), at + "apps.0: app a: keyId is required"},
		{"no secret", list("name: a, keyId: DIAPPBILLING00000000"), at + "apps.0: app a: secret is required"},
		{"no name", list("keyId: DIAPPBILLING00000000, secret: file:/s"), at + "apps.0: app 1: name is required"},
		{"no name before an app of that number", list("keyId: DIAPPBILLING00000000, secret: file:/s", "name: '1', keyId: DIAPPONE000000000000, secret: file:/t"),
			at + "apps.0: app 1: name is required"},
		{"one name twice", list(billing, strings.Replace(billing, "00000000,", "00000001,", 1)), at + "apps.1.name: app billing: there are two apps of this name"},
		{"one key twice", list(billing, strings.Replace(billing, "name: billing", "name: b", 1)), at + "apps.1.keyId: app b: another app has this keyId"},
		{"a rate", list(billing + ", rate: fast"), at + "apps.0.rate: app billing: rate must be like 25/5m"},
		{"a queue", list(billing + ", rate: 5/1m queue 2s"), at + "apps.0.rate: app billing: rate of an app has no queue"},
		{"methods with commas", list(billing + ", allow: ['GET,POST /x']"), at + "apps.0.allow: app billing: allow: methods are joined by |"},
		{"an end", list(billing + ", expires: soon"), at + "apps.0.expires: app billing: expires must be a day"},
		{"a secret that is the credential's", list(strings.Replace(billing, "secrets/billing", "secrets/duo", 1)), at + "apps.0.secret: app billing: secret is the credential's own"},
		{"a secret in another tool's spelling", list(strings.Replace(billing, "file:/run/secrets/billing", "'${BILLING}'", 1)), at + "apps.0.secret: secret: ${NAME} is not replaced here"},
		{"a secret in a foreign variable", list(strings.Replace(billing, "file:/run/secrets/billing", "env:BILLING", 1)), at + "apps.0.secret: environment variables are read only if their name begins with VENDORSIGN_"},
		{"a relative secret", list(strings.Replace(billing, "file:/run/secrets/billing", "file:billing", 1)), at + "apps.0.secret: secret: the path of a file must be absolute"},
		{"a misspelt option", list(billing + ", alow: GET /x"), at + "apps.0: unknown option alow; did you mean allow?"},
		{"a table of apps", with("apps: {billing: {" + billing + "}}"), at + "apps: apps must be a list of blocks, as in apps[0].name"},
		{"an empty list", with("apps: []"), at + "apps: apps must be a list of blocks"},
		{"a list of names", with("apps: [billing]"), at + "apps.0: apps[0] must be a block of options"},
		{"a file without a master", with("appsFile: /run/secrets/apps.json"), at + "appsFile: appsFile and appMaster need each other"},
		{"a file without a master that has derived keys", with("appsFile: " + written("derived.json", `"generation": 1`)),
			at + "appsFile: appsFile and appMaster need each other"},
		{"a file without a master that needs none", with("appsFile: " + written("imported.json", `"secret": "env:VENDORSIGN_A"`)), ""},
		{"a misspelt option about apps", with("appsFiel: /run/secrets/apps.json"), at + "appsFiel: unknown option appsFiel; did you mean appsFile?"},
		{"a master without a file", list(billing) + "            appMaster: file:/m\n", "t.yml:20: http.middlewares.sign.plugin.vendorsign.duo.appMaster: appsFile and appMaster need each other"},
		{"a relative file", with("appsFile: apps.json\n            appMaster: file:/m"), at + "appsFile: appsFile must be an absolute path"},
		{"a window", list(billing) + "            window: soon\n", "t.yml:20: http.middlewares.sign.plugin.vendorsign.duo.window: window must be"},
		{"a window that is too long", list(billing) + "            window: 48h\n", "t.yml:20: http.middlewares.sign.plugin.vendorsign.duo.window: window must be a time such as 5m"},
		{"replay", list(billing) + "            replay: never\n", "t.yml:20: http.middlewares.sign.plugin.vendorsign.duo.replay: replay must be unsafe, refuse or allow"},
		{"explain", list(billing) + "            explain: maybe\n", "t.yml:20: http.middlewares.sign.plugin.vendorsign.duo.explain: explain must be true or false"},
		{"a relative secret of the credential", strings.Replace(list(billing), "file:/run/secrets/duo", "file:duo", 1), "t.yml:17: http.middlewares.sign.plugin.vendorsign.duo.secretKey: secretKey: the path of a file must be absolute"},
	} {
		t.Run(tt.name, func(t *testing.T) { wantFindings(t, "t.yml", tt.text, tt.want) })
	}
}

// Servers, mirrors and apps are tables in lists there.
func TestCheckFollowsARequestThroughTOML(t *testing.T) {
	text := func(middlewares, server string) string {
		return "[http.routers.duo]\nrule = \"Host(`duo.internal`)\"\nservice = \"duo\"\nmiddlewares = [" + middlewares + "]\n\n" +
			"[[http.services.duo.loadBalancer.servers]]\n" + server + "\n" +
			"[http.middlewares.sign.plugin.vendorsign.duo]\nintegrationKey = \"DIX\"\nsecretKey = \"env:VENDORSIGN_X\"\nhost = \"api-1.duosecurity.com\"\n"
	}
	const (
		good   = `url = "https://api-1.duosecurity.com"`
		second = "\n[[http.services.duo.loadBalancer.servers]]\nweight = 1\nurl = "
		at     = ": http.services.duo.loadBalancer.servers."
	)
	for _, tt := range []struct{ name, text, want string }{
		{"a signer", text(`"sign"`, good), ""},
		{"a router to the vendor without a signer", text("", good), "t.toml:1: http.routers.duo: requests leave unsigned: router duo sends to api-1.duosecurity.com, the host of the signer sign, and does not use it; add sign to the router's middlewares\nt.toml:8: warning: http.middlewares.sign: no router uses"},
		{"plain http", text(`"sign"`, strings.Replace(good, "https", "http", 1)), "t.toml:7" + at + "0.url: the server is plain http"},
		{"a server that is no host", text(`"sign"`, `url = "https://api-9.duosecurity.com"`), "t.toml:7" + at + "0.url: api-9.duosecurity.com is not a host of the signer sign"},
		{"one of two servers", text(`"sign"`, good+second+`"https://api-9.duosecurity.com"`), "t.toml:10: warning" + at + "1.url: api-9.duosecurity.com is not a host"},
		{"the first of two servers", text(`"sign"`, `url = "https://api-9.duosecurity.com"`+second+`"https://api-1.duosecurity.com"`), "t.toml:7: warning" + at + "0.url: api-9.duosecurity.com is not a host"},
		{"inline tables", strings.Replace(text(`"sign"`, ""), "[[http.services.duo.loadBalancer.servers]]\n", "[http.services.duo.loadBalancer]\nservers = [{url = \"http://api-1.duosecurity.com\"}]\n", 1), "t.toml:7" + at + "0.url: the server is plain http"},
		{"preservePath", text(`"sign"`, "url = \"https://api-1.duosecurity.com/x\"\npreservePath = true"), "t.toml:7" + at + "0.url: preservePath puts the path of this url"},
	} {
		t.Run(tt.name, func(t *testing.T) { wantFindings(t, "t.toml", tt.text, tt.want) })
	}
}

func TestCheckFollowsARequestThroughLabels(t *testing.T) {
	labels := func(all ...string) string {
		return "services:\n  app:\n    labels:\n      - traefik.http.routers.duo.rule=Host(`duo.internal`)\n      - " + strings.Join(all, "\n      - ") + "\n" + ""
	}
	const sign = "traefik.http.middlewares.sign.plugin.vendorsign.duo.integrationKey=DIX\n      - traefik.http.middlewares.sign.plugin.vendorsign.duo.secretKey=file:/run/secrets/duo\n      - traefik.http.middlewares.sign.plugin.vendorsign.duo.host=api-1.duosecurity.com"
	const to = "traefik.http.services.duo.loadbalancer.server.url=https://api-1.duosecurity.com"
	tests := []struct{ name, text, want string }{
		{"a signer", labels("traefik.http.routers.duo.middlewares=sign", sign, to), ""},
		{"a list with a gap", labels("traefik.http.routers.duo.middlewares=sign", sign, to, "traefik.http.middlewares.sign.plugin.vendorsign.duo.allow[1]=GET /a"), ""},
		{"a host with blanks around", labels("traefik.http.routers.duo.middlewares=sign", strings.Replace(sign, "host=", "host= ", 1), to), ""},
		{"middlewares with indexes", labels("traefik.http.routers.duo.middlewares[0]=sign@docker", sign, to),
			"c.yaml:4: traefik.http.routers.duo: requests leave unsigned: router duo sends to api-1.duosecurity.com\n" +
				"c.yaml:5: traefik.http.routers.duo.middlewares[0]: Traefik takes no indexes in a list of its own, and leaves this label out\n" +
				"c.yaml:6: warning: traefik.http.middlewares.sign: no router uses the signer sign"},
		{"a chain with indexes", labels("traefik.http.routers.duo.middlewares=sign,all", "traefik.http.middlewares.all.chain.middlewares[0]=sign", sign, to),
			"c.yaml:5: note: traefik.http.routers.duo.middlewares: the middleware all is in none of the files\n" +
				"c.yaml:6: traefik.http.middlewares.all.chain.middlewares[0]: Traefik takes no indexes in a list of its own"},
		{"a list of the plugin with indexes", labels("traefik.http.routers.duo.middlewares=sign", sign, to, "traefik.http.middlewares.sign.plugin.vendorsign.duo.allow[0]=GET /a", "traefik.http.middlewares.sign.plugin.vendorsign.duo.allow[1]=GET /b"), ""},
		{"a list with an index beside a text", labels("traefik.http.routers.duo.middlewares=sign", sign, to, "traefik.http.middlewares.sign.plugin.vendorsign.duo.allow=GET /a", "traefik.http.middlewares.sign.plugin.vendorsign.duo.allow[0]=GET /b"),
			"c.yaml:11: traefik.http.middlewares.sign.plugin.vendorsign.duo.allow[0]: allow is given twice, first in line 10"},
		{"a text beside a list with an index", labels("traefik.http.routers.duo.middlewares=sign", sign, to, "traefik.http.middlewares.sign.plugin.vendorsign.duo.allow[0]=GET /a", "traefik.http.middlewares.sign.plugin.vendorsign.duo.allow=GET /b"),
			"c.yaml:11: traefik.http.middlewares.sign.plugin.vendorsign.duo.allow: allow is given twice, first in line 10"},
		{"an index twice", labels("traefik.http.routers.duo.middlewares=sign", sign, to, "traefik.http.middlewares.sign.plugin.vendorsign.duo.allow[0]=GET /a", "traefik.http.middlewares.sign.plugin.vendorsign.duo.Allow[0]=GET /b"),
			"c.yaml:11: traefik.http.middlewares.sign.plugin.vendorsign.duo.Allow[0]: allow is given twice, first in line 10"},
		{"a redirection to https without a service", labels("traefik.http.routers.duo.middlewares=sign", sign, to, "traefik.http.routers.duo.tls=true", "traefik.http.routers.plain.rule=Host(`duo.internal`)", "traefik.http.routers.plain.middlewares=moved", "traefik.http.middlewares.moved.redirectscheme.scheme=https") + "    command: ['--entrypoints.web.address=:80']\n", ""},
		{"a redirection to https that trusts a proxy, by a flag", labels("traefik.http.routers.duo.middlewares=sign", sign, to, "traefik.http.routers.plain.rule=Host(`duo.internal`)", "traefik.http.routers.plain.middlewares=moved", "traefik.http.middlewares.moved.redirectscheme.scheme=https") + "    command: ['--entrypoints.web.address=:80', --entrypoints.web.forwardedheaders.insecure]\n", "c.yaml:10: traefik.http.routers.plain: requests leave unsigned"},
		{"a redirection to https over TLS, by a flag", labels("traefik.http.routers.duo.middlewares=sign", sign, to, "traefik.http.routers.plain.rule=Host(`duo.internal`)", "traefik.http.routers.plain.middlewares=moved", "traefik.http.middlewares.moved.redirectscheme.scheme=https") + "    command: ['--entrypoints.web.address=:80', --entrypoints.web.http.tls.certresolver=a]\n", "c.yaml:10: traefik.http.routers.plain: requests leave unsigned"},
		{"a variable", labels("traefik.http.routers.duo.middlewares=sign", sign, "traefik.http.services.duo.loadbalancer.server.url=${VENDOR}"), ""},
		{"a middleware of a file", labels("traefik.http.routers.duo.middlewares=strip@file,sign@docker", sign, to), "c.yaml:5: note: traefik.http.routers.duo.middlewares: the middleware strip@file is in none of the files"},
		{"a middleware that Compose names", labels("traefik.http.routers.duo.middlewares=${SIGN:-sign}", sign, to), ""},
		{"a container that is not read", strings.Replace(labels("traefik.enable=false", sign, to), "traefik.http.routers.duo.rule=Host(`duo.internal`)", "a=b", 1), ""},
		{"a container without a router", strings.Replace(labels(sign, to), "traefik.http.routers.duo.rule=Host(`duo.internal`)", "a=b", 1), "c.yaml:5: warning: traefik.http.middlewares.sign: no router uses\nc.yaml:8: traefik.http.services.duo: requests leave unsigned: a container without a router gets one from Traefik, without middlewares, and this one sends to api-1.duosecurity.com, the host of the signer sign; add a router with sign, as in traefik.http.routers.duo.middlewares, or set traefik.enable=false"},
		{"a container without a router, and with two services", strings.Replace(labels(sign, to, "traefik.http.services.b.loadbalancer.server.url=https://api-1.duosecurity.com"), "traefik.http.routers.duo.rule=Host(`duo.internal`)", "a=b", 1), ""},
		{"a router that names none of two services", labels("traefik.http.routers.duo.middlewares=sign", sign, to, "traefik.http.services.b.loadbalancer.server.url=http://b"), "c.yaml:4: traefik.http.routers.duo: the router duo names no service, and its container has several, so that Traefik drops the router; name one in traefik.http.routers.duo.service"},
		{"a label in capitals", labels("TRAEFIK.http.routers.duo.middlewares=sign", sign, to), "c.yaml:5: TRAEFIK.http.routers.duo.middlewares: the label begins with TRAEFIK, which Traefik does not take for traefik, and then it takes no label of this container; write traefik in lower case"},
		{"a label of another program in capitals", labels("traefik.http.routers.duo.middlewares=sign", "TRAEFIK.note=a", sign, to), ""},
		{"a label with a blank before its value", labels("traefik.http.routers.duo.middlewares =sign", sign, to), "c.yaml:5: traefik.http.routers.duo.middlewares: the label's name begins or ends with white space"},
		{"a label with two dots", labels("traefik.http.routers.duo.middlewares=sign", "traefik.http.routers.duo..priority=1", sign, to), "c.yaml:6: traefik.http.routers.duo..priority: the label has no name between two dots"},
		{"a signer in another letter case", labels("traefik.http.routers.duo.middlewares=Sign", sign, to), "c.yaml:5: traefik.http.routers.duo.middlewares: there is no middleware Sign: Traefik compares the letter case of names, and there is sign"},
		{"a middleware of a command line's entry point", labels("traefik.http.services.duo.loadbalancer.server.url=https://api-1.duosecurity.com", sign) + "    command: [--entryPoints.web.http.middlewares=sign@docker]\n", ""},
		{"a middleware of one of a command line's entry points", labels("traefik.http.services.duo.loadbalancer.server.url=https://api-1.duosecurity.com", sign) + "    command: [--entryPoints.web.http.middlewares=sign@docker, '--entrypoints.lan.address=:81']\n", "c.yaml:4: traefik.http.routers.duo: requests leave unsigned"},
		{"a middleware of a command line's default entry point", labels("traefik.http.services.duo.loadbalancer.server.url=https://api-1.duosecurity.com", sign) + "    command: [--entryPoints.web.http.middlewares=sign@docker, --entrypoints.web.asdefault, '--entrypoints.lan.address=:81']\n", ""},
		{"a middleware of an entry point in the environment", labels("traefik.http.services.duo.loadbalancer.server.url=https://api-1.duosecurity.com", sign) + "    environment: {TRAEFIK_ENTRYPOINTS_WEB_ADDRESS: ':80', TRAEFIK_ENTRYPOINTS_WEB_HTTP_MIDDLEWARES: sign@docker}\n", ""},
		{"a log of all details by a flag", labels("traefik.http.routers.duo.middlewares=sign,x", "traefik.http.middlewares.x.circuitbreaker.expression=NetworkErrorRatio() > 0.5", sign, to) + "    command: [--log.level=TRACE]\n", "c.yaml:5: warning: traefik.http.routers.duo.middlewares: circuitBreaker x comes after the signer sign, and at the log level TRACE, which c.yaml:11 sets"},
		{"a log of all details by a variable", labels("traefik.http.routers.duo.middlewares=sign,x", "traefik.http.middlewares.x.buffering.memrequestbodybytes=1", sign, to) + "    environment: {TRAEFIK_LOG_LEVEL: trace}\n", "c.yaml:5: warning: traefik.http.routers.duo.middlewares: buffering x comes after the signer sign, and at the log level TRACE, which c.yaml:11 sets"},
		{"a signer's header in traces, by a flag", labels("traefik.http.routers.duo.middlewares=sign", sign, to) + "    command: ['--tracing.capturedRequestHeaders=User-Agent,Authorization']\n", "c.yaml:10: warning: tracing.capturedRequestHeaders: traces show Authorization as the signer sign sends it"},
		{"a signer's header in metrics, by a flag", labels("traefik.http.routers.duo.middlewares=sign", sign, to) + "    command: ['--metrics.prometheus.headerlabels.auth=Authorization']\n", "c.yaml:10: warning: metrics.prometheus.headerLabels.auth: metrics show Authorization as the signer sign sends it"},
		{"a signer's header in metrics, by a variable", labels("traefik.http.routers.duo.middlewares=sign", sign, to) + "    environment: {TRAEFIK_METRICS_PROMETHEUS_HEADERLABELS_AUTH: Authorization}\n", "c.yaml:10: warning: metrics.prometheus.headerLabels.AUTH: metrics show Authorization as the signer sign sends it"},
		{"a transport for all that verifies nothing, by a flag", labels("traefik.http.routers.duo.middlewares=sign", sign, to) + "    command: [--serversTransport.insecureSkipVerify]\n", "c.yaml:10: --serversTransport.insecureSkipVerify: its transport verifies no certificate"},
		{"a transport for all that verifies, by a flag", labels("traefik.http.routers.duo.middlewares=sign", sign, to) + "    command: [--serversTransport.insecureSkipVerify=false]\n", ""},
		{"the experimental proxy by a flag", labels("traefik.http.routers.duo.middlewares=sign", sign, to) + "    command: [--experimental.fastProxy]\n",
			"c.yaml:10: warning: --experimental.fastProxy: with fastProxy a signer does not see where its requests go"},
		{"the experimental proxy by its option's flag", labels("traefik.http.routers.duo.middlewares=sign", sign, to) + "    command: [--experimental.fastproxy.debug=true]\n",
			"c.yaml:10: warning: --experimental.fastproxy.debug: with fastProxy"},
		{"the experimental proxy by a variable", labels("traefik.http.routers.duo.middlewares=sign", sign, to) + "    environment: [TRAEFIK_EXPERIMENTAL_FASTPROXY=true]\n",
			"c.yaml:10: warning: TRAEFIK_EXPERIMENTAL_FASTPROXY: with fastProxy"},
		{"the experimental proxy by a variable in a map", labels("traefik.http.routers.duo.middlewares=sign", sign, to) + "    environment: {TRAEFIK_EXPERIMENTAL_FASTPROXY: true}\n",
			"c.yaml:10: warning: TRAEFIK_EXPERIMENTAL_FASTPROXY: with fastProxy"},
		{"the experimental proxy that a flag turns off", labels("traefik.http.routers.duo.middlewares=sign", sign, to) + "    command: [--experimental.fastproxy=false]\n", ""},
		{"behind the signer, in any case", labels("traefik.http.Routers.duo.middlewares=sign@docker,strip@docker", "traefik.http.middlewares.strip.stripprefix.prefixes=/duo", sign, to),
			"c.yaml:5: traefik.http.routers.duo.middlewares: stripPrefix strip comes after the signer sign"},
		{"headers", labels("traefik.http.routers.duo.middlewares=sign,x", "traefik.http.middlewares.x.headers.customrequestheaders.authorization=y", sign, to),
			"c.yaml:5: traefik.http.routers.duo.middlewares: headers x comes after the signer sign and replaces its header authorization"},
		{"passhostheader", labels("traefik.http.routers.duo.middlewares=sign", sign, to, "traefik.http.services.duo.loadbalancer.passhostheader=false"),
			"c.yaml:10: warning: traefik.http.services.duo.loadBalancer.passHostHeader: passHostHeader: false"},
		{"the container itself", labels("traefik.http.routers.duo.middlewares=sign", sign, "traefik.http.services.duo.loadbalancer.server.port=8080"),
			"c.yaml:9: traefik.http.services.duo.loadBalancer.server: the server is plain http"},
		{"the container itself, without a service", labels("traefik.http.routers.duo.middlewares=sign", sign),
			"c.yaml:4: traefik.http.routers.duo: the server is plain http"},
		{"a snake-case option", labels("traefik.http.routers.duo.middlewares=sign", strings.Replace(sign, "integrationKey", "integration_key", 1), to),
			"c.yaml:6: traefik.http.middlewares.sign.plugin.vendorsign.duo.integration_key: unknown option integration_key; did you mean integrationKey?"},
		{"a plugin for TCP", labels("traefik.http.routers.duo.middlewares=a@file", strings.ReplaceAll(sign, "traefik.http", "traefik.tcp"), to),
			"c.yaml:6: traefik.tcp.middlewares.sign.plugin.vendorsign: the plugin signs HTTP requests"},
		{"no router uses it", labels(sign, "traefik.http.services.duo.loadbalancer.server.url=http://x"), "c.yaml:5: warning: traefik.http.middlewares.sign: no router uses the signer sign"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { wantFindings(t, "c.yaml", tt.text, tt.want) })
	}
}

func TestCheckFollowsARequestThroughManifests(t *testing.T) {
	const good = `apiVersion: traefik.io/v1alpha1
kind: Middleware
metadata: {name: duo, namespace: a}
spec:
  plugin:
    vendorsign:
      duo:
        integrationKey: DIX
        secretKey: file:/etc/duo
        host: api-1.duosecurity.com
---
apiVersion: v1
kind: Service
metadata: {name: vendor, namespace: a}
spec:
  type: ExternalName
  externalName: api-1.duosecurity.com
  ports: [{port: 443}]
---
apiVersion: traefik.io/v1alpha1
kind: Middleware
metadata: {name: strip, namespace: a}
spec: {stripPrefix: {prefixes: [/duo]}}
---
`
	route := func(middlewares, service string) string {
		return good + "apiVersion: traefik.io/v1alpha1\nkind: IngressRoute\nmetadata: {name: duo, namespace: a}\nspec:\n  routes:\n    - match: Host(`duo`)\n      middlewares: [" +
			middlewares + "]\n      services: [" + service + "]\n"
	}
	ingress := func(middlewares, more string) string {
		return strings.Replace(good, "metadata: {name: vendor, namespace: a}", "metadata: {name: vendor, namespace: a"+more+"}", 1) +
			"apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata:\n  name: duo\n  namespace: a\n  annotations:\n    traefik.ingress.kubernetes.io/router.middlewares: " + middlewares +
			"\nspec:\n  rules:\n    - http: {paths: [{path: /, backend: {service: {name: vendor, port: {number: 443}}}}]}\n"
	}
	const (
		signs    = "{type: ExtensionRef, extensionRef: {group: traefik.io, kind: Middleware, name: duo}}"
		removes  = "{type: RequestHeaderModifier, requestHeaderModifier: {remove: [authorization]}}"
		rewrites = "{type: URLRewrite, urlRewrite: {path: {type: ReplacePrefixMatch, replacePrefixMatch: /x}}}"
	)
	// A service with addresses of its own, whose policy for a port, or for all, says that it is the vendor.
	gateway := func(port, filters string) string {
		return good + `apiVersion: v1
kind: Service
metadata: {name: own, namespace: a}
spec:
  ports: [{name: web, port: 8443}]
---
apiVersion: gateway.networking.k8s.io/v1
kind: BackendTLSPolicy
metadata: {name: own, namespace: a}
spec:
  targetRefs: [{group: '', kind: Service, name: own, sectionName: '` + port + `'}]
  validation: {wellKnownCACertificates: System, hostname: api-1.duosecurity.com}
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: t, namespace: a}
spec:
  parentRefs: [{name: gateway}]
  hostnames: [duo.internal]
  rules:
    - matches: [{path: {type: PathPrefix, value: /duo}}]
      backendRefs: [{name: own, port: 8443}]
      filters: [` + filters + "]\n"
	}
	tests := []struct{ name, text, want string }{
		{"a signer", route("{name: strip}, {name: duo}", "{name: vendor, port: 443, scheme: https}"), ""},
		{"in another namespace's route", strings.Replace(route("{name: duo, namespace: a}", "{name: vendor, namespace: a, port: 443}"), "name: duo, namespace: a}\nspec:\n  routes", "name: duo, namespace: b}\nspec:\n  routes", 1), ""},
		{"an Ingress", ingress("a-strip@kubernetescrd,a-duo@kubernetescrd", ""), ""},
		{"behind the signer", route("{name: duo}, {name: strip}", "{name: vendor, port: 443}"), "m.yaml:31: spec.routes.middlewares: stripPrefix strip comes after the signer duo"},
		{"behind the signer of an Ingress", ingress("a-duo@kubernetescrd,a-strip@kubernetescrd", ""), "m.yaml:31: metadata.annotations.traefik.ingress.kubernetes.io/router.middlewares: stripPrefix strip comes after the signer duo"},
		{"an Ingress that names a middleware without its provider", ingress("a-duo", ""), "m.yaml:5: warning: spec: no router uses the signer duo\nm.yaml:31: warning: metadata.annotations.traefik.ingress.kubernetes.io/router.middlewares: the middleware a-duo is in none of the files; did you mean a-duo@kubernetescrd?"},
		{"an Ingress that names a middleware without its namespace", ingress("duo@kubernetescrd", ""), "m.yaml:5: warning: spec: no router uses the signer duo\nm.yaml:31: warning: metadata.annotations.traefik.ingress.kubernetes.io/router.middlewares: the middleware duo@kubernetescrd is in none of the files; did you mean a-duo@kubernetescrd?"},
		{"an Ingress of NGINX's class", strings.Replace(ingress("a-duo@kubernetescrd", ""), "  rules:\n    - http", "  ingressClassName: nginx\n  rules:\n    - http", 1), "m.yaml:5: warning: spec: no router uses the signer duo\nm.yaml:31: metadata.annotations.traefik.ingress.kubernetes.io/router.middlewares: Traefik does not read the middlewares of an Ingress whose class is NGINX's; give it Traefik's class\nm.yaml:35: spec.rules: requests leave unsigned: router duo sends to api-1.duosecurity.com:443"},
		{"an Ingress of a class for NGINX's controller", strings.Replace(ingress("a-duo@kubernetescrd", ""), "  annotations:\n", "  annotations:\n    kubernetes.io/ingress.class: old\n", 1) + "---\napiVersion: networking.k8s.io/v1\nkind: IngressClass\nmetadata: {name: old}\nspec: {controller: k8s.io/ingress-nginx}\n", "m.yaml:5: warning: spec: no router uses the signer duo\nm.yaml:32: metadata.annotations.traefik.ingress.kubernetes.io/router.middlewares: Traefik does not read the middlewares of an Ingress whose class is NGINX's; give it Traefik's class\nm.yaml:35: spec.rules: requests leave unsigned: router duo sends to api-1.duosecurity.com:443"},
		{"an Ingress of a class of that name for Traefik", strings.Replace(ingress("a-duo@kubernetescrd", ""), "  rules:\n    - http", "  ingressClassName: nginx\n  rules:\n    - http", 1) + "---\napiVersion: networking.k8s.io/v1\nkind: IngressClass\nmetadata: {name: nginx}\nspec: {controller: traefik.io/ingress-controller}\n", ""},
		{"plain http", route("{name: duo}", "{name: vendor, port: 443, scheme: http}"), "m.yaml:16: spec.externalName: the server is plain http"},
		{"passHostHeader", route("{name: duo}", "{name: vendor, port: 443, passHostHeader: false}"), "m.yaml:32: warning: spec.routes.services.passHostHeader: passHostHeader: false"},
		{"another host", strings.Replace(route("{name: duo}", "{name: vendor, port: 443}"), "externalName: api-1", "externalName: api-9", 1), "m.yaml:16: spec.externalName: api-9.duosecurity.com:443 is not a host of the signer duo"},
		{"a route without the signer", route("", "{name: vendor, port: 443}"), "m.yaml:5: warning: spec: no router uses the signer duo\nm.yaml:30: spec.routes: requests leave unsigned: router duo sends to api-1.duosecurity.com:443"},
		{"a route below one with the signer", route("", "{name: vendor, port: 443}]\n  parentRefs: [{name: above}") + "---\napiVersion: traefik.io/v1alpha1\nkind: IngressRoute\nmetadata: {name: above, namespace: a}\nspec: {routes: [{match: Host(`a`), middlewares: [{name: duo}]}]}\n", ""},
		{"a route below one without it", route("", "{name: vendor, port: 443}]\n  parentRefs: [{name: above}") + "---\napiVersion: traefik.io/v1alpha1\nkind: IngressRoute\nmetadata: {name: above, namespace: a}\nspec: {routes: [{match: Host(`a`)}]}\n", "m.yaml:5: warning: spec: no router uses the signer duo\nm.yaml:30: spec.routes: requests leave unsigned: router duo sends to api-1.duosecurity.com:443"},
		{"a mirror without a signer", route("", "{name: both, kind: TraefikService}") + "---\napiVersion: traefik.io/v1alpha1\nkind: TraefikService\nmetadata: {name: both, namespace: a}\nspec: {mirroring: {name: app, port: 80, mirrors: [{name: vendor, port: 443, percent: 100}]}}\n", "m.yaml:5: warning: spec: no router uses the signer duo\nm.yaml:30: spec.routes: requests leave unsigned: router duo sends to api-1.duosecurity.com:443\nm.yaml:37: note: spec: the service app is in none of the files"},
		{"a service that is chosen by the client's address, without a signer", route("", "{name: both, kind: TraefikService}") + "---\napiVersion: traefik.io/v1alpha1\nkind: TraefikService\nmetadata: {name: both, namespace: a}\nspec: {highestRandomWeight: {services: [{name: vendor, port: 443, weight: 1}]}}\n", "m.yaml:5: warning: spec: no router uses the signer duo\nm.yaml:30: spec.routes: requests leave unsigned: router duo sends to api-1.duosecurity.com:443"},
		{"TCP to the vendor", route("{name: duo}", "{name: vendor, port: 443}") + "---\napiVersion: traefik.io/v1alpha1\nkind: IngressRouteTCP\nmetadata: {name: t, namespace: a}\nspec:\n  routes:\n    - match: HostSNI(`*`)\n      services: [{name: vendor, port: 443}]\n", "m.yaml:39: warning: spec.routes: connections to api-1.duosecurity.com:443, the host of the signer duo, pass through as they are"},
		{"TLS that a Gateway passes to the vendor", route("{name: duo}", "{name: vendor, port: 443}") + "---\napiVersion: gateway.networking.k8s.io/v1alpha2\nkind: TLSRoute\nmetadata: {name: t, namespace: a}\nspec:\n  rules:\n    - backendRefs: [{name: vendor, port: 443}]\n", "m.yaml:39: warning: spec.rules: connections to api-1.duosecurity.com:443, the host of the signer duo, pass through as they are"},
		{"a mirror of a Gateway's route", route("{name: duo}", "{name: vendor, port: 443}") + "---\napiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata: {name: t, namespace: a}\nspec:\n  rules:\n    - filters: [{type: RequestMirror, requestMirror: {backendRef: {name: vendor, port: 443}}}]\n", "m.yaml:39: spec.rules: requests leave unsigned: router t sends to api-1.duosecurity.com:443"},
		{"a Gateway's route", gateway("", signs), ""},
		{"a Gateway's filter in front of the signer", gateway("", removes+", "+rewrites+", "+signs), ""},
		{"a Gateway's filter that removes the signature", gateway("", signs+", "+removes), "m.yaml:47: spec.rules.filters: requestHeaderModifier t comes after the signer duo and removes its header authorization: requests leave unsigned"},
		{"a Gateway's filter that replaces the signature", gateway("", signs+", {type: RequestHeaderModifier, requestHeaderModifier: {set: [{name: Authorization, value: x}]}}"), "m.yaml:47: spec.rules.filters: requestHeaderModifier t comes after the signer duo and replaces its header Authorization: the vendor refuses every request"},
		{"a Gateway's filter that adds a header", gateway("", signs+", {type: RequestHeaderModifier, requestHeaderModifier: {add: [{name: X-Team, value: x}, {name: Host, value: y}]}}"), "m.yaml:47: warning: spec.rules.filters: requestHeaderModifier t comes after the signer duo: the header X-Team reaches the vendor as it is set here"},
		{"a Gateway's filter for answers", gateway("", signs+", {type: ResponseHeaderModifier, responseHeaderModifier: {remove: [authorization]}}"), ""},
		{"a Gateway's filter that rewrites the signed path", gateway("", signs+", "+rewrites), "m.yaml:47: spec.rules.filters: urlRewrite t comes after the signer duo and changes the path that was signed"},
		{"a Gateway's filter that rewrites the signed Host", gateway("", signs+", {type: URLRewrite, urlRewrite: {hostname: b.example}}"), "m.yaml:47: spec.rules.filters: urlRewrite t comes after the signer duo and replaces the Host that was signed"},
		{"a Gateway's route without the signer, to a server that must prove the vendor's name", gateway("", ""), "m.yaml:5: warning: spec: no router uses the signer duo\nm.yaml:45: spec.rules: requests leave unsigned: router t sends to api-1.duosecurity.com, the host of the signer duo"},
		{"a policy for another port", gateway("api", signs), "m.yaml:29: spec.externalName: the server is plain http"},
		{"a policy for this port", gateway("web", signs), ""},
		{"a policy with another name", strings.Replace(gateway("", signs), "hostname: api-1", "hostname: api-9", 1), "m.yaml:29: spec.externalName: the serverName api-9.duosecurity.com of its transport is not a host of the signer duo"},
		{"a Gateway's route to a port whose protocol is told", strings.NewReplacer("name: web, port: 8443", "name: web, port: 8443, appProtocol: https", "kind: BackendTLSPolicy", "kind: Other").Replace(gateway("", signs)), ""},
		{"gRPC of a Gateway", route("{name: duo}", "{name: vendor, port: 443}") + "---\napiVersion: gateway.networking.k8s.io/v1\nkind: GRPCRoute\nmetadata: {name: t, namespace: a}\nspec:\n  rules:\n    - backendRefs: [{name: vendor, port: 443}]\n", "m.yaml:39: spec.rules: requests leave unsigned: router t sends to api-1.duosecurity.com:443"},
		{"the root's dot, without a signer", strings.Replace(route("", "{name: vendor, port: 443}"), "externalName: api-1.duosecurity.com", "externalName: api-1.duosecurity.com.", 1), "m.yaml:5: warning: spec: no router uses the signer duo\nm.yaml:30: spec.routes: requests leave unsigned: router duo sends to api-1.duosecurity.com:443"},
		{"a service of another file", route("{name: duo}", "{name: elsewhere, port: 443}"), "m.yaml:32: note: spec.routes.services: the service elsewhere is in none of the files"},
		{"a middleware for TCP", strings.Replace(route("{name: duo}", "{name: vendor, port: 443}"), "kind: Middleware", "kind: MiddlewareTCP", 1), "m.yaml:2: kind: the plugin signs HTTP requests; write kind: Middleware"},
		{"a version that Traefik 3 does not read", strings.Replace(route("{name: duo}", "{name: vendor, port: 443}"), "traefik.io/v1alpha1", "traefik.containo.us/v1alpha1", 1), "m.yaml:1: apiVersion: Traefik 3 does not read traefik.containo.us/v1alpha1; write apiVersion: traefik.io/v1alpha1"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { wantFindings(t, "m.yaml", tt.text, tt.want) })
	}
	_, stdout, _ := faults(t, "m.yaml", manifestText(""), "--references-only")
	if want := "m.yaml:11: spec.plugin.vendorsign.duo.secretKey: Traefik puts the Secret's value into its configuration, which its API shows; mount the Secret and write file:/path\n"; stdout != want {
		t.Errorf("%s\nwant\n%s", stdout, want)
	}
}

// Routers in labels and middlewares in a file belong together.
func TestCheckComparesTheFilesOfACall(t *testing.T) {
	t.Chdir(t.TempDir())
	compose := "services:\n  app:\n    labels:\n      - traefik.http.routers.duo.rule=Path(`/`)\n      - traefik.http.routers.duo.middlewares=sign@file,strip@file\n      - traefik.http.services.duo.loadbalancer.server.url=https://api-1.duosecurity.com\n"
	file := "http:\n  middlewares:\n    sign:\n      plugin: {vendorsign: {duo: {integrationKey: x, secretKey: 'env:VENDORSIGN_X', host: api-1.duosecurity.com}}}\n    strip: {stripPrefix: {prefixes: [/a]}}\n"
	for name, text := range map[string]string{"compose.yaml": compose, "dynamic.yml": file} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	status, stdout, _ := runCLI("", "check", "compose.yaml", "dynamic.yml")
	if want := "compose.yaml:5: traefik.http.routers.duo.middlewares: stripPrefix strip comes after the signer sign and changes"; status != 1 || !strings.HasPrefix(stdout, want) || strings.Count(stdout, "\n") != 1 {
		t.Errorf("%d %s", status, stdout)
	}
	if status, stdout, _ := runCLI("", "check", "--strict", "dynamic.yml"); status != 0 {
		t.Errorf("alone: %d %s", status, stdout)
	}
}

func TestWarningsHaveAStatusOfTheirOwnWithStrict(t *testing.T) {
	text := dynamicText("", "", "        servers: [{url: http://app}]")
	status, stdout, stderr := faults(t, "t.yml", text)
	if status != 0 || !strings.HasSuffix(stdout, "\n1 signer in 1 file, no fault, 1 warning\n") || stderr != "" {
		t.Errorf("%d %s%s", status, stdout, stderr)
	}
	status, stdout, stderr = faults(t, "t.yml", text, "--strict")
	if status != 3 || strings.Contains(stdout, "no fault") || stderr != "vendorsign check: 1 warning in 1 of 1 file\n" {
		t.Errorf("%d %s%s", status, stdout, stderr)
	}
	_, stdout, _ = faults(t, "t.yml", text, "--format", "json")
	if want := `{"file":"t.yml","line":12,"level":"warning","field":"http.middlewares.sign","what":"no router uses`; !strings.HasPrefix(stdout, want) {
		t.Error(stdout)
	}
	if status, _, stderr := runCLI("", "check", "."); status != 2 || stderr != "vendorsign check: . is a folder; name the files in it, as in *.yml\nSee 'vendorsign check --help'.\n" {
		t.Errorf("%d %s", status, stderr)
	}
}

// Traefik disables a router whose middleware has a fault, so that it sends nothing unsigned.
func TestARouterWithAFaultyPluginBlockIsNotUnsigned(t *testing.T) {
	for _, block := range []string{"{duoo: {host: h}}", "{}", "{integrationKey: x}", "{duo: {host: h}, cortex: {host: h}}"} {
		text := dynamicText("sign", "    bad: {plugin: {vendorsign: "+block+"}}\n", toDuo)
		text = strings.Replace(text, "  services:\n", "    bad: {rule: Host(`bad.internal`), service: duo, middlewares: [bad]}\n  services:\n", 1)
		status, stdout, _ := faults(t, "t.yml", text)
		if status != 1 || strings.Contains(stdout, "http.routers.") || !strings.Contains(stdout, ": http.middlewares.bad.plugin.vendorsign") {
			t.Errorf("%s: %d %s", block, status, stdout)
		}
	}
}
