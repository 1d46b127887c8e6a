package presets

import "testing"

// The claims of built-in presets are not checked when they load, since none of them changes.
func TestTheClaimsOfPresetsSayWhatTheirOperationsDo(t *testing.T) {
	for _, name := range Names() {
		p, err := Lookup(name)
		if err != nil {
			t.Fatal(err)
		}
		if p.Claim == nil {
			continue
		}
		if scheme, err := verifiable(p); err != nil || scheme.Claims.Nothing {
			t.Errorf("%s: %v, %+v", name, err, scheme.Claims)
		}
	}
}
