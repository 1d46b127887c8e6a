package modules

import (
	"strings"
	"testing"

	"github.com/caddyserver/caddy/v2"
)

func TestAHandlerIsNotLoadedInFrontOfAProxyThatSpeaksHTTP3(t *testing.T) {
	const sign = "duo_sign MATCHER {\n integration_key DIX\n secret_key canary\n host vendor.example\n}\n"
	const proxy = "reverse_proxy MATCHER https://vendor.example {\n transport http {\n  versions 3\n }\n}\n"
	at := func(text, matcher string) string { return strings.ReplaceAll(text, "MATCHER", matcher) }
	const matchers = "@one path /one/*\n@two path /two/*\n"
	for _, test := range []struct {
		name, site string
		refused    bool
	}{
		{"beside it", at(sign, "") + at(proxy, ""), true},
		{"in a route", "route {\n" + at(sign, "") + at(proxy, "") + "}\n", true},
		{"around its block", at(sign, "") + "handle /api/* {\n" + at(proxy, "") + "}\n", true},
		{"with the same matcher", matchers + at(sign, "@one") + at(proxy, "@one"), true},
		{"with a matcher of its own", matchers + at(sign, "@one") + at(proxy, ""), true},
		{"in front of a part", matchers + at(sign, "") + at(proxy, "@two"), true},
		{"with another matcher", matchers + at(sign, "@one") + at(proxy, "@two"), false},
		{"in another block", "handle /one/* {\n" + at(sign, "") + "reverse_proxy https://vendor.example\n}\nhandle /two/* {\n" + at(proxy, "") + "}\n", false},
		{"by HTTP/2", at(sign, "") + strings.Replace(at(proxy, ""), "versions 3", "versions 1.1 2", 1), false},
		{"without a handler of ours", at(proxy, ""), false},
		{"after a transport of ours", "handle /t/* {\nreverse_proxy https://vendor.example {\n transport " + at(sign, "") + "}\n}\nhandle {\n" + at(sign, "") + at(proxy, "") + "}\n", true},
		{"as a transport", "reverse_proxy https://vendor.example {\n transport " + strings.Replace(at(sign, ""), "\n}", "\n versions 3\n}", 1) + "}\n", false},
	} {
		t.Run(test.name, func(t *testing.T) {
			text, err := adapt("{\n admin off\n}\nhttp://gateway.test:" + freePortOf(t) + " {\n" + test.site + "}\n")
			if err != nil {
				t.Fatal(err)
			}
			for _, spelling := range []*strings.Replacer{strings.NewReplacer(), strings.NewReplacer(`"versions"`, `"Versions"`, `"transport"`, `"TRANSPORT"`,
				`"handle"`, `"Handle"`, `"match"`, `"Match"`)} {
				err = caddy.Validate(mustParse(t, spelling.Replace(text)))
				if test.refused != (err != nil) || err != nil && !strings.Contains(err.Error(), "duo: versions 3 of the reverse_proxy") {
					t.Errorf("refused %v: %v", err != nil, err)
				}
			}
		})
	}
}

func freePortOf(t *testing.T) string {
	_, port, _ := strings.Cut(freeTCP(t), ":")
	return port
}
