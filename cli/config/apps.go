package config

import (
	"slices"
	"strconv"
	"strings"

	"github.com/vendorsign/vendorsign/outbound/apps"
	"github.com/vendorsign/vendorsign/outbound/credentials"
	"github.com/vendorsign/vendorsign/signers"
)

// verifierOptions are the options about apps apart from the apps themselves.
var verifierOptions = slices.Concat(apps.VerifyOptions, apps.FileNames)

// Apps are what a configuration says about apps with local keys: in Traefik it is part of the signer's block, in Caddy it is the
// module vendorsign_verify.
type Apps struct {
	Vendor string
	file   signers.Values // the options that name the file of the vendor's scheme: see apps.SchemeOptions
	values signers.Values
	given  map[string]Entry // the options, by their own names
	list   []app
	broken bool // some of the apps cannot be read
	leaves []Leaf
}

// app is one of the apps, with its place.
type app struct {
	Entry
	values signers.Values
	given  map[string]Entry
}

func newApps(vendor string) *Apps {
	return &Apps{Vendor: vendor, values: make(signers.Values), given: make(map[string]Entry)}
}

// aboutApps takes an option of a Traefik middleware if it is about apps with local keys.
func (x *Reading) aboutApps(e Entry) bool {
	o, ok := findCamel(verifierOptions, e.Key)
	if !ok && !strings.EqualFold(e.Key, "apps") {
		return false
	}
	if x.Apps == nil {
		x.Apps = newApps(x.Block.Vendor)
	}
	if !ok {
		x.takeApps(e)
		return true
	}
	x.Apps.given[o.Name] = e
	x.Apps.leaves = append(x.Apps.leaves, Leaf{Entry: e, Option: o})
	if what := setWeakly(x.Apps.values, o, e.Value); what != "" {
		x.Fault(e, what)
	}
	return true
}

// takeApps takes the list of apps of a Traefik middleware.
func (x *Reading) takeApps(e Entry) {
	if e.Value.Shape != List || len(e.Value.List) == 0 {
		x.Apps.broken = true
		x.Fault(e, "apps must be a list of blocks, as in apps[0].name")
		return
	}
	for i, item := range e.Value.List {
		one := app{Entry: Entry{Key: e.Key, Line: item.Line, Field: Join(e.Field, strconv.Itoa(i)), Value: item},
			values: make(signers.Values), given: make(map[string]Entry)}
		if item.Shape != Table {
			x.Apps.broken = true
			x.Fault(one.Entry, "apps["+strconv.Itoa(i)+"] must be a block of options")
			continue
		}
		for _, option := range Inside(one.Entry) {
			x.takeAppOption(&one, option)
		}
		x.Apps.list = append(x.Apps.list, one)
	}
}

// takeAppOption takes an option of an app.
func (x *Reading) takeAppOption(one *app, e Entry) {
	o, ok := findCamel(apps.AppOptions, e.Key)
	if !ok {
		x.Apps.broken = true
		// Its field is that of the app: a secret may be in the place of a name.
		x.Fault(Entry{Line: e.Line, Field: one.Field}, signers.Unknown(signers.InCamel(apps.AppOptions), e.Key).Text)
		return
	}
	one.given[o.Name] = e
	x.Apps.leaves = append(x.Apps.leaves, Leaf{Entry: e, Option: o})
	what := setWeakly(one.values, o, e.Value)
	if text := e.Value.Text; what == "" && o.Secret && !strings.HasPrefix(text, KubernetesValue) {
		if err := credentials.Misspelt(text, true); err != nil {
			what = o.Name + ": " + err.Error()
		}
	}
	if what != "" {
		x.Apps.broken = true
		x.Fault(e, what)
	}
}

