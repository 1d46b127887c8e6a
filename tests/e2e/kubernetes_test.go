package e2e

import (
	"net/http"
	"strconv"
	"strings"
	"testing"
)

func TestTheKubernetesManifestsSignInTraefik(t *testing.T) {
	t.Parallel()
	n := newNode(t)
	g := n.startPod(t, manifests(t, "traefik"), "", "--api.insecure=true")
	waitRouted(t, g)
	n.judged(t, g.addr, ".vendorsign")
	n.judged(t, g.addr, ".vendorsign.svc.cluster.local")
	// The references, and nothing that they refer to.
	shown := middlewaresOf(t, g)
	for _, v := range kubernetesVendors {
		if !strings.Contains(shown, "file:"+n.secrets+"/"+v.name) {
			t.Errorf("Traefik's API does not show the middleware of %s:\n%s", v.name, shown)
		}
	}
	n.home.hasNoSecret(t, traefik, shown)
	n.home.hasNoSecret(t, traefik, g.log.String())
}

// What docs/kubernetes.md says of it.
func TestASecretByURNShowsInTraefiksAPI(t *testing.T) {
	t.Parallel()
	n := newNode(t)
	objects := manifests(t, "traefik")
	dig[object](t, findObject(t, objects, "Middleware", "duo"), "spec", "plugin", "vendorsign", "duo")["secretKey"] = "urn:k8s:secret:vendors:duo"
	dig[object](t, findObject(t, objects, "Secret", "vendors"), "stringData")["duo"] = "kubernetes-by-urn"
	g := n.startPod(t, objects, "", "--api.insecure=true")
	waitRouted(t, g)
	if shown := middlewaresOf(t, g); !strings.Contains(shown, "kubernetes-by-urn") {
		t.Errorf("the documentation says that it leaks, and it does not:\n%s", shown)
	}
}

func TestWithoutAllowExternalNameServicesNothingIsRouted(t *testing.T) {
	t.Parallel()
	n := newNode(t)
	g := n.startPod(t, manifests(t, "traefik"), "--providers.kubernetesCRD.allowExternalNameServices=true")
	if err := g.waitReady(func() bool {
		return strings.Contains(g.log.String(), "externalName services not allowed: vendorsign/duo-vendor")
	}); err != nil {
		t.Error(err)
	}
	if answer, err := exchange(g.addr, "GET / HTTP/1.1\r\nHost: duo.vendorsign\r\nConnection: close\r\n\r\n"); err != nil || !strings.HasPrefix(answer, "HTTP/1.1 404 ") {
		t.Errorf("%v\n%s", err, answer)
	}
	if n.vendors["duo"].count() != 0 {
		t.Error("the vendor got a request")
	}
}

// waitRouted waits for the routes, which come a moment after the process.
func waitRouted(t *testing.T, g *gateway) {
	t.Helper()
	for _, v := range kubernetesVendors {
		err := g.waitReady(func() bool {
			answer, err := exchange(g.addr, "GET / HTTP/1.1\r\nHost: "+v.name+".vendorsign\r\nConnection: close\r\n\r\n")
			return err == nil && !strings.Contains(answer, "404 page not found")
		})
		if err != nil {
			t.Fatalf("%s: %v", v.name, err)
		}
	}
}

// middlewaresOf asks Traefik's API.
func middlewaresOf(t *testing.T, g *gateway) string {
	t.Helper()
	for _, arg := range g.cmd.Args {
		if addr, ok := strings.CutPrefix(arg, "--entryPoints.traefik.address="); ok {
			answer, err := exchange(addr, "GET /api/http/middlewares HTTP/1.1\r\nHost: api\r\nConnection: close\r\n\r\n")
			if err != nil || !strings.HasPrefix(answer, "HTTP/1.1 200 ") {
				t.Fatalf("%v\n%s", err, answer)
			}
			return answer
		}
	}
	t.Fatal("Traefik has no entry point for its API")
	return ""
}

func TestTheKubernetesManifestsSignInCaddy(t *testing.T) {
	t.Parallel()
	n := newNode(t)
	objects := manifests(t, "caddy")
	config := n.here(dig[string](t, findObject(t, objects, "ConfigMap", "caddy"), "data", "Caddyfile"))
	pod := dig[object](t, findObject(t, objects, "Deployment", "caddy"), "spec", "template", "spec", "containers", 0)
	if path := dig[string](t, pod, "readinessProbe", "httpGet", "path"); path != "/ready" {
		t.Errorf("the probe asks for %s", path)
	}
	replace := func(old, with string) {
		t.Helper()
		if !strings.Contains(config, old) {
			t.Fatalf("the Caddyfile has no %q", old)
		}
		config = strings.ReplaceAll(config, old, with)
	}
	web, probes := strconv.Itoa(freePort(t)), strconv.Itoa(freePort(t))
	replace(":8080", ":"+web)
	replace(":8081", ":"+probes)
	replace("\tpersist_config off\n", "\tpersist_config off\n\tdefault_bind 127.0.0.1\n")
	for _, v := range kubernetesVendors {
		replace("reverse_proxy https://"+v.host+" {\n", "reverse_proxy https://"+n.vendors[v.name].addr+" {\n")
		replace("host "+v.host+"\n", "host "+v.host+"\n\t\t\ttls_server_name "+v.host+"\n\t\t\ttls_trust_pool file "+n.ca.file+"\n")
	}
	p, err := startCaddy(t, n.home, config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		p.stop()
		if t.Failed() {
			t.Logf("log of Caddy:\n%s", tail(p.log.String()))
		}
	})
	err = p.waitReady(func() bool {
		answer, err := exchange("127.0.0.1:"+probes, "GET /ready HTTP/1.1\r\nHost: 10.0.0.1\r\nConnection: close\r\n\r\n")
		return err == nil && strings.HasPrefix(answer, "HTTP/1.1 "+strconv.Itoa(http.StatusOK)+" ")
	})
	if err != nil {
		t.Fatal(err)
	}
	number, _ := strconv.Atoi(web)
	(&gateway{process: p, form: caddyTransport}).listens(t, number)
	n.judged(t, "127.0.0.1:"+web, ".vendorsign")
	n.judged(t, "127.0.0.1:"+web, ".vendorsign.svc.cluster.local")
	n.home.hasNoSecret(t, caddyTransport, p.log.String())
}
