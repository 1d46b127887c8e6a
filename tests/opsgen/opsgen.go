// Package opsgen makes random presets and random requests, for two evaluators to be compared: the same seed makes the same case, so
// a difference is repeated by its number. Programs use every operation, value and filter; most of them load.
package opsgen

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"time"
)

// Case is a preset, the values of its options, and a request.
type Case struct {
	Seed                 uint64
	Options              []Option
	Operations           []string
	Nonce                string // the kind
	BodyFirst            int
	BodyMethods          []string
	Values               map[string]string // a list's parts are separated by commas
	Method, Host, Target string
	Header               http.Header
	Body                 []byte
	Now                  time.Time
	NonceValue           string
	Spoiled              bool // a rule was broken on purpose; not every spoiled program breaks one
}

// Option is an option's definition, as in a preset file.
type Option struct {
	Name     string   `json:"name"`
	Secret   bool     `json:"secret,omitempty"`
	Key      string   `json:"key,omitempty"`
	List     bool     `json:"list,omitempty"`
	Number   bool     `json:"number,omitempty"`
	Values   []string `json:"values,omitempty"`
	Check    string   `json:"check,omitempty"`
	Required *bool    `json:"required,omitempty"`
}

// Preset is the case's preset file.
func (c *Case) Preset() []byte {
	file := map[string]any{"preset": 1, "revision": 1, "name": "random", "title": "Random", "options": c.Options, "nonce": c.Nonce,
		"operations": c.Operations, "hosts": []string{"api.example.com"}, "guards": []string{}, "probe": "unknown", "window": "unknown"}
	if c.BodyFirst > 0 {
		file["body_first"] = c.BodyFirst
		file["body_methods"] = c.BodyMethods
	}
	data, err := json.Marshal(file)
	if err != nil {
		panic(err) // texts and numbers only
	}
	return data
}

// Lists are the values with the lists as lists, as a configuration in JSON has them.
func (c *Case) Lists() map[string]any {
	config := map[string]any{}
	for name, value := range c.Values {
		config[name] = value
		for _, o := range c.Options {
			if o.Name == name && o.List {
				config[name] = strings.Split(value, ",")
			}
		}
	}
	return config
}

func (c *Case) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "seed %d: %s %q host %q at %s nonce %q body %q\n", c.Seed, c.Method, c.Target, c.Host,
		c.Now.Format(time.RFC3339Nano), c.NonceValue, c.Body)
	fmt.Fprintf(&b, "headers %q\n", c.Header)
	for _, o := range c.Options {
		if o.Key == "" {
			fmt.Fprintf(&b, "  option %s %q\n", o.Name, c.Values[o.Name])
		}
	}
	for _, o := range c.Operations {
		b.WriteString("  " + o + "\n")
	}
	return b.String()
}

// New makes the case of a seed.
func New(seed uint64) *Case {
	g := &generator{Rand: rand.New(rand.NewPCG(seed, 17)), Case: &Case{Seed: seed}}
	g.options()
	g.program()
	g.request()
	return g.Case
}

type generator struct {
	*rand.Rand
	*Case
	texts, binaries, moments []string // names of values and lets
	hidden                   []string // lets that hold a secret and the moment
	keys                     []string // what may be a key
}

func (g *generator) pick(from ...string) string { return from[g.IntN(len(from))] }

// chance is true once in n times.
func (g *generator) chance(n int) bool { return g.IntN(n) == 0 }

func (g *generator) options() {
	no := false
	g.Options = []Option{
		{Name: "id"}, {Name: "extra", Required: &no}, {Name: "key", Secret: true}, {Name: "hexkey", Secret: true, Check: "hex"},
		{Name: "b64key", Secret: true, Check: "base64"}, {Name: "names", List: true}, {Name: "n", Number: true},
		{Name: "mode", Values: []string{"one", "two"}}, {Name: "edkey", Secret: true, Key: "ed25519"}, {Name: "rsakey",
			Secret: true, Key: "rsa"},
	}
	g.Values = map[string]string{
		"id":     g.pick("AK-1", "a b", "ünï", "a:b/c?d&e", `q"uo\te`, "vera01ei-77", "A=="),
		"key":    g.pick("k", "geheim", strings.Repeat("long key ", 30), "k+/=", "ä"),
		"hexkey": g.pick("00", "0a1B2c", strings.Repeat("ff", 70)),
		"b64key": g.pick("a2V5", "AA==", "+/+/", strings.Repeat("QUFB", 60)),
		"names":  g.pick("X-One", "X-One,X-Two", "x-two,X-ONE,X-Absent", "Content-Type,Accept,X-Many"),
		"n":      g.pick("0", "1", "7", "600", "131072"),
		"mode":   g.pick("one", "two"),
		"edkey":  edKey, "rsakey": RSAKey(),
	}
	if g.chance(2) {
		g.Values["extra"] = g.pick("x", "two words", "%41", "é")
	}
	g.Case.Nonce = g.pick("alnum:64", "uuid", "hex:16", "base64:64", "digits:19")
	if g.chance(4) {
		g.BodyFirst, g.BodyMethods = 1+g.IntN(12), []string{"POST"}
	}
}