// checkApps finds what the plugin would refuse of the apps.
func (x *Reading) checkApps() {
	if x.Apps == nil {
		if e, ok := x.Given["require_app"]; ok && x.Values.Flag("require_app") {
			x.Fault(e, "require_app needs apps in this middleware, which verifies and signs")
		}
		return
	}
	if e := x.Apps.given["apps_file"]; x.Apps.values.Has("apps_file") && !strings.ContainsAny(e.Value.Text[:1], "/{$") {
		x.Fault(e, "apps_file must be an absolute path")
	}
	secrets := make(map[string]bool) // of the credential, as they are written
	for _, o := range x.All {
		if text := x.Values.Text(o.Name); o.Secret && text != "" {
			secrets[text] = true
		}
	}
	for key, o := range x.inBlocks() {
		if text := x.Values.Text(key); o.Secret && text != "" {
			secrets[text] = true
		}
	}
	x.Apps.file = x.Values.Only(apps.SchemeOptions(x.Block.Vendor))
	x.Apps.Check(secrets, func(e Entry, what string) { x.Fault(e, what) })
}

// VerifierModule is Caddy's handler that verifies apps.
const VerifierModule = "vendorsign_verify"

// otherOfVerifier are the keys of that module that are not about apps.
var otherOfVerifier = []string{"handler", "vendor", "max_body", "audit", "audit_output"}

// VerifierOf reads that module in Caddy's JSON; field is its path. It returns the faults of single options.
func VerifierOf(n *Node, field string) (a *Apps, found []Fault) {
	a = newApps(n.Last("vendor").Text)
	say := func(e Entry, what string) {
		a.broken = true
		found = append(found, Fault{Line: e.Line, Field: e.Field, What: what})
	}
	if _, err := signers.Lookup(a.Vendor); err != nil {
		say(Entry{Line: n.Line, Field: field}, "vendor: "+err.Error())
		return a, found
	}
	files := apps.SchemeOptions(a.Vendor)
	a.file = make(signers.Values)
	for _, e := range n.Table {
		e.Field = Join(field, e.Key)
		_, ok := signers.Find(verifierOptions, strings.ToLower(e.Key))
		_, named := signers.Find(files, strings.ToLower(e.Key))
		switch {
		case slices.ContainsFunc(otherOfVerifier, func(key string) bool { return strings.EqualFold(key, e.Key) }), e.Value.Shape == Null:
		case strings.EqualFold(e.Key, "apps"):
			for i, item := range e.Value.List {
				one := app{Entry: Entry{Line: item.Line, Field: Join(e.Field, strconv.Itoa(i)), Value: item}, values: make(signers.Values),
					given: make(map[string]Entry)}
				for _, option := range Inside(one.Entry) {
					a.takeJSON(apps.AppOptions, one.values, one.given, option, say)
				}
				a.list = append(a.list, one)
			}
		case ok:
			a.takeJSON(verifierOptions, a.values, a.given, e, say)
		case named:
			a.takeJSON(files, a.file, a.given, e, say)
		default:
			say(Entry{Line: e.Line, Field: shownField(e)}, signers.Unknown(append(append(signers.WithNames(verifierOptions, otherOfVerifier[1:]),
				signers.Option{Name: "apps"}), files...), e.Key).Text)
		}
	}
	return a, found
}

// takeJSON takes an option of Caddy's JSON.
func (a *Apps) takeJSON(options []signers.Option, values signers.Values, given map[string]Entry, e Entry, say func(Entry, string)) {
	o, ok := signers.Find(options, strings.ToLower(e.Key))
	if !ok {
		say(Entry{Line: e.Line, Field: shownField(e)}, signers.Unknown(options, e.Key).Text)
		return
	}
	given[o.Name] = e
	a.leaves = append(a.leaves, Leaf{Entry: e, Option: o})
	what := setJSON(values, o, e.Value)
	if err := credentials.Misspelt(e.Value.Text, false); what == "" && o.Secret && err != nil {
		what = o.Name + ": " + err.Error()
	}
	if what != "" {
		say(e, what)
	}
}
