package e2e

import (
	"encoding/json"
	"fmt"
	"maps"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// form is a way to use the plugins.
type form string

const (
	caddyHandler   form = "caddy handler"
	caddyTransport form = "caddy transport"
	traefik        form = "traefik"
)

var forms = []form{caddyHandler, caddyTransport, traefik}

// options of a signer by the name that a Caddyfile has: a text, a number, true, a list, options or, in
// Traefik, anything.
type options map[string]any

// with returns a copy of o with more options; nil removes one.
func (o options) with(more options) options {
	all := maps.Clone(o)
	for name, value := range more {
		all[name] = value
		if value == nil {
			delete(all, name)
		}
	}
	return all
}

// secretOptions hold secrets: routes give them by reference, unless they are literal.
var secretOptions = []string{"private_token", "secret_key", "token", "api_secret_key", "api_key", "oauth_app_secret", "csp_api_token",
	"secret_access_key", "session_token"}

// holdsSecret reports whether an option is one of those, or a secret of the route's preset.
func (r *route) holdsSecret(option string) bool {
	return slices.Contains(secretOptions, option) || slices.Contains(r.secrets, option)
}

// route is a gateway's way from one host name to one vendor.
type route struct {
	name    string // clients ask for the host <name>.test
	signer  string
	options options
	literal bool     // the options are written as they are
	secrets []string // more options that hold secrets
	lines   string   // more lines of a Caddyfile's block
	site    string   // more lines of a Caddyfile's site
	vendor  *vendor

	// The upstream. Without scheme it is plain http.
	scheme     string
	ca         string // file with the issuer that is trusted
	serverName string // that the certificate must have
	skipVerify bool
	headerUp   string // of Caddy's reverse_proxy
	retries    int    // of Caddy's reverse_proxy
	noSigner   bool   // proxied as it is
	passive    bool   // one failure takes the upstream away for half a minute
	versions   string // of HTTP, for Caddy's transport
	family     string // clients may also ask for the hosts one label below it
	byAddress  bool   // clients may also ask for the gateway's address, as those do that cannot be told a Host

	apps   []options // with keys of their own, which the gateway verifies
	verify options   // how it does
}

func (r *route) upstream() string {
	if r.scheme == "" {
		return "http://" + r.vendor.addr
	}
	return r.scheme + "://" + r.vendor.addr
}

// gateway is a process with its routes.
type gateway struct {
	*process
	form form
	addr string
}

// home is what a gateway's process finds around it.
type home struct {
	dir, secrets string
	env          []string
	referred     []string // the secrets that refer was given
}

func newHome(t testing.TB) *home {
	h := &home{dir: t.TempDir()}
	h.secrets = filepath.Join(h.dir, "secrets")
	if err := os.Mkdir(h.secrets, 0o755); err != nil {
		t.Fatal(err)
	}
	// Every token_cache is a test's own folder, and all of those are in one.
	h.env = []string{"VENDORSIGN_SECRETS_DIR=" + h.secrets, "VENDORSIGN_TOKEN_DIR=" + os.TempDir(),
		"VENDORSIGN_ALLOWED_HOSTS=" + testHosts, "VENDORSIGN_INSECURE_UPSTREAM=" + testHosts}
	return h
}

// testHosts are those that the vendors of tests have, which an operator has to permit to whoever writes Traefik's routes.
const testHosts = "127.0.0.1,localhost,*.test,*.example,*.aws.example,*.vendor.example,*.carbonblack.example,*.cortex.example,*.darktrace.example,*.duo.example,*.duosecurity.example,*.s3.eu-west-1.amazonaws.com," +
	"*.threatconnect.example,*.duosecurity.com,*.conferdeploy.net,*.conferdeploy.example,console.cloud.vmware.com," +
	"*.example.com,*.threatconnect.com,*.xdr.us.paloaltonetworks.com,*.eu-west-1.amazonaws.com"

// refer puts a secret where the gateway finds it and returns the reference. Each form and option takes another kind.
func (h *home) refer(t testing.TB, f form, r *route, option, secret string) string {
	t.Helper()
	name := strings.ToUpper(strings.NewReplacer("-", "_", ".", "_").Replace("VENDORSIGN_" + r.name + "_" + option))
	file := filepath.Join(h.secrets, r.name+"."+option)
	if err := os.WriteFile(file, []byte(secret+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	h.env, h.referred = append(h.env, name+"="+secret), append(h.referred, secret)
	kinds := map[form][]string{
		caddyHandler:   {"{env." + name + "}"},
		caddyTransport: {"{file." + file + "}"},
		traefik:        {"env:" + name, "file:" + file, "{env." + name + "}", "{file." + file + "}"},
	}[f]
	return kinds[len(r.name)%len(kinds)]
}

// start runs a gateway with the routes until the test ends.
func start(t testing.TB, f form, routes ...*route) *gateway {
	t.Helper()
	return startIn(t, newHome(t), f, routes...)
}

// startIn is start with what the caller has put into the home.
func startIn(t testing.TB, h *home, f form, routes ...*route) *gateway {
	t.Helper()
	for attempt := 1; ; attempt++ {
		g, err := startOnce(t, f, h, routes)
		if err == nil {
			t.Cleanup(func() {
				g.stop()
				h.hasNoSecret(t, f, g.log.String())
				if t.Failed() {
					t.Logf("log of %s:\n%s", f, tail(g.log.String()))
				}
			})
			return g
		}
		g.stop()
		if attempt == 5 || !g.portTaken() {
			t.Fatalf("%s does not start: %v\n%s", f, err, tail(g.log.String()))
		}
	}
}

func tail(text string) string {
	const most = 4 << 10
	if len(text) > most {
		return "..." + text[len(text)-most:]
	}
	return text
}

func startOnce(t testing.TB, f form, h *home, routes []*route) (*gateway, error) {
	t.Helper()
	port := freePort(t)
	g := &gateway{form: f, addr: fmt.Sprintf("127.0.0.1:%d", port)}
	var err error
	if f == traefik {
		g.process, err = startTraefik(t, h, port, routes)
	} else {
		g.process, err = startCaddy(t, h, caddyfile(t, f, h, port, routes))
	}
	if err != nil {
		t.Fatal(err)
	}
	return g, g.waitReady(func() bool { return answers(g.addr) })
}

// answers tells whether a gateway with its configuration is behind addr.
func answers(addr string) bool {
	answer, err := exchange(addr, "GET /ping HTTP/1.1\r\nHost: ready.test\r\nConnection: close\r\n\r\n")
	return err == nil && strings.HasPrefix(answer, "HTTP/1.1 200 ")
}

// listens waits for another port of the gateway: it may come later than the one that start waits for.
func (g *gateway) listens(t testing.TB, port int) {
	t.Helper()
	addr := fmt.Sprintf("127.0.0.1:%d", port)
	err := g.waitReady(func() bool {
		if g.form == traefik { // which listens before it has its configuration
			return answers(addr)
		}
		conn, err := net.Dial("tcp", addr)
		if err == nil {
			conn.Close()
		}
		return err == nil
	})
	if err != nil {
		t.Fatalf("port %d: %v\n%s", port, err, tail(g.log.String()))
	}
}

// Caddy.

func startCaddy(t testing.TB, h *home, config string) (*process, error) {
	t.Helper()
	file := filepath.Join(h.dir, "Caddyfile")
	if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	return startProcess(h.dir, h.env, caddyBin, "run", "--config", file, "--adapter", "caddyfile")
}

// caddyfile writes the routes as a person would, each line one option.
func caddyfile(t testing.TB, f form, h *home, port int, routes []*route) string {
	t.Helper()
	var b strings.Builder
	b.WriteString("{\n\tadmin off\n\tpersist_config off\n\tauto_https off\n\tskip_install_trust\n\tdefault_bind 127.0.0.1\n\tdebug\n}\n")
	fmt.Fprintf(&b, "http://ready.test:%d {\n\trespond ready\n}\n", port)
	for i, r := range routes {
		module := r.signer + "_sign"
		if i%2 == 1 || keys[r.signer].older == nil || r.signer == "aws" { // the same by its other name, for many the only one
			module = "vendorsign " + r.signer
		}
		fmt.Fprintf(&b, "http://%s.test:%d", r.name, port)
		if r.byAddress {
			fmt.Fprintf(&b, ", http://127.0.0.1:%d, http://localhost:%d", port, port)
		}
		if r.family != "" {
			fmt.Fprintf(&b, ", http://*.%s:%d", r.family, port)
		}
		b.WriteString(" {\n\tlog\n" + r.site)
		if r.apps != nil {
			verifierBlock(t, &b, f, h, r)
		}
		if f == caddyHandler && !r.noSigner {
			signerBlock(t, &b, "\t", module, f, h, r, "")
		}
		fmt.Fprintf(&b, "\treverse_proxy %s {\n", r.upstream())
		if r.headerUp != "" {
			fmt.Fprintf(&b, "\t\theader_up %s\n", r.headerUp)
		}
		if r.retries > 0 {
			fmt.Fprintf(&b, "\t\tlb_retries %d\n", r.retries)
		}
		if r.passive {
			b.WriteString("\t\tmax_fails 1\n\t\tfail_duration 30s\n")
		}
		var tls string
		if r.ca != "" {
			tls += "\t\t\ttls_trust_pool file " + quote(r.ca) + "\n"
		}
		if r.serverName != "" {
			tls += "\t\t\ttls_server_name " + r.serverName + "\n"
		}
		if r.skipVerify {
			tls += "\t\t\ttls_insecure_skip_verify\n"
		}
		if r.versions != "" {
			tls += "\t\t\tversions " + r.versions + "\n"
		}
		if f == caddyTransport && !r.noSigner {
			signerBlock(t, &b, "\t\t", "transport "+module, f, h, r, tls)
		} else if tls != "" {
			fmt.Fprintf(&b, "\t\ttransport http {\n%s\t\t}\n", tls)
		}
		fmt.Fprintf(&b, "\t}\n}\n")
	}
	return b.String()
}

func signerBlock(t testing.TB, b *strings.Builder, indent, directive string, f form, h *home, r *route, more string) {
	t.Helper()
	fmt.Fprintf(b, "%s%s {\n", indent, directive)
	for _, name := range slices.Sorted(maps.Keys(r.options)) {
		values := []any{r.options[name]}
		if block, ok := values[0].(options); ok {
			inner := &route{name: r.name + "-" + name, signer: r.signer, literal: r.literal, options: block}
			signerBlock(t, b, indent+"\t", name, f, h, inner, "")
			continue
		}
		if list, ok := values[0].([]string); ok {
			values = nil
			for _, v := range list {
				values = append(values, v)
			}
		}
		fmt.Fprintf(b, "%s\t%s", indent, name)
		for _, v := range values {
			if v == true { // a flag stands alone
				continue
			}
			text := fmt.Sprint(v)
			if !r.literal && r.holdsSecret(name) {
				text = h.refer(t, f, r, name, text)
			}
			b.WriteString(" " + quote(text))
		}
		b.WriteString("\n")
	}
	fmt.Fprintf(b, "%s%s%s}\n", r.lines, more, indent)
}

// verifierBlock writes what verifies the keys of applications.
func verifierBlock(t testing.TB, b *strings.Builder, f form, h *home, r *route) {
	t.Helper()
	inside := &route{signer: r.signer, literal: true, options: r.verify}
	var apps strings.Builder
	for _, app := range r.apps {
		own := maps.Clone(app)
		delete(own, "name")
		one := &route{name: fmt.Sprint(r.name, "-", app["name"]), signer: r.signer, secrets: []string{"secret", "previous"}, options: own}
		signerBlock(t, &apps, "\t\t", fmt.Sprint("app ", app["name"]), f, h, one, "")
	}
	signerBlock(t, b, "\t", "vendorsign_verify "+r.signer, f, h, inside, apps.String())
}

// quote writes a Caddyfile token.
func quote(text string) string {
	if strings.ContainsAny(text, " \t\r\n\"`\\") || text == "" {
		return "\"" + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(text) + "\""
	}
	return text
}

// Traefik.

type object = map[string]any

func startTraefik(t testing.TB, h *home, port int, routes []*route) (*process, error) {
	t.Helper()
	if err := os.Symlink(pluginsLocal, filepath.Join(h.dir, "plugins-local")); err != nil && !os.IsExist(err) {
		t.Fatal(err)
	}
	static := object{
		"global":      object{"checkNewVersion": false, "sendAnonymousUsage": false},
		"log":         object{"level": "DEBUG", "noColor": true},
		"accessLog":   object{},
		"entryPoints": object{"web": object{"address": fmt.Sprintf("127.0.0.1:%d", port)}},
		"ping":        object{"manualRouting": true},
		"providers":   object{"file": object{"filename": filepath.Join(h.dir, "dynamic.yml"), "watch": false}},
		"experimental": object{"localPlugins": object{
			"vendorsign": object{"moduleName": "github.com/vendorsign/vendorsign"},
		}},
	}
	writeYAML(t, filepath.Join(h.dir, "traefik.yml"), static)
	writeYAML(t, filepath.Join(h.dir, "dynamic.yml"), traefikRoutes(t, h, routes))
	return startProcess(h.dir, h.env, traefikBin, "--configFile="+filepath.Join(h.dir, "traefik.yml"))
}

// writeYAML writes JSON, which is YAML without its surprises.
func writeYAML(t testing.TB, file string, value object) {
	t.Helper()
	data, err := json.MarshalIndent(value, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

func traefikRoutes(t testing.TB, h *home, routes []*route) object {
	t.Helper()
	routers := object{"ready": object{"rule": "Host(`ready.test`)", "service": "ping@internal"}}
	middlewares, services, transports := object{}, object{}, object{}
	for _, r := range routes {
		rule := "Host(`" + r.name + ".test`)"
		if r.byAddress {
			rule += " || Host(`127.0.0.1`) || Host(`localhost`)"
		}
		if r.family != "" {
			rule += " || HostRegexp(`^.+\\." + regexp.QuoteMeta(r.family) + "$`)"
		}
		router := object{"rule": rule, "service": r.name}
		if !r.noSigner {
			router["middlewares"] = []string{r.name}
			middlewares[r.name] = object{"plugin": object{"vendorsign": traefikBlock(t, h, r)}}
		}
		routers[r.name] = router
		balancer := object{"servers": []object{{"url": r.upstream()}}}
		if r.passive {
			balancer["passiveHealthCheck"] = object{"failureWindow": "30s", "maxFailedAttempts": 1}
		}
		if r.scheme == "https" {
			balancer["serversTransport"] = r.name
			transport := object{"serverName": r.serverName, "insecureSkipVerify": r.skipVerify}
			if r.ca != "" {
				transport["rootCAs"] = []string{r.ca}
			}
			transports[r.name] = transport
		}
		services[r.name] = object{"loadBalancer": balancer}
	}
	http := object{"routers": routers, "services": services}
	if len(middlewares) > 0 {
		http["middlewares"] = middlewares
	}
	if len(transports) > 0 {
		http["serversTransports"] = transports
	}
	return object{"http": http}
}

// traefikBlock is the plugin's configuration: the vendor's block, or whatever a route without signer has instead.
func traefikBlock(t testing.TB, h *home, r *route) object {
	t.Helper()
	block := object{}
	for name, value := range r.options {
		if inner, ok := value.(options); ok {
			value = traefikBlock(t, h, &route{name: r.name + "-" + name, literal: r.literal, options: inner})
		}
		if text, ok := value.(string); ok && !r.literal && r.holdsSecret(name) {
			value = h.refer(t, traefik, r, name, text)
		}
		block[camel(name)] = value
	}
	if r.signer == "" {
		return block
	}
	maps.Copy(block, verifierOptions(t, h, r))
	return object{r.signer: block}
}

// verifierOptions are those that verify the keys of applications.
func verifierOptions(t testing.TB, h *home, r *route) object {
	t.Helper()
	block := object{}
	for name, value := range r.verify {
		block[camel(name)] = value
	}
	var apps []object
	for _, app := range r.apps {
		one := &route{name: fmt.Sprint(r.name, "-", app["name"]), secrets: []string{"secret", "previous"}, options: app}
		apps = append(apps, traefikBlock(t, h, one))
	}
	if apps != nil {
		block["apps"] = apps
	}
	return block
}

func camel(name string) string {
	words := strings.Split(name, "_")
	for i := range words[1:] {
		words[i+1] = strings.ToUpper(words[i+1][:1]) + words[i+1][1:]
	}
	return strings.Join(words, "")
}

// hasNoSecret looks for the secrets that were given by reference in what a gateway has logged.
func (h *home) hasNoSecret(t testing.TB, f form, log string) {
	t.Helper()
	for _, secret := range h.referred {
		if strings.Contains(log, secret) {
			t.Errorf("the log of %s shows a secret", f)
		}
	}
}
