package tests

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/vendorsign/vendorsign/tests/attack"
	"github.com/vendorsign/vendorsign/tests/interpret"
	"github.com/vendorsign/vendorsign/traefikplugin"
)

// attackedVendor keeps what reaches a vendor.
type attackedVendor struct {
	mu  sync.Mutex
	all []*attack.Parsed
}

func (v *attackedVendor) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	v.mu.Lock()
	defer v.mu.Unlock()
	v.all = append(v.all, &attack.Parsed{Request: r, Body: string(body)})
}

func (v *attackedVendor) arrived() []*attack.Parsed {
	v.mu.Lock()
	defer v.mu.Unlock()
	all := v.all
	v.all = nil
	return all
}

// attackedPlugin is a server with the plugin for a client's apps. The window tells the memories of tests apart.
func attackedPlugin(t testing.TB, p interpret.Plugin, c *attack.Client, window string) *attack.Gateway {
	t.Helper()
	real := c.KeyOf(attack.Real)
	options := map[string]any{camelCase(c.Key): real.ID, camelCase(c.Secret): real.Secret, "host": "vendor.example", "window": window,
		"insecureDownstream": "true"}
	for name, value := range c.More {
		options[camelCase(name)] = value
	}
	var apps []any
	for _, a := range attackedApps(c) {
		one := make(map[string]any)
		for name, value := range a {
			one[camelCase(name)] = fmt.Sprint(value)
		}
		apps = append(apps, one)
	}
	options["apps"] = apps
	vendor := new(attackedVendor)
	handler, err := p.New(map[string]any{c.Vendor: options}, vendor)
	if err != nil {
		t.Fatalf("%s: %v", c.Name, err)
	}
	s := httptest.NewServer(handler)
	t.Cleanup(s.Close)
	return &attack.Gateway{Address: s.Listener.Addr().String(), Arrived: vendor.arrived, Started: true}
}

// camelCase is how an option is spelt in labels.
func camelCase(name string) string {
	words := strings.Split(name, "_")
	for i := 1; i < len(words); i++ {
		words[i] = strings.ToUpper(words[i][:1]) + words[i][1:]
	}
	return strings.Join(words, "")
}

func TestNoAttackOnAnAppsRequestLeavesThePlugin(t *testing.T) {
	bothPlugins(t, func(t *testing.T, p interpret.Plugin) {
		for _, c := range attack.Clients {
			for _, fault := range attackedPlugin(t, p, c, "1m").Attack(c, time.Now()) {
				t.Error(fault)
			}
		}
	})
}

// Interpreted it takes a minute, and the memory is the same.
func TestAnAppThatUsesUpThePluginsMemoryTakesNobodyElsesRoom(t *testing.T) {
	p := interpret.CompiledPlugin(traefikplugin.New, traefikplugin.CreateConfig)
	c := clientNamed(t, "threatconnect")
	for _, fault := range attackedPlugin(t, p, c, "59s").Fill(c, time.Now()) {
		t.Error(fault)
	}
}

func clientNamed(t *testing.T, name string) *attack.Client {
	for _, c := range attack.Clients {
		if c.Name == name {
			return c
		}
	}
	t.Fatal(name)
	return nil
}
