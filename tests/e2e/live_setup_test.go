package e2e

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/vendorsign/vendorsign/vendorsim"
)

// Two keys of each vendor: the one that is there, and the one that takes its place.
var keys = map[string]struct{ older, newer options }{
	"darktrace":     {darktrace, options{"public_token": "pub-newer-89abcdef", "private_token": "prv-newer-f7e8d9c0"}},
	"threatconnect": {threatConnect, options{"access_id": "99900011122233344455", "secret_key": "newer-secret-key~with%marks"}},
	"carbonblack":   {carbonBlack, options{"api_id": "NEWER67890", "api_secret_key": "CBNEWERSECRETKEYABCDEFGH"}},
	"cortex":        {options{"api_key_id": "17", "api_key": "advancedKEY0123456789"}, options{"api_key_id": "71", "api_key": "newerADVANCEDkey987654"}},
	"duo":           {duo, options{"integration_key": "DINEWERAEYOR5OMC6TQ2", "secret_key": "newer5GmUq9zpfQnyUIu5OL9iWoMMv5ZNmk3zLJ4"}},
	"aws": {
		options{"access_key_id": "AKIAOLDERI44QH8DHBEX", "secret_access_key": "older/MDENG+bPxRfiCYEXAMPLEKEY/abcdefghi", "region": "us-east-1",
			"service": "guardduty"},
		options{"access_key_id": "AKIANEWERI44QH8DHBEX", "secret_access_key": "newer/MDENG+bPxRfiCYEXAMPLEKEY/abcdefghi", "region": "us-east-1",
			"service": "guardduty"},
	},
}

// of makes a vendor's judge for a key.
func (o options) of(t testing.TB, signer string) judge {
	t.Helper()
	return simulate(t, signer, mode{options: o}.credential())
}

// anyOf accepts what one of the keys fits, and refuses everything else as the first would.
func anyOf(keys ...judge) judge {
	return func(r *vendorsim.Request) (first *vendorsim.Answer) {
		for _, key := range keys {
			a := key(r)
			if a.Accepted {
				return a
			}
			if first == nil {
				first = a
			}
		}
		return first
	}
}

// id names the key that a request was signed with.
func (o options) id() string {
	for _, name := range []string{"integration_key", "public_token", "access_id", "api_id", "api_key_id", "access_key_id"} {
		if id, ok := o[name].(string); ok {
			return id
		}
	}
	return ""
}

// key is the id of the key that signed what arrived.
func (a *arrival) key() string {
	authorization := a.header.Get("Authorization")
	if text, ok := strings.CutPrefix(authorization, "Basic "); ok {
		decoded, _ := base64.StdEncoding.DecodeString(text)
		id, _, _ := strings.Cut(string(decoded), ":")
		return id
	}
	if _, text, ok := strings.Cut(authorization, " Credential="); ok {
		id, _, _ := strings.Cut(text, "/")
		return id
	}
	if text, ok := strings.CutPrefix(authorization, "TC "); ok {
		id, _, _ := strings.Cut(text, ":")
		return id
	}
	if _, id, ok := strings.Cut(a.header.Get("X-Auth-Token"), "/"); ok {
		return id
	}
	return a.header.Get("Dtapi-Token") + a.header.Get("X-Xdr-Auth-Id")
}

// keyRoute leads to a vendor of its own, which accepts by j.
func keyRoute(t testing.TB, f form, signer, name string, j judge, more options) *route {
	t.Helper()
	host := "api." + signer + ".example"
	if f == caddyTransport || more["service"] == "s3" { // it compares with the address that is dialled; unsigned bodies need https
		host = "127.0.0.1"
	}
	v := newVendor(t, signer, mode{options: keys[signer].older}.credential(), nil)
	v.judge(j)
	return &route{name: name, signer: signer, vendor: v, options: options{"host": host, "insecure_upstream": true}.with(more)}
}

// jsonText is the text of a credentials_file.
func jsonText(t testing.TB, o options) string {
	t.Helper()
	data, err := json.MarshalIndent(o, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	return string(data) + "\n"
}

// put writes a file of the gateway's secrets and returns its path. What o holds must show nowhere.
func (h *home) put(t testing.TB, name string, o options) string {
	t.Helper()
	for option, value := range o {
		for _, secret := range secretOptions {
			if option == secret {
				h.referred = append(h.referred, value.(string))
			}
		}
	}
	file := filepath.Join(h.secrets, name)
	overwrite(t, file, jsonText(t, o))
	return file
}

// overwrite writes a file where it is.
func overwrite(t testing.TB, file, text string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// replace puts another file in the place of one, at once.
func replace(t testing.TB, file, text string) {
	t.Helper()
	next := filepath.Join(filepath.Dir(file), ".next-"+filepath.Base(file))
	overwrite(t, next, text)
	if err := os.Rename(next, file); err != nil {
		t.Fatal(err)
	}
}

// mount makes a folder as Kubernetes mounts a secret: its files are links to links into a folder that is swapped.
func mount(t testing.TB, dir string, o options) {
	t.Helper()
	version, err := os.MkdirTemp(mkdir(t, dir), "..version-")
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range o {
		overwrite(t, filepath.Join(version, name), fmt.Sprint(value))
		if err := os.Symlink(filepath.Join("..data", name), filepath.Join(dir, name)); err != nil && !os.IsExist(err) {
			t.Fatal(err)
		}
	}
	before, _ := os.Readlink(filepath.Join(dir, "..data"))
	next := filepath.Join(dir, "..data_tmp")
	if err := os.Symlink(filepath.Base(version), next); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(next, filepath.Join(dir, "..data")); err != nil {
		t.Fatal(err)
	}
	if before != "" {
		if err := os.RemoveAll(filepath.Join(dir, before)); err != nil {
			t.Fatal(err)
		}
	}
}

func mkdir(t testing.TB, dir string) string {
	t.Helper()
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

// says waits until the gateway's log has a text n times.
func (g *gateway) says(t testing.TB, text string, n int) {
	t.Helper()
	until(t, fmt.Sprintf("%q %d times in the log", text, n), func() bool { return strings.Count(g.log.String(), text) >= n })
}

// saysTimes waits until the gateway's log, which arrives in its own time, has a text n times, and wants no more.
func (g *gateway) saysTimes(t testing.TB, text string, n int) {
	t.Helper()
	g.says(t, text, n)
	if got := strings.Count(g.log.String(), text); got > n {
		t.Errorf("the log tells %d times %q, want %d", got, text, n)
	}
}

// marked sends a request that can be told from all others, and returns what of it arrived.
func (g *gateway) marked(t testing.TB, r *route, mark string) (*reply, []*arrival) {
	t.Helper()
	got := g.send(t, r, request{method: "GET", target: "/marked?mark=" + mark})
	var arrivals []*arrival
	for _, a := range r.vendor.since(0) {
		if strings.HasSuffix(a.target, "mark="+mark) {
			arrivals = append(arrivals, a)
		}
	}
	return got, arrivals
}

func isOK(t testing.TB, what string, got *reply) {
	t.Helper()
	if got.status != http.StatusOK {
		t.Fatalf("%s: answered %d %s", what, got.status, got.body)
	}
}
