package main

import (
	"strconv"
	"strings"

	"github.com/vendorsign/vendorsign/signers"
)

// settings are the options of a configuration that are set, by their names in a Caddyfile.
func settings(c signers.Config) map[string]string {
	set := make(map[string]string)
	for _, s := range c.Settings() {
		switch {
		case s.Text != nil && *s.Text != "":
			set[s.Name] = *s.Text
		case s.Number != nil && *s.Number != 0:
			set[s.Name] = strconv.Itoa(*s.Number)
		}
	}
	return set
}

// camel is a name as Traefik has it.
func camel(name string) string {
	words := strings.Split(name, "_")
	for i, w := range words {
		if i > 0 {
			words[i] = strings.ToUpper(w[:1]) + w[1:]
		}
	}
	return strings.Join(words, "")
}
