package presets

import (
	"testing"

	"github.com/vendorsign/vendorsign/signers"
)

func TestOperationsGetADurationAsWholeSeconds(t *testing.T) {
	options := []Option{{Name: "id"}, {Name: "expires_in", Duration: true}}
	const must = "expires_in must be a time such as 5m, or whole seconds, up to a year"
	for _, test := range []struct{ given, want, fault string }{
		{"", "", ""},
		{"300", "300", ""},
		{"5m", "300", ""},
		{"1h30m", "5400", ""},
		{"1000ms", "1", ""},
		{"1500ms", "", must},
		{"0", "", must},
		{"-1", "", must},
		{"9000h", "", must},
		{"soon", "", must},
	} {
		given := signers.Values{"id": {"5m"}, "expires_in": {test.given}}
		got, faults := inSeconds(options, given)
		if test.fault != "" {
			if len(faults) != 1 || faults[0].Text != test.fault {
				t.Errorf("%q: %v, want %q", test.given, faults, test.fault)
			}
			continue
		}
		if len(faults) > 0 || got.Text("expires_in") != test.want || got.Text("id") != "5m" || given.Text("expires_in") != test.given {
			t.Errorf("%q: %v %v, want %q", test.given, got, faults, test.want)
		}
	}
}

func TestANumberOfAPresetCanBeZero(t *testing.T) {
	options := []Option{
		{Name: "later", Number: true, Default: "60"}, {Name: "needed", Number: true}, {Name: "one_of", Number: true, Values: []string{"5", "2"}},
		{Name: "some", Number: true, Values: []string{"1", "0"}},
	}
	given := make(signers.Values)
	for i := range options {
		own := option(options[i])
		for _, text := range []string{"0", "00", "-0"} {
			if fault := given.Set(own, text); fault != nil {
				t.Errorf("%s %s: %v", own.Name, text, fault.Text)
			}
		}
	}
	// What is none of the values of a number leaves the option out, as it always has.
	for name, want := range map[string]string{"later": "0", "needed": "0", "one_of": "", "some": "0"} {
		if got := given.Text(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
}
