package e2e

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"gopkg.in/yaml.v3"
)

// cluster is as much of a Kubernetes API server as Traefik's provider needs: it lists what the manifests declare, to
// whom the manifests' Role gives the right to.
type cluster struct {
	url     string
	objects []object

	mu     sync.Mutex
	denied []string
}

// clusterToken is the service account's.
const clusterToken = "test-token"

// manifests reads every document below docs/examples/kubernetes/<folder>, and those of the folder above.
func manifests(t testing.TB, folder string) (all []object) {
	t.Helper()
	const base = "../../docs/examples/kubernetes"
	var files []string
	for _, pattern := range []string{"*.yaml", folder + "/*.yaml"} {
		found, err := filepath.Glob(filepath.Join(base, pattern))
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, found...)
	}
	for _, file := range files {
		f, err := os.Open(file)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		for d := yaml.NewDecoder(f); ; {
			var o object
			if err := d.Decode(&o); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Fatalf("%s: %v", file, err)
			}
			all = append(all, o)
		}
	}
	return all
}

// findObject returns the object of a kind and name.
func findObject(t testing.TB, objects []object, kind, name string) object {
	t.Helper()
	for _, o := range objects {
		if o["kind"] == kind && dig[string](t, o, "metadata", "name") == name {
			return o
		}
	}
	t.Fatalf("there is no %s %s", kind, name)
	return nil
}

// dig follows keys and indexes into a decoded document.
func dig[T any](t testing.TB, value any, path ...any) T {
	t.Helper()
	for _, step := range path {
		switch step := step.(type) {
		case string:
			m, _ := value.(object)
			value = m[step]
		case int:
			list, _ := value.([]any)
			if step >= len(list) {
				t.Fatalf("%v: nothing at %d", path, step)
			}
			value = list[step]
		}
	}
	found, ok := value.(T)
	if !ok {
		t.Fatalf("%v is a %T", path, value)
	}
	return found
}

// newCluster serves the objects until the test ends.
func newCluster(t testing.TB, objects []object) *cluster {
	t.Helper()
	for _, o := range objects {
		if texts, ok := o["stringData"].(object); ok { // as the API server stores it
			data := object{}
			for name, text := range texts {
				data[name] = base64.StdEncoding.EncodeToString([]byte(text.(string)))
			}
			o["data"] = data
			delete(o, "stringData")
		}
	}
	c := &cluster{objects: objects}
	role := findObject(t, objects, "Role", "traefik")
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { c.serve(w, r, role) }))
	c.url = server.URL
	t.Cleanup(func() {
		server.CloseClientConnections() // those that watch
		server.Close()
	})
	return c
}

func (c *cluster) serve(w http.ResponseWriter, r *http.Request, role object) {
	// /api/v1/namespaces/N/services or /apis/traefik.io/v1alpha1/namespaces/N/middlewares
	parts := strings.Split(strings.Trim(r.URL.Path, "/"), "/")
	group := ""
	if parts[0] == "apis" {
		group, parts = parts[1], parts[1:]
	}
	verb := "list"
	if r.URL.Query().Get("watch") != "" {
		verb = "watch"
	}
	if r.Header.Get("Authorization") != "Bearer "+clusterToken || len(parts) != 5 || parts[2] != "namespaces" || parts[3] != "vendorsign" ||
		!allows(role, group, parts[4], verb) {
		c.mu.Lock()
		c.denied = append(c.denied, verb+" "+r.URL.Path)
		c.mu.Unlock()
		http.Error(w, "forbidden", http.StatusForbidden)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	if r.URL.Query().Get("sendInitialEvents") != "" { // Traefik 3.7 then lists, as it does where Kubernetes has no WatchList
		w.WriteHeader(http.StatusUnprocessableEntity)
		_ = json.NewEncoder(w).Encode(object{"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": "Invalid", "code": 422,
			"message": "sendInitialEvents: Forbidden: sendInitialEvents is forbidden for watch unless the WatchList feature gate is enabled"})
		return
	}
	if verb == "watch" { // nothing ever changes
		w.WriteHeader(http.StatusOK)
		w.(http.Flusher).Flush()
		<-r.Context().Done()
		return
	}
	items := []object{}
	for _, o := range c.objects {
		version := strings.Trim(group+"/"+parts[1], "/")
		if o["apiVersion"] == version && strings.ToLower(o["kind"].(string))+"s" == parts[4] {
			items = append(items, o)
		}
	}
	_ = json.NewEncoder(w).Encode(object{"metadata": object{"resourceVersion": "1"}, "items": items})
}

func allows(role object, group, resource, verb string) bool {
	for _, rule := range role["rules"].([]any) {
		has := func(key, value string) bool { return slices.Contains(rule.(object)[key].([]any), any(value)) }
		if has("apiGroups", group) && has("resources", resource) && has("verbs", verb) {
			return true
		}
	}
	return false
}

// refusals lists what the role did not allow.
func (c *cluster) refusals() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.denied)
}
