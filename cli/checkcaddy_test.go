package cli

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/vendorsign/vendorsign/cli/config"
)

// The parts of Caddy's JSON that the tests put together.
const (
	duoHandler = `{"handler":"duo_sign","integration_key":"x","secret_key":"{env.X}","host":["api-1.duosecurity.com"]}`
	toVendor   = `{"handler":"reverse_proxy","upstreams":[{"dial":"api-1.duosecurity.com:443"}],"transport":{"protocol":"http","tls":{}}}`
	toOther    = `{"handler":"reverse_proxy","upstreams":[{"dial":"127.0.0.1:9000"}]}`
)

func routeOf(handlers ...string) string {
	return "{\"handle\":[" + strings.Join(handlers, ",") + "]}"
}

func matching(match string, handlers ...string) string {
	return "{\"match\":[" + match + "],\"handle\":[" + strings.Join(handlers, ",") + "]}"
}

func groupOf(name, match string, routes ...string) string {
	return "{\"group\":\"" + name + "\",\"match\":[" + match + "],\"handle\":[" + subroute(routes...) + "]}"
}

func subroute(routes ...string) string {
	return "{\"handler\":\"subroute\",\"routes\":[\n" + strings.Join(routes, ",\n") + "]}"
}

func serverOf(routes ...string) string {
	return "{\"apps\":{\"http\":{\"servers\":{\"s\":{\"routes\":[\n" + strings.Join(routes, ",\n") + "]}}}}}"
}

func TestCheckReadsTheVerifierInCaddysJSON(t *testing.T) {
	const at = "c.json:2: apps.http.servers.s.routes.0.handle.0"
	with := func(verifier string) string {
		return serverOf(routeOf(`{"handler":"vendorsign_verify",`+verifier+`}`), routeOf(strings.Replace(duoHandler, `"host"`, `"require_app":true,"client_hosts":["gw.internal"],"host"`, 1), toVendor))
	}
	const app = `{"name":"a","key_id":"DIAPPBILLING00000000","secret":"{file./s}"`
	for _, tt := range []struct{ name, text, want string }{
		{"an app", with(`"vendor":"duo","audit":"on","apps":[` + app + `}]`), ""},
		{"a listener for this machine", strings.Replace(with(`"vendor":"duo","apps":[`+app+`}]`), `"routes"`, `"listen":["tcp/127.0.0.1:8080","[::1]:8080","unix//run/a.sock"],"automatic_https":{"disable":true},"routes"`, 1), ""},
		{"a listener for all", strings.Replace(with(`"vendor":"duo","apps":[`+app+`}]`), `"routes"`, `"listen":["tcp/:8080"],"automatic_https":{"disable":true},"routes"`, 1), at + ": the server listens on tcp/:8080 for plain http"},
		{"no vendor", with(`"apps":[` + app + `}]`), at + ": vendor: "},
		{"a misspelt option", with(`"vendor":"duo","aps_file":"x","apps":[` + app + `}]`), at + ".aps_file: unknown option aps_file; did you mean apps_file?"},
		{"a misspelt option of an app", with(`"vendor":"duo","apps":[` + app + `,"alow":["GET /x"]}]`), at + ".apps.0.alow: unknown option alow; did you mean allow?"},
		{"a wrong value", with(`"vendor":"duo","window":"soon","apps":[` + app + `}]`), at + ".window: window must be"},
		{"a wrong value of an app", with(`"vendor":"duo","apps":[` + app + `,"rate":"fast"}]`), at + ".apps.0.rate: app a: rate must be"},
		{"no app", with(`"vendor":"duo"`), at + ": there is no app"},
		{"a vendor whose requests cannot be verified", with(`"vendor":"carbonblack","apps":[` + app + `}]`), at + ": requests of apps in the scheme of carbonblack cannot be verified"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, stdout, _ := faults(t, "c.json", tt.text)
			if tt.want == "" && !strings.HasSuffix(stdout, "no fault\n") || !strings.HasPrefix(stdout, tt.want) {
				t.Errorf("%swant\n%s", stdout, tt.want)
			}
		})
	}
}