// program makes operations: some lets, headers and parameters.
func (g *generator) program() {
	g.texts = []string{"method", "scheme", "host", "path", "query", "target", "nonce", "body_len", "opt.id", "opt.extra", "opt.n",
		"opt.mode",
		"header.Accept", "header.X-One", "header.x-many", "header.Content-Type", "header.X-Absent", "header.X-Out-1", "header.Host"}
	g.binaries, g.moments = []string{"body"}, []string{"now"}
	g.keys = []string{"opt.key", "opt.hexkey", "opt.b64key"}
	out := 0
	for i := range 2 + g.IntN(12) {
		name := fmt.Sprintf("v%d", i)
		switch g.IntN(9) {
		case 0, 1, 2:
			g.Operations = append(g.Operations, "let "+name+" = "+g.textTemplate(4))
			g.texts = append(g.texts, name)
		case 3:
			g.Operations = append(g.Operations, "let "+name+" = "+g.binaryTemplate())
			g.binaries = append(g.binaries, name)
		case 4:
			g.secretLet(name)
		case 5, 6:
			out++
			g.Operations = append(g.Operations, g.pick("header", "header", "header?")+fmt.Sprintf(" X-Out-%d = ", out)+g.outTemplate())
		case 7:
			out++
			name := g.pick("sig", "Key", "a", "x-", "p~q", "p+q", "p/q") + fmt.Sprint(out)
			g.Operations = append(g.Operations, g.pick("query", "query?")+" "+name+" = "+g.outTemplate())
		case 8:
			out++
			o := g.pick("delheader X-One", "delheader x_gone", "delquery drop", "delquery A", "let "+name+" =")
			g.Operations = append(g.Operations, o)
			if strings.HasPrefix(o, "let") {
				g.texts = append(g.texts, name)
			}
		}
	}
	g.dropRepeated()
	g.Operations = append(g.Operations, "header X-Last = "+g.outTemplate())
	if g.chance(12) {
		g.spoil()
	}
}

// dropRepeated keeps most programs within the rule that a name is used once.
func (g *generator) dropRepeated() {
	seen := map[string]bool{}
	var kept []string
	for _, o := range g.Operations {
		if strings.HasPrefix(o, "del") && seen[o] && !g.chance(20) {
			continue
		}
		seen[o] = true
		kept = append(kept, o)
	}
	g.Operations = kept
}

// spoil breaks a rule.
func (g *generator) spoil() {
	g.Spoiled = true
	g.Operations = append(g.Operations, g.pick(
		"header Host = x", "header X-Last = twice", "header x_last = twice", "let method = x", "let a-b = x",
		"header X-S = [[opt.key]]", "header X-S = [[opt.key|base64]]",
		"header X-B = [[body]]", "header X-B = a[[body|sha256]]", "header X-T = [[now]]", "header X-T = a[[now]]",
		"header X-L = [[opt.names]]", "header X-U = [[nothing]]",
		"header X-U = [[opt.nothing]]", "header X-U = [[path|sha3|hex]]", "header X-U = [[path",
		"header X-U = [[path|hmac_sha256|hex]]", "header X-U = [[path|hex:1]]",
		"header X-U = [[path|hmac_sha256:opt.id|hex]]", "header X-U = [[path|hmac_sha256:'lit'|hex]]",
		"header X-U = [[path|first:x]]", "header X-U = [[body|lower]]",
		"header X-U = [[path|unix]]", "header X-U = [[now|sha1|hex]]", "header X U = x", "header X-U", "heador X-U = x",
		"let? a = x", `header X-U = a\x`,
		"header X-U = [[path|when:nothing]]", "header X-U = [[path|if:opt.nothing:x]]", "header X-U = [[opt.names|hex]]",
		"header X-U = [[now|add:x|unix]]", "header X-U = [[]]",
		"header Transfer-Encoding = chunked", "header TE = x", "query key = [[opt.key]]", "header X-U = [[token]]",
		"header X-U = [[later]]", "let now = x", "delheader Connection",
		"header X-U = [[path|]]", "header X-U = [['a]]", "header X-U = [['a'b]]", "header X-U = [[header_list:opt.id:',']]",
		"header X-U = [[header_lines]]"))
}
