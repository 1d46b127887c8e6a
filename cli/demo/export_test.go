package demo

import "testing"

// ListenOn is what the command asks for a port.
var ListenOn = listenOn

// FindAddresses has a test find the addresses that the command tries.
func FindAddresses(t *testing.T, find func(port int) (string, error)) {
	freeAddress = find
	t.Cleanup(func() { freeAddress = listenOn })
}

// Sites are those that the command sends requests to.
func Sites() (all []string) {
	for _, r := range requests {
		all = append(all, r.site)
	}
	return all
}
