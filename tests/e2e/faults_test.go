package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// absent takes an option away that every configuration gets.
const absent = "absent"

// canary stands for a secret in configurations that are refused.
const canary = "canary-2f9c41"

var faults = []struct {
	name    string
	signer  string
	options options // as written
	env     []string
	// What the gateway says, in the spelling of a Caddyfile.
	says string
	// The option or directive whose line Caddy points to; empty: it is only found when secrets are read.
	line string
}{
	{"an option that does not exist", "duo", duo.with(options{"secret_key": canary, "zzzzzzzzzz": "1"}), nil, "unknown option zzzzzzzzzz", "zzzzzzzzzz"},
	{"a misspelt option", "duo", duo.with(options{"integration_key": nil, "integration_kee": "DI1"}), nil, "did you mean integration_key?", "integration_kee"},
	{"the vendor's own word for an option", "duo", duo.with(options{"secret_key": nil, "skey": canary}), nil, "did you mean secret_key?", "skey"},
	{"no secret", "duo", duo.with(options{"secret_key": nil}), nil, "secret_key is required", "duo_sign"},
	{"no host", "darktrace", darktrace.with(options{"host": absent, "private_token": canary}), nil, "host is required", "darktrace_sign"},
	{"a host with a scheme", "darktrace", darktrace.with(options{"host": "https://h", "private_token": canary}), nil, "host must be a name", "host"},
	{"sha1 with version 5", "duo", duo.with(options{"digest": "sha1", "secret_key": canary}), nil, "digest sha1 needs signature_version 2", "digest"},
	{"a signature version that there is not", "duo", duo.with(options{"signature_version": 3, "secret_key": canary}), nil, "signature_version must be 5, 4 or 2", "signature_version"},
	{"a choice that there is not", "darktrace", darktrace.with(options{"date_format": "rfc", "private_token": canary}), nil, "date_format must be one of", "date_format"},
	{"a line break in a secret", "duo", duo.with(options{"secret_key": canary + "\n" + canary}), nil, "secret_key contains a control character", "secret_key"},
	{"white space before a secret", "threatconnect", threatConnect.with(options{"secret_key": " " + canary}), nil, "secret_key begins or ends with white space", "secret_key"},
	{"a slash in a Carbon Black key", "carbonblack", carbonBlack.with(options{"api_secret_key": canary + "/1"}), nil, "api_secret_key contains", "api_secret_key"},
	{"an advanced key without its id", "cortex", options{"api_key": canary}, nil, "api_key_id is required", "cortex_sign"},
	{"token and access id together", "threatconnect", threatConnect.with(options{"token": canary}), nil, "cannot be used together", "token"},
	{"a reference to no variable", "duo", duo.with(options{"secret_key": "{env.VENDORSIGN_MISSING}"}), nil, `secret_key: environment variable "VENDORSIGN_MISSING" is not set`, ""},
	{"a reference to an empty variable", "duo", duo.with(options{"secret_key": "{env.VENDORSIGN_EMPTY}"}), []string{"VENDORSIGN_EMPTY="}, `secret_key: environment variable "VENDORSIGN_EMPTY" is empty`, ""},
	{"a reference to no file", "duo", duo.with(options{"secret_key": "{file.SECRETS/missing}", "require_secrets": true}), nil, "secret_key: secret file cannot be read", ""},
	{"a reference to an empty file", "duo", duo.with(options{"secret_key": "{file.SECRETS/empty}"}), nil, "secret_key: secret file is empty", ""},
	{"a reference to a folder", "duo", duo.with(options{"secret_key": "{file.SECRETS/folder}"}), nil, "is not a regular file", ""},
	{"a reference to a variable with a line break", "duo", duo.with(options{"secret_key": "{env.VENDORSIGN_BROKEN}"}), []string{"VENDORSIGN_BROKEN=" + canary + "\n1"}, "secret_key contains a control character", ""},
}