func TestCheckFollowsARequestThroughTheRoutesOfCaddy(t *testing.T) {
	site := func(host string, routes ...string) string {
		return "{\"match\":[{\"host\":[\"" + host + "\"]}],\"terminal\":true,\"handle\":[" + subroute(routes...) + "]}"
	}
	transport := func(upstream, options string) string {
		return `{"handler":"reverse_proxy","upstreams":[{"dial":"` + upstream + `"}],"transport":{"protocol":"duo_sign","integration_key":"x","secret_key":"{env.X}","host":["api-1.duosecurity.com"]` + options + `}}`
	}
	insecure := strings.Replace(duoHandler, `"host"`, `"insecure_upstream":true,"host"`, 1)
	cortex := `{"handler":"cortex_sign","api_key_id":"1","api_key":"{env.X}","host":["api-x.xdr.us.paloaltonetworks.com"]}`
	const duoName = `{"source":"a","name":"api-1.duosecurity.com","port":"443"}`
	dynamic := func(source, name string) string {
		return `{"handler":"reverse_proxy","dynamic_upstreams":` + source + `,"transport":{"protocol":"http","tls":{` + name + `}}}`
	}
	toAddress := func(tls, headers string) string {
		return `{"handler":"reverse_proxy","upstreams":[{"dial":"192.0.2.7:443"}],"transport":{"protocol":"http","tls":{` + tls + `}}` + headers + `}`
	}
	const certified, hosted = `"server_name":"api-1.duosecurity.com"`, `,"headers":{"request":{"set":{"Host":["api-1.duosecurity.com"]}}}`
	tests := []struct{ name, text, want string }{
		{"a signer, then a proxy", serverOf(routeOf(duoHandler), routeOf(toVendor)), ""},
		{"in one route", serverOf(routeOf(duoHandler, toVendor)), ""},
		{"a signer in front of handle blocks", serverOf(routeOf(duoHandler), groupOf("g", `{"path":["/a/*"]}`, routeOf(toVendor)), groupOf("g", `{"path":["/b/*"]}`, routeOf(toVendor))), ""},
		{"both in a handle block", serverOf(groupOf("g", `{"path":["/a/*"]}`, routeOf(duoHandler), routeOf(toVendor)), groupOf("g", `{"path":["/b/*"]}`, routeOf(toOther))), ""},
		{"the same matcher", serverOf(matching(`{"path":["/a/*"]}`, duoHandler), matching(`{"path":["/a/*"]}`, toVendor)), ""},
		{"a wider matcher", serverOf(matching(`{"path":["/a/*","/c"]}`, duoHandler), matching(`{"path":["/a/b*"]}`, toVendor)), ""},
		{"a proxy to something else under another path", serverOf(matching(`{"path":["/a/*"]}`, duoHandler), matching(`{"path":["/a/*"]}`, toVendor), matching(`{"path":["/b/*"]}`, toOther)), ""},
		{"a proxy of another site", serverOf(site("a.internal", routeOf(duoHandler), routeOf(toVendor)), site("b.internal", routeOf(toOther))), ""},
		{"two vendors by path", serverOf(matching(`{"path":["/a/*"]}`, duoHandler, toVendor), matching(`{"path":["/b/*"]}`, cortex, strings.Replace(toVendor, "api-1.duosecurity.com", "api-x.xdr.us.paloaltonetworks.com", 1))), ""},
		{"a proxy in a named route", `{"apps":{"http":{"servers":{"s":{"named_routes":{"v":` + routeOf(toVendor) + `},"routes":[` + routeOf(duoHandler, `{"handler":"invoke","name":"v"}`) + `]}}}}}`, ""},
		{"a vendor's answer that is handled", serverOf(routeOf(duoHandler, strings.Replace(toVendor, `"upstreams"`, `"handle_response":[{"routes":[`+routeOf(toVendor)+`]}],"upstreams"`, 1))), ""},
		{"another proxy of a site with a signer", serverOf(routeOf(duoHandler), groupOf("g", `{"path":["/app/*"]}`, routeOf(toOther)), routeOf(toVendor)), ""},
		{"a question before the request goes on", serverOf(routeOf(duoHandler), routeOf(strings.Replace(toOther, `"upstreams"`, `"rewrite":{"method":"GET","uri":"/auth"},"handle_response":[{"routes":[]}],"upstreams"`, 1)), routeOf(toVendor)), ""},
		{"a credential whose file may have insecure_upstream", serverOf(routeOf(strings.Replace(duoHandler, `"host"`, `"credentials_file":"/run/secrets/duo.json","host"`, 1), strings.Replace(toOther, "127.0.0.1:9000", "api-1.duosecurity.com:80", 1))), ""},
		{"a handler that Caddy does not bring along", serverOf(routeOf(duoHandler, `{"handler":"my_proxy"}`)), ""},
		{"a simulated vendor, plain http", serverOf(routeOf(insecure, strings.Replace(toOther, "127.0.0.1:9000", "api-1.duosecurity.com:80", 1))), ""},
		{"a credential in a file", serverOf(routeOf(`{"handler":"duo_sign","credentials_file":"/run/secrets/duo.json"}`, toVendor)), ""},
		{"a transport", serverOf(routeOf(transport("api-1.duosecurity.com:443", `,"tls":{}`))), ""},
		{"a transport to an address with the vendor's name", serverOf(routeOf(transport("192.0.2.7:443", `,"tls":{"server_name":"api-1.duosecurity.com"}`))), ""},
		{"a transport whose file may have insecure_upstream", serverOf(routeOf(`{"handler":"reverse_proxy","upstreams":[{"dial":"127.0.0.1:9000"}],"transport":{"protocol":"duo_sign","credentials_file":"/run/secrets/duo.json"}}`)), ""},
		{"an upstream that is known later", serverOf(routeOf(duoHandler, strings.Replace(toVendor, "api-1.duosecurity.com:443", "{env.VENDOR}:443", 1))), ""},
		{"a rewrite between matchers", serverOf(routeOf(subroute(matching(`{"path":["/admin/*"]}`, duoHandler), routeOf(`{"handler":"rewrite","strip_path_prefix":"/admin"}`), matching(`{"path":["/v1/*"]}`, toVendor)))),
			"c.json:5: warning: apps.http.servers.s.routes.0.handle.0.routes.2.handle.0: requests that do not match the matcher of duo_sign (line 3) get no signature and are answered 503; give both the same matcher"},

		{"a signer behind the proxy", serverOf(routeOf(toVendor), routeOf(duoHandler)), "c.json:2: apps.http.servers.s.routes.0.handle.0: no request gets a signature here and all are refused: duo_sign (line 3) comes after this reverse_proxy; put it in front, or into the same block"},
		{"the proxy in a handle block before", serverOf(groupOf("g", `{"path":["/a/*"]}`, routeOf(toVendor)), routeOf(duoHandler)), "c.json:3: apps.http.servers.s.routes.0.handle.0.routes.0.handle.0: no request gets a signature here and all are refused: duo_sign (line 4) comes after this"},
		{"a signer in another handle block", serverOf(groupOf("g", `{"path":["/a/*"]}`, routeOf(duoHandler)), groupOf("g", `{"path":["/b/*"]}`, routeOf(toVendor))), "c.json:5: apps.http.servers.s.routes.1.handle.0.routes.0.handle.0: no request gets a signature here and all are refused: duo_sign (line 3) is in another handle block; put it into this one, or in front of both"},
		{"matchers that have nothing in common", serverOf(matching(`{"path":["/a/*"]}`, duoHandler), matching(`{"path":["/b/*"]}`, toVendor)), "c.json:3: apps.http.servers.s.routes.1.handle.0: no request gets a signature here and all are refused: duo_sign (line 2) matches other requests; give both the same matcher"},
		{"templates in front", serverOf(routeOf(`{"handler":"templates"}`), routeOf(duoHandler), routeOf(toVendor)), "c.json:4: apps.http.servers.s.routes.2.handle.0: templates comes before it and runs the vendor's answers as templates, which can read the gateway's environment and files; give templates"},
		{"templates in front of a transport", serverOf(routeOf(`{"handler":"templates"}`, transport("api-1.duosecurity.com:443", `,"tls":{}`))), "c.json:2: apps.http.servers.s.routes.0.handle.1: templates comes before it"},
		{"templates elsewhere", serverOf(groupOf("g", `{"path":["/docs/*"]}`, routeOf(`{"handler":"templates"}`, `{"handler":"file_server"}`)), groupOf("g", `{"path":["/*"]}`, routeOf(duoHandler), routeOf(toVendor))), ""},
		{"templates for another upstream", serverOf(groupOf("g", `{"path":["/docs/*"]}`, routeOf(`{"handler":"templates"}`, toOther)), groupOf("g", `{"path":["/*"]}`, routeOf(duoHandler), routeOf(toVendor))), ""},
		{"a matcher that is narrower", serverOf(matching(`{"path":["/admin/*"]}`, duoHandler), routeOf(toVendor)), "c.json:3: warning: apps.http.servers.s.routes.1.handle.0: requests that do not match the matcher of duo_sign (line 2) get no signature and are answered 503; give both the same matcher"},
		{"a matcher for methods", serverOf(matching(`{"method":["GET"]}`, duoHandler), matching(`{"path":["/a/*"]}`, toVendor)), "c.json:3: warning: apps.http.servers.s.routes.1.handle.0: requests that do not match"},
		{"a file that became a matcher", serverOf(matching(`{"path":["/run/secrets/duo.json"]}`, duoHandler), routeOf(toVendor)), "c.json:2: apps.http.servers.s.routes.0.handle.0: /run/secrets/duo.json is read as a path matcher here: only requests for that path are signed; write credentials_file /run/secrets/duo.json in the block\nc.json:3: warning: apps.http.servers.s.routes.1.handle.0: requests that do not match"},
		{"a path with a file's ending that is meant", serverOf(matching(`{"path":["/devices.json"]}`, duoHandler, toVendor)), ""},
		{"named routes that invoke each other", `{"apps":{"http":{"servers":{"s":{"named_routes":{"v":` + routeOf(`{"handler":"invoke","name":"v"}`, `{"handler":"invoke","name":"v"}`) + `},"routes":[` + routeOf(duoHandler, toVendor, `{"handler":"invoke","name":"v"}`) + `]}}}}}`, ""},
		{"two signers", serverOf(routeOf(duoHandler), routeOf(duoHandler, toVendor)), "c.json:3: apps.http.servers.s.routes.1.handle.1: two signers for one request, duo_sign (line 2) and duo_sign (line 3): every request is refused; give each a site or a handle block of its own"},
		{"a signer and a signing transport", serverOf(routeOf(duoHandler), routeOf(transport("api-1.duosecurity.com:443", `,"tls":{}`))), "c.json:3: warning: apps.http.servers.s.routes.1.handle.0: duo_sign (line 2) has no effect on what this transport signs; keep one of them"},
		{"a signer without a proxy", serverOf(routeOf(duoHandler, `{"handler":"file_server"}`)), "c.json:2: apps.http.servers.s.routes.0.handle.0: it signs nothing: no reverse_proxy of its site comes after it; put a reverse_proxy to https://api-1.duosecurity.com into the same block"},
		{"another site without a signer", serverOf(site("a.internal", routeOf(duoHandler), routeOf(toVendor)), site("b.internal", routeOf(toVendor))), "c.json:6: apps.http.servers.s.routes.1.handle.0.routes.0.handle.0: requests leave unsigned: api-1.duosecurity.com:443 is the host of a duo_sign in line 3, and no signer comes before this reverse_proxy; add one, or remove it"},
		{"the same of a simulated vendor", serverOf(site("a.internal", routeOf(insecure, toVendor)), site("b.internal", routeOf(toVendor))), "c.json:5: warning: apps.http.servers.s.routes.1.handle.0.routes.0.handle.0: requests leave unsigned"},
		{"dynamic upstreams of another site", serverOf(site("a.internal", routeOf(duoHandler), routeOf(toVendor)), site("b.internal", routeOf(`{"handler":"reverse_proxy","dynamic_upstreams":{"source":"a","name":"api-1.duosecurity.com","port":"443"}}`))), "c.json:6: apps.http.servers.s.routes.1.handle.0.routes.0.handle.0: requests leave unsigned"},
		{"an upstream that the client names", serverOf(site("a.internal", routeOf(duoHandler), routeOf(toVendor)), site("b.internal", routeOf(`{"handler":"reverse_proxy","upstreams":[{"dial":"{http.request.host}:443"}]}`))), "c.json:6: warning: apps.http.servers.s.routes.1.handle.0.routes.0.handle.0: its upstream {http.request.host}:443 is what the client asks for"},
		{"an upstream that is no host", serverOf(routeOf(duoHandler, strings.Replace(toVendor, "api-1", "api-9", 1))), "c.json:2: apps.http.servers.s.routes.0.handle.1: upstream api-9.duosecurity.com:443 is not a host of duo_sign (api-1.duosecurity.com): every request is refused (421); name the same host in both"},
		{"one of two upstreams", serverOf(routeOf(duoHandler, strings.Replace(toVendor, `[{`, `[{"dial":"api-9.duosecurity.com:443"},{`, 1))), "c.json:2: warning: apps.http.servers.s.routes.0.handle.1: upstream api-9.duosecurity.com:443 is not a host of duo_sign (api-1.duosecurity.com): requests that it gets are refused (421); add it to host, or remove it"},
		{"a transport's upstream that is no host", serverOf(routeOf(transport("api-9.duosecurity.com:443", `,"tls":{}`))), "c.json:2: apps.http.servers.s.routes.0.handle.0: upstream api-9.duosecurity.com:443 is not a host of duo_sign"},
		{"another port than the host's", serverOf(routeOf(strings.Replace(duoHandler, `.com"`, `.com:8443"`, 1), toVendor)), "c.json:2: apps.http.servers.s.routes.0.handle.1: upstream api-1.duosecurity.com:443 is not a host of duo_sign (api-1.duosecurity.com:8443)"},
		{"plain http", serverOf(routeOf(duoHandler, strings.Replace(toOther, "127.0.0.1:9000", "api-1.duosecurity.com:80", 1))), "c.json:2: apps.http.servers.s.routes.0.handle.1: the upstream is plain http, where anyone can read the credential; write https:// before it, or set insecure_upstream in duo_sign"},
		{"a certificate that is not verified", serverOf(routeOf(duoHandler, strings.Replace(toVendor, `"tls":{}`, `"tls":{"insecure_skip_verify":true}`, 1))), "c.json:2: apps.http.servers.s.routes.0.handle.1: tls_insecure_skip_verify would send the credential to anyone"},
		{"header_up of the signer's own header", serverOf(routeOf(duoHandler, strings.Replace(toVendor, `"upstreams"`, `"headers":{"request":{"set":{"X-Duo-Date":["x"]}}},"upstreams"`, 1))), "c.json:2: warning: apps.http.servers.s.routes.0.handle.1: header_up X-Duo-Date has no effect: duo_sign makes that header itself; remove the line"},
		{"two transports", serverOf(routeOf(duoHandler, strings.Replace(toVendor, `"transport"`, `"transport":{"protocol":"http"},"transport"`, 1))), "c.json:2: apps.http.servers.s.routes.0.handle.1: it has two transports; keep the one that signs"},
		{"a proxy for errors", `{"apps":{"http":{"servers":{"s":{"routes":[` + matching(`{"path":["/a/*"]}`, duoHandler, toVendor) + `],"errors":{"routes":[` + "\n" + routeOf(toVendor) + `]}}}}}}`, "c.json:2: apps.http.servers.s.errors.routes.0.handle.0: no request gets a signature here and all are refused: duo_sign (line 1) does not count here, where a new list of routes begins; put one into this block, too"},
		{"a proxy for errors with a signer of its own", `{"apps":{"http":{"servers":{"s":{"routes":[` + routeOf(`{"handler":"error"}`) + `],"errors":{"routes":[` + routeOf(duoHandler, toVendor) + `]}}}}}}`, ""},
		{"a signer in another answer's routes", serverOf(routeOf(strings.Replace(toOther, `"upstreams"`, `"handle_response":[{"routes":[`+routeOf(duoHandler)+`]},{"routes":[`+routeOf(toVendor)+`]}],"upstreams"`, 1))), "c.json:2: apps.http.servers.s.routes.0.handle.0.handle_response.1.routes.0.handle.0: no request gets a signature here and all are refused: duo_sign (line 2) does not count here"},
		{"what the signer leaves out is answered here", serverOf(matching(`{"not":[{"path":["/health"]}]}`, duoHandler), matching(`{"path":["/health"]}`, `{"handler":"static_response"}`), routeOf(toVendor)), ""},
		{"only some of what the signer leaves out is answered here", serverOf(matching(`{"not":[{"path":["/health","/a"]}]}`, duoHandler), matching(`{"path":["/health"]}`, `{"handler":"static_response"}`), routeOf(toVendor)), "c.json:4: warning: apps.http.servers.s.routes.2.handle.0: requests that do not match the matcher of duo_sign (line 2)"},
		{"what the signer leaves out is answered too late", serverOf(matching(`{"not":[{"path":["/health"]}]}`, duoHandler), routeOf(toVendor), matching(`{"path":["/health"]}`, `{"handler":"static_response"}`)), "c.json:3: warning: apps.http.servers.s.routes.1.handle.0: requests that do not match the matcher of duo_sign (line 2)"},
		{"the inner of two signers counts", serverOf(routeOf(cortex), groupOf("g", `{"path":["/a/*"]}`, routeOf(duoHandler), routeOf(toVendor))), ""},
		{"a name that is looked up", serverOf(routeOf(duoHandler, dynamic(duoName, `"server_name":"api-1.duosecurity.com"`))), ""},
		{"a name that is looked up without one for the certificate", serverOf(routeOf(duoHandler, dynamic(duoName, ""))), "c.json:2: apps.http.servers.s.routes.0.handle.1: dynamic a dials the address of api-1.duosecurity.com, which is not a host of duo_sign, so that requests are refused (421); write tls_server_name api-1.duosecurity.com in its transport http"},
		{"another name that is looked up", serverOf(routeOf(duoHandler, dynamic(strings.Replace(duoName, "api-1", "api-9", 1), ""))), "c.json:2: apps.http.servers.s.routes.0.handle.1: upstream api-9.duosecurity.com:443 is not a host of duo_sign"},
		{"one of several names without a signer", serverOf(site("a.internal", routeOf(duoHandler, toVendor)), site("b.internal", routeOf(dynamic(`{"source":"multi","sources":[`+strings.Replace(duoName, "api-1", "api-9", 1)+`,`+duoName+`]}`, "")))), "c.json:5: apps.http.servers.s.routes.1.handle.0.routes.0.handle.0: requests leave unsigned: api-1.duosecurity.com:443 is the host"},
		{"names of which some are not known", serverOf(routeOf(duoHandler, dynamic(`{"source":"srv","name":"_api._tcp.vendor.example"}`, ""))), ""},
		{"HTTP/3 behind a handler", serverOf(routeOf(duoHandler, strings.Replace(toVendor, `"tls"`, `"versions":["2","3"],"tls"`, 1))), "c.json:2: apps.http.servers.s.routes.0.handle.1: versions 3 of the reverse_proxy behind the handler duo_sign (line 2): use the transport"},
		// What the guard takes for the vendor at run time: the name in the certificate, and the Host.
		{"an address with the vendor's certificate in another handle block", serverOf(groupOf("g", `{"path":["/a/*"]}`, routeOf(duoHandler, toVendor)), groupOf("g", `{"path":["/b/*"]}`, routeOf(toAddress(certified, "")))), "c.json:5: apps.http.servers.s.routes.1.handle.0.routes.0.handle.0: no request gets a signature here and all are refused"},
		{"an address that is asked for the vendor's Host in another handle block", serverOf(groupOf("g", `{"path":["/a/*"]}`, routeOf(duoHandler, toVendor)), groupOf("g", `{"path":["/b/*"]}`, routeOf(toAddress("", hosted)))), "c.json:5: apps.http.servers.s.routes.1.handle.0.routes.0.handle.0: no request gets a signature here and all are refused"},
		{"an address with the vendor's certificate in another site", serverOf(site("a.internal", routeOf(duoHandler), routeOf(toVendor)), site("b.internal", routeOf(toAddress(certified, "")))), "c.json:6: apps.http.servers.s.routes.1.handle.0.routes.0.handle.0: requests leave unsigned: api-1.duosecurity.com is the host"},
		{"an address that is asked for the vendor's Host in another site", serverOf(site("a.internal", routeOf(duoHandler), routeOf(toVendor)), site("b.internal", routeOf(toAddress("", hosted)))), "c.json:6: apps.http.servers.s.routes.1.handle.0.routes.0.handle.0: requests leave unsigned: api-1.duosecurity.com is the host"},
		{"another gateway that is asked for the vendor's Host", serverOf(site("a.internal", routeOf(duoHandler), routeOf(toVendor)), site("b.internal", routeOf(strings.Replace(toAddress("", hosted), "192.0.2.7", "gateway.internal", 1)))), "c.json:6: warning: apps.http.servers.s.routes.1.handle.0.routes.0.handle.0: requests leave unsigned"},
		{"a Host that the client chooses", serverOf(site("a.internal", routeOf(duoHandler), routeOf(toVendor)), site("b.internal", routeOf(strings.Replace(toAddress("", hosted), `["api-1.duosecurity.com"]`, `["{http.request.host}"]`, 1)))), ""},
		{"an address behind a narrower signer", serverOf(matching(`{"path":["/admin/*"]}`, duoHandler), routeOf(toAddress("", ""))), "c.json:3: apps.http.servers.s.routes.1.handle.0: upstream 192.0.2.7:443 is not a host of duo_sign (api-1.duosecurity.com): every request is refused (421)"},
		{"a proxy to something else behind a narrower signer", serverOf(matching(`{"path":["/admin/*"]}`, duoHandler), matching(`{"path":["/admin/*"]}`, toVendor), routeOf(toOther)), ""},
		{"a port without TLS", serverOf(routeOf(duoHandler, strings.Replace(toVendor, `"tls":{}`, `"tls":{"except_ports":["443"]}`, 1))), "c.json:2: apps.http.servers.s.routes.0.handle.1: the upstream is plain http"},
		{"a port without TLS under a signing transport", serverOf(routeOf(transport("api-1.duosecurity.com:443", `,"tls":{"except_ports":["443"]}`))), "c.json:2: apps.http.servers.s.routes.0.handle.0: the upstream is plain http"},
		{"another port without TLS", serverOf(routeOf(duoHandler, strings.Replace(toVendor, `"tls":{}`, `"tls":{"except_ports":["80"]}`, 1))), ""},
		{"a proxy without the transport of its site", serverOf(groupOf("g", `{"path":["/a/*"]}`, routeOf(transport("api-1.duosecurity.com:443", `,"tls":{}`))), groupOf("g", `{"path":["/b/*"]}`, routeOf(toVendor))), "c.json:5: apps.http.servers.s.routes.1.handle.0.routes.0.handle.0: no request gets a signature here and all are refused: api-1.duosecurity.com:443 is the host of the transport duo_sign of another reverse_proxy in line 3; use it here, too"},
		{"what does not match the signer is answered before", serverOf(matching(`{"not":[{"path":["/api/*"]}]}`, `{"handler":"static_response","abort":true}`), matching(`{"path":["/api/*"]}`, duoHandler), routeOf(toVendor)), ""},
		{"some of what does not match the signer is answered before", serverOf(matching(`{"not":[{"path":["/api/*","/b"]}]}`, `{"handler":"static_response","abort":true}`), matching(`{"path":["/api/*"]}`, duoHandler), routeOf(toVendor)), "c.json:4: warning: apps.http.servers.s.routes.2.handle.0: requests that do not match the matcher of duo_sign"},
		{"only FastCGI", serverOf(routeOf(duoHandler, `{"handler":"reverse_proxy","upstreams":[{"dial":"127.0.0.1:9000"}],"transport":{"protocol":"fastcgi"}}`)), "c.json:2: apps.http.servers.s.routes.0.handle.0: it signs nothing"},
		{"a part of a configuration", routeOf(toVendor, duoHandler), "c.json:1: 0.handle.0: no request gets a signature here"},
	}
	// Caddy takes keys in any letter case, but for names of modules.
	keys := regexp.MustCompile(`"(routes|named_routes|errors|handle|group|terminal|match|transport|handle_response|name|upstreams|dial|` +
		`dynamic_upstreams|tls|server_name|headers|request|set|port|sources|except_ports|insecure_skip_verify|versions|rewrite)":`)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { wantFindings(t, "c.json", tt.text, tt.want) })
		t.Run(tt.name+", keys in upper case", func(t *testing.T) {
			wantFindings(t, "c.json", keys.ReplaceAllStringFunc(tt.text, strings.ToUpper), tt.want)
		})
	}
}

