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
	Lines    bool     `json:"lines,omitempty"`
	Number   bool     `json:"number,omitempty"`
	Flag     bool     `json:"flag,omitempty"`
	Default  string   `json:"default,omitempty"`
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

// Config are the values as a configuration in JSON has them: lists as lists, numbers as numbers.
func (c *Case) Config() []byte {
	config := map[string]any{}
	for name, value := range c.Values {
		config[name] = value
		for _, o := range c.Options {
			switch {
			case o.Name != name:
			case o.List:
				config[name] = strings.Split(value, ",")
			case o.Number || o.Flag:
				config[name] = json.RawMessage(value)
			}
		}
	}
	data, err := json.Marshal(config)
	if err != nil {
		panic(err) // texts, lists and numbers only
	}
	return data
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
		{Name: "mode", Values: []string{"one", "two"}}, {Name: "flag", Flag: true}, {Name: "usual", Default: "us ual"},
		{Name: "block", Lines: true, Required: &no}, {Name: "edkey", Secret: true, Key: "ed25519"}, {Name: "rsakey",
			Secret: true, Key: "rsa"},
	}
	g.Values = map[string]string{
		"id":     g.pick("AK-1", "a b", "ünï", "a:b/c?d&e", `q"uo\te`, "vera01ei-77", "A=="),
		"key":    g.pick("k", "geheim", strings.Repeat("long key ", 30)+".", "k+/=", "ä"),
		"hexkey": g.pick("00", "0a1B2c", strings.Repeat("ff", 70)),
		"b64key": g.pick("a2V5", "AA==", "+/+/", strings.Repeat("QUFB", 60)),
		"names":  g.pick("X-One", "X-One,X-Two", "x-two,X-ONE,X-Absent", "Content-Type,Accept,X-Many"),
		"n":      g.pick("1", "7", "16", "600", "131072"),
		"mode":   g.pick("one", "two"),
		"edkey":  edKey, "rsakey": RSAKey(),
	}
	if g.chance(2) {
		g.Values["flag"] = g.pick("true", "false")
	}
	if g.chance(3) {
		g.Values["usual"] = g.pick("un usual", "A==")
	}
	if g.chance(3) {
		g.Values["block"] = g.pick("one line", "two\nlines")
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
		"opt.mode", "opt.flag", "opt.usual", "opt.block",
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
	if g.chance(60) {
		g.growth()
	}
	g.dropRepeated()
	g.Operations = append(g.Operations, "header X-Last = "+g.outTemplate())
	if g.chance(8) {
		g.spoil()
	}
}

// growth makes values that are twice or many times as long with each step: far more than a gateway may hold, or far less.
func (g *generator) growth() {
	seed, steps := g.pick("path", "now|unix", "opt.id", "body|hex"), []int{3, 40}[g.IntN(2)]
	if g.chance(2) {
		g.Operations = append(g.Operations, "let long = [["+seed+strings.Repeat("|hex", steps)+"]]")
	} else {
		g.Operations = append(g.Operations, "let g0 = [["+seed+"]]")
		for i := range steps {
			g.Operations = append(g.Operations, fmt.Sprintf("let g%d = ", i+1)+strings.Repeat(fmt.Sprintf("[[g%d]]", i), 2+i%4))
		}
		g.Operations = append(g.Operations, fmt.Sprintf("let long = [[g%d]]", steps))
	}
	g.texts = append(g.texts, "long")
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
	if g.chance(3) {
		g.Operations = append(g.Operations, g.pick(
			"header X-U = [[opt.key|sha256|first:8|hex]]", "header X-U = [[opt.key|sha256|hex|first:31]]",
			"header X-U = [[opt.key|sha256|hex|first:32]]", "header X-U = [[path|hmac_sha1:opt.key|base64|first:21]]",
			"header X-U = [[path|hmac_sha1:opt.key|base64|first:22]]", "header X-U = [[path|sha256|hex|first:2]]",
			"header X-U = [[path|hmac_md5:opt.key|hex]]", "header X-U = [[path|hmac_sha1:opt.key|hex|first:opt.n]]",
			"header X-U = [[path|hmac_sha1:opt.key|hex|unhex|first:15|hex]]", "header X-U = [[opt.key|reveal|hmac_sha1:opt.key|hex|first:16]]",
			"header X-U = [[path|hmac_sha1:opt.key|base64|unbase64|first:15|hex]]",
			"header X-U = [[header.connection]]", "header X-U = [[header.content_length]]", "header X-U = [[header_lines:te]]",
			"header X-U = [[header_names:x y]]", "header X-U = [[header_names:host,]]", "header X-U = [[header_names:*x]]",
			"header Expect = x", "header Proxy-Any = x", "header proxy_any = x", `header X-U = a\nb`, `query u = a\tb`, `header X-U = [['\n']]`,
			"header X-U = [['zz'|unhex|hex]]", "header X-U = [['zz'|unhex|hex|if_method:GET]]", "header X-U = [[opt.id|unbase64|hex]]",
			"header X-U = [[opt.id|unbase64|hex|if:opt.mode:two]]", "header X-U = [[opt.extra|unhex|hex|when:opt.extra]]",
			"header X-U = [[header.x-last|or:zz|unhex|hex]]", "header X-U = [[header.X-U|or:zz|unhex|hex]]",
			"query a&b = x", "query x;y = 1", "query x=y = 1", "query x#y = 1", "let "+strings.Repeat("n", 65)+" = x",
			"header "+strings.Repeat("n", 129)+" = x", "header X-U = [[path|if_method:'']]", "header X-U = [[path|if_method:'GET,,PUT']]",
			"header X-U = [[now|add:99999999999|unix]]", "header X-U = [[now|add:+5|unix]]", "header X-U = [[now|add:1.5|unix]]",
			"header X-U = [[path|ed25519:opt.key|hex]]", "header X-U = [[path|rsa_sha256:opt.edkey|hex]]",
			"header X-U = [[path|ed25519:opt.id|hex]]", "header X-U=a", "header X-U == a", "query = x", `header X-U = a\'b`,
			`header X-U = [[path|or:a\'b]]`, "header X-U = [[path|or:a'b']]", "header X-U = [[path|or:[[]]", "header X-U = \u00a0a\u00a0",
			"header X-U = [[\u00a0path]]", "header X-U = [[path|when:'opt.id']]", "header X-U = [[path|if:opt.key:x]]",
			"header X-U = a\tb", "\theader X-U = a", "let m = [[path|hmac_sha1:opt.extra|hex]]", "header X-U = [[path|first:-1]]",
			"header X-U = [[body|first:0|sha256|hex]]", "header X-U = [[body|first:3|when:body|hex]]", "header X-U = [[path|format:2006]]",
			"header X-U = [[opt.flag|or:off]]", "header X-U = [[path|if:opt.flag:true]]", "header X-U = [[path|if:opt.flag:'']]"))
		if g.chance(2) {
			g.Operations = append(g.Operations, "let e = [[opt.key|after:'"+g.Values["key"]+"']]", "header X-E = [[path|hmac_sha1:e|hex]]")
		}
		return
	}
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
