package vendorsim

import (
	"maps"
	"slices"
)

// DemoCredential returns a made-up credential for a vendor, for demonstrations: nobody could take it for a real
// one, and no vendor would accept it. The mode "" is the vendor's default; [DemoModes] lists the others.
// An unknown vendor or mode has none. The map is the caller's to change.
func DemoCredential(vendor, mode string) map[string]string {
	return maps.Clone(vendors[vendor].demo[mode])
}

// DemoModes lists the modes of a vendor that have a demo credential, sorted, "" first.
func DemoModes(vendor string) []string {
	return slices.Sorted(maps.Keys(vendors[vendor].demo))
}