// prepare makes the files that the references name, and a host where none is asked for.
func prepare(t *testing.T, h *home, set options) options {
	t.Helper()
	for name, text := range map[string]string{"empty": "\n", "good": "Zh5eGmUq9zpfQnyUIu5OL9iWoMMv5ZNmk3zLJ4Ep\r\n"} {
		if err := os.WriteFile(filepath.Join(h.secrets, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.MkdirAll(filepath.Join(h.secrets, "folder"), 0o755); err != nil {
		t.Fatal(err)
	}
	outside := filepath.Join(h.dir, "outside")
	if err := os.WriteFile(outside, []byte(canary), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(outside, filepath.Join(h.secrets, "link")); err != nil && !os.IsExist(err) {
		t.Fatal(err)
	}
	ready := options{"insecure_upstream": true, "host": "127.0.0.1"}
	for name, value := range set {
		if text, ok := value.(string); ok {
			value = strings.ReplaceAll(text, "SECRETS", h.secrets)
		}
		ready[name] = value
		if value == absent {
			delete(ready, name)
		}
	}
	return ready
}

// isRefused starts a Caddy that must end by itself and say why. It returns the log.
func isRefused(t *testing.T, h *home, port int, config, says string) string {
	t.Helper()
	p, err := startCaddy(t, h, config)
	if err != nil {
		t.Fatal(err)
	}
	err = p.waitReady(func() bool { return answers(fmt.Sprintf("127.0.0.1:%d", port)) })
	p.stop()
	log := p.log.String()
	if code := p.cmd.ProcessState.ExitCode(); code <= 0 {
		t.Errorf("%v, with exit code %d", err, code)
	}
	if !strings.Contains(unescape(log), says) {
		t.Errorf("it does not say %q:\n%s", says, log)
	}
	return log
}

// unescape makes quotes in a JSON log line readable.
func unescape(log string) string { return strings.ReplaceAll(log, `\"`, `"`) }

func TestCaddyRefusesAFaultyConfigurationAsAWhole(t *testing.T) {
	t.Parallel()
	for _, f := range []form{caddyHandler, caddyTransport} {
		for _, fault := range faults {
			t.Run(string(f)+" with "+fault.name, func(t *testing.T) {
				t.Parallel()
				h := newHome(t)
				h.env = append(h.env, fault.env...)
				v := &vendor{addr: "127.0.0.1:1"}
				r := &route{name: "faulty", signer: fault.signer, options: prepare(t, h, fault.options), literal: true, vendor: v}
				port := freePort(t)
				config := caddyfile(t, f, h, port, []*route{r})
				log := isRefused(t, h, port, config, fault.says)
				if strings.Contains(log, canary) {
					t.Errorf("it shows the secret:\n%s", log)
				}
				if fault.line == "" {
					return
				}
				want := 0
				for i, line := range strings.Split(config, "\n") {
					if strings.HasPrefix(strings.TrimPrefix(strings.TrimSpace(line), "transport "), fault.line+" ") {
						want = i + 1
					}
				}
				if !strings.Contains(log, fmt.Sprintf("Caddyfile:%d", want)) {
					t.Errorf("it does not point to line %d of\n%s\nbut says\n%s", want, config, log)
				}
			})
		}
	}
}

// Of these only Traefik knows.
var traefikFaults = []struct {
	name    string
	signer  string // empty: options are the whole plugin's
	options options
	says    string
}{
	{"two vendors in one middleware", "", options{"duo": object{"secretKey": canary}, "cortex": object{"apiKey": canary}}, "exactly one vendor"},
	{"no vendor", "", options{"insecure_upstream": absent, "host": absent}, "exactly one of"},
	{"a vendor that there is not", "", options{"nosuchvendor": object{"key": canary}}, "unknown vendor nosuchvendor"},
	{"a map instead of a reference", "duo", duo.with(options{"secret_key": object{"env.VENDORSIGN_X": nil}}), ""},
	{"a variable without the prefix", "duo", duo.with(options{"secret_key": "env:PATH"}), "secretKey: environment variables are read only if their name begins with VENDORSIGN_"},
	{"a variable without the prefix in braces", "duo", duo.with(options{"secret_key": "{env.HOME}"}), "secretKey: environment variables are read only if their name begins with VENDORSIGN_"},
	{"a file outside the folder", "duo", duo.with(options{"secret_key": "file:SECRETS/../outside"}), "secretKey: secret file is not below VENDORSIGN_SECRETS_DIR"},
	{"a file far outside the folder", "duo", duo.with(options{"secret_key": "{file./etc/hostname}"}), "secretKey: secret file is not below VENDORSIGN_SECRETS_DIR"},
	{"a link that leads outside", "duo", duo.with(options{"secret_key": "file:SECRETS/link"}), "secretKey: secret file is not below VENDORSIGN_SECRETS_DIR"},
	{"the folder itself", "duo", duo.with(options{"secret_key": "file:SECRETS"}), "secretKey: secret file is not below VENDORSIGN_SECRETS_DIR"},
	{"a relative file", "duo", duo.with(options{"secret_key": "file:secrets/good"}), "secretKey: secret file is not below VENDORSIGN_SECRETS_DIR"},
}

// What Traefik calls our options; the fault tables spell them as Caddy does.
var snake = regexp.MustCompile(`\b[a-z]+(_[a-z]+)+\b`)

func TestTraefikClosesTheRouterOfAFaultyMiddlewareAndNoOther(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	good := find("cortex-standard").route(t, traefik) // its secret is in no fault
	routes := []*route{good}
	says := map[*route]string{}
	add := func(name, signer string, set options, text string) {
		r := &route{
			name: regexp.MustCompile(`[^a-z0-9]+`).ReplaceAllString(strings.ToLower(name), "-"), signer: signer,
			options: set, literal: true, vendor: newVendor(t, "darktrace", find("darktrace").credential(), nil),
		}
		routes = append(routes, r)
		says[r] = text
	}
	for _, fault := range faults {
		add(fault.name, fault.signer, prepare(t, h, fault.options), snake.ReplaceAllStringFunc(fault.says, camel))
		h.env = append(h.env, fault.env...)
	}
	for _, fault := range traefikFaults {
		set := prepare(t, h, fault.options)
		if fault.signer == "" {
			set = set.with(options{"host": nil, "insecure_upstream": nil})
		}
		add(fault.name, fault.signer, set, fault.says)
	}
	g := startIn(t, h, traefik, routes...)
	for _, r := range routes[1:] {
		t.Run(r.name, func(t *testing.T) {
			got := g.send(t, r, request{method: "GET", target: "/api"})
			if got.status != 404 {
				t.Errorf("answered %d", got.status)
			}
			if n := r.vendor.bytes.Load(); n != 0 {
				t.Errorf("%d bytes went to the vendor", n)
			}
			var said string
			until(t, "the log says "+says[r], func() bool {
				said = ""
				for _, line := range strings.Split(g.log.String(), "\n") {
					if strings.Contains(line, " ERR ") && strings.Contains(line, "routerName="+r.name+"@file") {
						said += line + "\n"
					}
				}
				return said != "" && strings.Contains(unescape(said), says[r])
			})
			if strings.Contains(said, canary) {
				t.Errorf("it shows the secret:\n%s", said)
			}
		})
	}
	t.Run("the good one beside them works", func(t *testing.T) {
		g.accepted(t, good, request{method: "GET", target: "/api"})
	})
}

func TestTraefikReadsNoFileWithoutASecretsFolder(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	route := find("duo").route(t, traefik)
	route.literal = true
	route.options = prepare(t, h, route.options.with(options{"secret_key": "file:SECRETS/good"}))
	h.env = nil
	g := startIn(t, h, traefik, route)
	if got := g.send(t, route, request{method: "GET", target: "/api"}); got.status != 404 {
		t.Errorf("answered %d", got.status)
	}
	g.says(t, "secretKey: files are read only below the folder that VENDORSIGN_SECRETS_DIR names, and it is not set", 1)
}

func TestEverySpellingOfAReferenceWorks(t *testing.T) {
	eachForm(t, func(t *testing.T, f form) {
		h := newHome(t)
		h.env = append(h.env, "VENDORSIGN_DUO_SKEY="+duo["secret_key"].(string), "DUO_SKEY="+duo["secret_key"].(string))
		references := []string{"{env.VENDORSIGN_DUO_SKEY}", "{file.SECRETS/good}"}
		if f == traefik {
			references = append(references, "env:VENDORSIGN_DUO_SKEY", "file:SECRETS/good")
		} else {
			references = append(references, "{env.DUO_SKEY}", "{$DUO_SKEY}")
		}
		var routes []*route
		for i, reference := range references {
			r := find("duo").route(t, f)
			r.name, r.literal = fmt.Sprintf("reference-%d", i), true
			r.options = prepare(t, h, r.options.with(options{"secret_key": reference}))
			routes = append(routes, r)
		}
		g := startIn(t, h, f, routes...)
		for i, reference := range references {
			t.Run(reference, func(t *testing.T) {
				g.accepted(t, routes[i], request{method: "GET", target: "/api"})
			})
		}
	})
}
