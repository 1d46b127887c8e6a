package main

import (
	"strconv"

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