// wantFindings compares what check says of a file, line by line, with the starts of the lines that are wanted. None: the
// file is good, also strictly.
func wantFindings(t *testing.T, file, text, want string) {
	t.Helper()
	status, stdout, stderr := faults(t, file, text, "--strict")
	got := strings.Split(strings.TrimSuffix(stdout, "\n"), "\n")
	if want == "" {
		if status != 0 || len(got) != 1 || !strings.HasSuffix(got[0], ", no fault") {
			t.Errorf("status %d, want no fault\n%s%s", status, stdout, stderr)
		}
		return
	}
	lines := strings.Split(want, "\n")
	wantStatus, wrong, doubts := 0, 0, 0 // for notes alone
	for _, line := range lines {
		switch {
		case strings.Contains(line, ": note: "):
		case strings.Contains(line, ": warning: "):
			doubts++
		default:
			wrong++
		}
	}
	switch {
	case wrong > 0:
		wantStatus = exitNo
	case doubts > 0:
		wantStatus = exitDoubt
	}
	if wantStatus == 0 && len(got) > 0 && strings.HasSuffix(got[len(got)-1], ", no fault") {
		got = got[:len(got)-1]
	}
	if len(got) != len(lines) || status != wantStatus {
		t.Fatalf("status %d\n%s%swant %d\n%s", status, stdout, stderr, wantStatus, want)
	}
	for i := range lines {
		if !strings.HasPrefix(got[i], lines[i]) {
			t.Errorf("\n%s\nwant\n%s", got[i], lines[i])
		}
	}
}

// Named routes that invoke each other make few modules of a small file, or check would compare each of millions with each.
func TestNamedRoutesThatInvokeEachOtherAreBounded(t *testing.T) {
	const names = 12
	var routes []string
	for i := range names {
		handle := `{"handler":"reverse_proxy","upstreams":[{"dial":"h:443"}]}`
		for j := range names {
			handle += fmt.Sprintf(`,{"handler":"invoke","name":"r%d"},{"handler":"invoke","name":"r%d"}`, j, j)
		}
		routes = append(routes, fmt.Sprintf(`"r%d":{"handle":[%s]}`, i, handle))
	}
	documents, broken := config.ParseJSON([]byte(`{"routes":[{"handle":[{"handler":"invoke","name":"r0"}]}],"named_routes":{` + strings.Join(routes, ",") + `}}`))
	if broken != nil {
		t.Fatal(broken)
	}
	if c := readCaddy(documents, nil); len(c.proxies) == 0 || len(c.proxies) > maxInvoked {
		t.Errorf("%d proxies", len(c.proxies))
	}
}
