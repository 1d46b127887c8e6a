package e2e

import (
	"encoding/json"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// kubernetesVendors are the vendors of docs/examples/kubernetes, with the ids that its manifests have. The secrets are
// files, named like the vendor.
var kubernetesVendors = []struct {
	name, host string
	credential map[string]string
	secret     string // the option that the file holds
}{
	{"darktrace", "dt.example.com", map[string]string{"public_token": "replace-me"}, "private_token"},
	{"threatconnect", "api.threatconnect.com", map[string]string{"access_id": "00000000000000000001"}, "secret_key"},
	{"carbonblack", "defense.conferdeploy.net", map[string]string{"api_id": "XXXXXXXXXX"}, "api_secret_key"},
	{"cortex", "api-tenant1.xdr.us.paloaltonetworks.com", map[string]string{"api_key_id": "1"}, "api_key"},
	{"duo", "api-1.duosecurity.com", map[string]string{"integration_key": "DIXXXXXXXXXXXXXXXXXX"}, "secret_key"},
}

// node is a machine of the cluster: the vendors as their names lead there, and the pod's secrets.
type node struct {
	home    *home
	ca      *authority
	vendors map[string]*vendor
	secrets string
}

func newNode(t *testing.T) *node {
	t.Helper()
	n := &node{home: newHome(t), ca: newAuthority(t), vendors: make(map[string]*vendor)}
	// A Secret is mounted as a folder of links, which change together when the Secret does.
	n.secrets = filepath.Join(n.home.dir, "mounted")
	files := filepath.Join(n.secrets, "..2026_01_02_03_04_05.678")
	if err := os.MkdirAll(files, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(filepath.Base(files), filepath.Join(n.secrets, "..data")); err != nil {
		t.Fatal(err)
	}
	for _, v := range kubernetesVendors {
		secret := "kubernetes-" + v.name + "-0123456789"
		n.home.referred = append(n.home.referred, secret)
		if err := os.WriteFile(filepath.Join(files, v.name), []byte(secret), 0o440); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink("..data/"+v.name, filepath.Join(n.secrets, v.name)); err != nil {
			t.Fatal(err)
		}
		credential := map[string]string{v.secret: secret}
		for option, value := range v.credential {
			credential[option] = value
		}
		n.vendors[v.name] = newVendor(t, v.name, credential, n.ca.leaf(t, v.host))
	}
	return n
}

// here moves the pod's paths to the node.
func (n *node) here(text string) string {
	return strings.ReplaceAll(text, "/etc/vendorsign/secrets", n.secrets)
}

// resolve makes the manifests' vendors those of the node, which the cluster's DNS would do: nothing else changes.
func (n *node) resolve(t *testing.T, objects []object) []object {
	t.Helper()
	text, err := json.Marshal(objects)
	if err != nil {
		t.Fatal(err)
	}
	objects = nil
	if err := json.Unmarshal([]byte(n.here(string(text))), &objects); err != nil {
		t.Fatal(err)
	}
	authority, err := os.ReadFile(n.ca.file)
	if err != nil {
		t.Fatal(err)
	}
	objects = append(objects, object{"apiVersion": "v1", "kind": "ConfigMap", "metadata": object{"name": "darktrace-ca", "namespace": "vendorsign"},
		"data": object{"ca.crt": string(authority)}})
	for _, v := range kubernetesVendors {
		host, port, _ := net.SplitHostPort(n.vendors[v.name].addr)
		number, _ := strconv.Atoi(port)
		service := findObject(t, objects, "Service", v.name+"-vendor")
		if dig[string](t, service, "spec", "externalName") != v.host {
			t.Errorf("the vendor of %s is %v", v.name, service["spec"])
		}
		dig[object](t, service, "spec")["externalName"] = host
		dig[object](t, service, "spec", "ports", 0)["port"] = number
		target := dig[object](t, findObject(t, objects, "IngressRoute", v.name), "spec", "routes", 0, "services", 0)
		target["port"] = number
		if target["serversTransport"] == nil { // the authority that everybody trusts is the test's
			target["serversTransport"] = v.name
			objects = append(objects, object{"apiVersion": "traefik.io/v1alpha1", "kind": "ServersTransport", "metadata": object{"name": v.name, "namespace": "vendorsign"},
				"spec": object{"serverName": v.host, "rootCAs": []object{{"configMap": "darktrace-ca"}}}})
		}
	}
	return objects
}

// startPod runs the Traefik of the manifests' Deployment, as far as a process is a pod.
func (n *node) startPod(t *testing.T, objects []object, without string, more ...string) *gateway {
	t.Helper()
	objects = n.resolve(t, objects)
	c := newCluster(t, objects)
	pod := dig[object](t, findObject(t, objects, "Deployment", "traefik"), "spec", "template", "spec", "containers", 0)
	web, ping := fmt.Sprintf("127.0.0.1:%d", freePort(t)), fmt.Sprintf("127.0.0.1:%d", freePort(t))
	moved := map[string]string{"--entryPoints.web.address=:8000": "--entryPoints.web.address=" + web, "--entryPoints.traefik.address=:8080": "--entryPoints.traefik.address=" + ping}
	var args []string
	for _, a := range dig[[]any](t, pod, "args") {
		arg := a.(string)
		if other, ok := moved[arg]; ok {
			arg = other
			delete(moved, a.(string))
		}
		if arg != without {
			args = append(args, arg)
		}
	}
	if len(moved) > 0 {
		t.Fatalf("the Deployment has not the arguments %v", moved)
	}
	args = append(args, "--providers.kubernetesCRD.endpoint="+c.url, "--providers.kubernetesCRD.token="+clusterToken, "--log.level=DEBUG", "--log.noColor=true")
	env := []string{}
	for _, e := range dig[[]any](t, pod, "env") {
		env = append(env, dig[string](t, e, "name")+"="+dig[string](t, e, "value"))
	}
	if err := os.Symlink(pluginsLocal, filepath.Join(n.home.dir, "plugins-local")); err != nil && !os.IsExist(err) {
		t.Fatal(err)
	}
	p, err := startProcess(n.home.dir, env, traefikBin, append(args, more...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		p.stop()
		if t.Failed() {
			t.Logf("the API server refused %q; log of Traefik:\n%s", c.refusals(), tail(p.log.String()))
		}
		if denied := c.refusals(); len(denied) > 0 {
			t.Errorf("the Role does not allow %q", denied)
		}
	})
	probe := dig[string](t, pod, "readinessProbe", "httpGet", "path")
	err = p.waitReady(func() bool {
		answer, err := exchange(ping, "GET "+probe+" HTTP/1.1\r\nHost: probe\r\nConnection: close\r\n\r\n")
		return err == nil && strings.HasPrefix(answer, "HTTP/1.1 200 ")
	})
	if err != nil {
		t.Fatalf("%v\n%s", err, tail(p.log.String()))
	}
	return &gateway{process: p, form: traefik, addr: web}
}

// judged sends a request for each vendor by the name that the cluster gives the gateway.
func (n *node) judged(t *testing.T, addr, domain string) {
	t.Helper()
	for _, v := range kubernetesVendors {
		before := n.vendors[v.name].count()
		answer, err := exchange(addr, "POST /api/v3/items HTTP/1.1\r\nHost: "+v.name+domain+"\r\nContent-Type: application/json\r\nContent-Length: 7\r\nConnection: close\r\n\r\n"+`{"a":1}`)
		if err != nil || !strings.HasPrefix(answer, "HTTP/1.1 200 ") {
			t.Errorf("%s: %v\n%s", v.name, err, answer)
		}
		got, err := n.vendors[v.name].only(before)
		if err != nil {
			t.Errorf("%s: %v", v.name, err)
		} else if !got.answer.Accepted || got.host != v.host {
			t.Errorf("%s got a request for %q and refused it: %s", v.name, got.host, got.answer.Reason)
		}
	}
}
