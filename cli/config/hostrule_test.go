package config

import "testing"

func TestARuleTakesAnyHostIfOneWayToFulfilItDoes(t *testing.T) {
	for rule, any := range map[string]bool{
		"Host(`duo.internal`)":                                          false,
		"host(`duo.internal`) && PathPrefix(`/admin`)":                  false,
		"PathPrefix(`/admin`) && Host(`duo.internal`)":                  false,
		"Host(`a`) || Host(`b`, `c`)":                                   false,
		"(Host(`a`) || Host(`b`)) && !Path(`/x`)":                       false,
		"PathPrefix(`/`)":                                               true,
		"PathPrefix(`/Host(x)`)":                                        true,
		"Host(`a`) || PathPrefix(`/`)":                                  true,
		"!Host(`a`)":                                                    true,
		"!Host(`a`) && Host(`b`)":                                       false,
		"HostRegexp(`^.+$`)":                                            true,
		"HostRegexp(`.*`) && PathPrefix(`/`)":                           true,
		"HostRegexp(`^[a-z]+\\.internal$`)":                             false,
		"HostRegexp(`{sub:[a-z]+}.internal`)":                           false,
		"ClientIP(`10.0.0.0/8`)":                                        true,
		"Method(`GET`) && (PathPrefix(`/a`) || Host(`x`))":              true,
		"Method(`GET`) && (PathPrefix(`/a`) || Host(`x`)) && Host(`y`)": false,
		"Header(`Host`, `duo.internal`)":                                false,
		"Header(`X-Host`, `duo.internal`)":                              true,
		`Host("duo.internal")`:                                          false,
		`PathPrefix("/")`:                                               true,
		"":                                                              false, // these are Traefik's to refuse
		"Host(":                                                         false,
		"nonsense":                                                      false,
		"PathPrefix(`/`) PathPrefix(`/`)":                               false,
	} {
		if got := RuleTakesAnyHost(rule); got != any {
			t.Errorf("%s: %v, want %v", rule, got, any)
		}
	}
}
