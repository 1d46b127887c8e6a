package tests

import (
	"net/http"
	"strings"
	"testing"

	"github.com/vendorsign/vendorsign/tests/interpret"
)

// A list that a template left empty is no list that is left out: without allow everything would be allowed.
func TestAListWithoutAnEntryIsRefused(t *testing.T) {
	next := http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})
	bothPlugins(t, func(t *testing.T, plugin interpret.Plugin) {
		refused := func(what, want string, more map[string]any) {
			t.Helper()
			block := map[string]any{"host": "vendor.example.com", "integrationKey": "DI", "secretKey": "canary"}
			for option, value := range more {
				block[option] = value
			}
			if _, err := plugin.New(map[string]any{"duo": block}, next); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %v", what, err)
			}
		}
		for given, value := range map[string]any{"an empty text": "", "no entries": []any{}, "no texts": []string{}, "nothing": nil} {
			for _, option := range []string{"allow", "clientHosts"} {
				refused(option+" with "+given, option+" is empty", map[string]any{option: value})
			}
			app := map[string]any{"name": "billing", "keyId": "DIA", "secret": "local", "allow": value}
			refused("allow of an app with "+given, "allow is empty", map[string]any{"apps": []any{app}})
		}
	})
}

// A text or a switch that a template left empty is none that is left out either, where that would permit more.
func TestAnEmptyLimitOfAnAppIsRefused(t *testing.T) {
	next := http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})
	bothPlugins(t, func(t *testing.T, plugin interpret.Plugin) {
		for _, option := range []string{"rate", "expires", "revoked", "requireApp"} {
			for given, value := range map[string]any{"an empty text": "", "nothing": nil} {
				app := map[string]any{"name": "billing", "keyId": "DIA", "secret": "local"}
				block := map[string]any{"host": "vendor.example.com", "integrationKey": "DI", "secretKey": "canary", "apps": []any{app}}
				if option == "requireApp" {
					block[option] = value
				} else {
					app[option] = value
				}
				if _, err := plugin.New(map[string]any{"duo": block}, next); err == nil || !strings.Contains(err.Error(), option+" is empty") {
					t.Errorf("%s with %s: %v", option, given, err)
				}
			}
		}
	})
}
