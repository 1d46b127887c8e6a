package outbound

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

func TestThePageOfHeadersIsTheList(t *testing.T) {
	page, err := os.ReadFile("../docs/headers.md")
	if err != nil {
		t.Fatal(err)
	}
	sections := make(map[string]string)
	for _, section := range strings.Split(string(page), "\n## ") {
		title, text, _ := strings.Cut(section, "\n")
		sections[title] = text
	}
	name := regexp.MustCompile("`([A-Z][A-Za-z0-9*-]+)`[,.]")
	for title, want := range map[string][]string{
		"Credentials of the client": clientCredentials, "Overrides": overrides, "About the client": aboutClient, "Identity proxies": identities,
	} {
		var got []string
		for _, match := range name.FindAllStringSubmatch(sections[title], -1) {
			got = append(got, match[1])
		}
		if !slices.Equal(got, want) {
			t.Errorf("the section %q has\n%q, the list\n%q", title, got, want)
		}
	}
}

func TestListedHeadersAreInGosSpellingAndListedOnce(t *testing.T) {
	seen := make(map[string]bool)
	for _, list := range [][]string{clientCredentials, overrides, aboutClient, identities} {
		for _, name := range list {
			if bare := bareName(name); seen[bare] && !strings.HasSuffix(name, "*") {
				t.Errorf("%s is listed twice", name)
			} else {
				seen[bare] = true
			}
			if !regexp.MustCompile(`^[A-Z][a-z0-9]*(-[A-Z0-9][a-z0-9]*)*(-\*)?$`).MatchString(name) {
				t.Errorf("%s is in another spelling", name)
			}
		}
	}
}

// A vendor may own several prefixes, of any lengths.
func TestSeveralPrefixesAreOwned(t *testing.T) {
	c := newCleanser([]string{"X-Acme-*", "X-Acme-Signature-Long-*", "Ac-*", "Acme-Token"}, false, nil)
	for _, test := range []struct {
		name string
		want bool
	}{
		{"X-Acme-Foo", true}, {"X.acme.foo", true}, {"X_acme_signature_long_a", true}, {"Ac-X", true}, {"Ac_x", true}, {"Acmetoken", true}, {"Acme.token", true},
		{"X-Acmeous", false}, {"X-Acne", false}, {"Accept", false}, {"Access", false}, {"Acme-Tokens", false}, {"Content-Type", false}, {"X-My-X-Acme-Foo", false},
	} {
		if got := owned(c, test.name); got != test.want {
			t.Errorf("%s is owned: %v", test.name, got)
		}
	}
}
