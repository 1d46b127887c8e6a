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
	x.Apps.Check(secrets, func(e Entry, what string) { x.Fault(e, what) })
}

// VerifierModule is Caddy's handler that verifies apps.
const VerifierModule = "vendorsign_verify"

// otherOfVerifier are the keys of that module that are not about apps.
var otherOfVerifier = []string{"handler", "@id", "vendor", "max_body", "audit", "audit_output"}

// VerifierOf reads that module in Caddy's JSON; field is its path. It returns the faults of single options.
func VerifierOf(n *Node, field string) (a *Apps, found []Fault) {
	a = newApps(n.last("vendor").Text)
	say := func(e Entry, what string) {
		a.broken = true
		found = append(found, Fault{Line: e.Line, Field: e.Field, What: what})
	}
	if _, err := signers.Lookup(a.Vendor); err != nil {
		say(Entry{Line: n.Line, Field: field}, "vendor: "+err.Error())
		return a, found
	}
	for _, e := range n.Table {
		e.Field = Join(field, e.Key)
		_, ok := signers.Find(verifierOptions, strings.ToLower(e.Key))
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
		default:
			say(Entry{Line: e.Line, Field: shownField(e)}, signers.Unknown(append(signers.WithNames(verifierOptions, otherOfVerifier[2:]),
				signers.Option{Name: "apps"}), e.Key).Text)
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

// WrittenOut calls say for each secret that is not a reference.
func (a *Apps) WrittenOut(say func(e Entry, name string)) {
	for _, l := range a.leaves {
		if l.Option.Secret && l.Value.Text != "" && !Unknown(l.Value.Text) {
			say(l.Entry, l.Called())
		}
	}
}

// SecretsOf are a block's secrets as they are written.
func SecretsOf(b *Binding) map[string]bool {
	secrets := make(map[string]bool)
	x := NewReading(Block{Vendor: b.Vendor})
	for _, e := range b.Given.Table {
		if o, ok := x.Find(e.Key); ok && o.Secret && e.Value.Text != "" {
			secrets[e.Value.Text] = true
		}
	}
	return secrets
}

// Check finds what a gateway would refuse, and calls say with it and the place; an entry without a line is for the place of the whole.
// Secrets are those of the credential, which no app may have. Of values that are only known at run time, valid ones are assumed.
func (a *Apps) Check(secrets map[string]bool, say func(e Entry, what string)) {
	if len(a.list) == 0 && !a.broken && !a.values.Has("apps_file") {
		say(a.anyGiven(), "there is no app, so that every request would get a 401: give apps, or apps_file")
		return
	}
	if a.values.Has("app_master") != a.values.Has("apps_file") {
		say(a.anyGiven(), "apps_file and app_master need each other: the keys of the file's apps are derived from app_master")
	}
	if e := a.given["app_master"]; a.values.Has("app_master") && !Unknown(e.Value.Text) {
		say(e, "app_master must be a reference to the secret, and not the secret itself")
	}
	o := apps.Options{Vendor: a.Vendor}
	if fault := apps.SetOptions(&o, a.values); fault != nil {
		say(a.given[fault.Option], fault.Text)
		return
	}
	v, faults := apps.New(o)
	if len(faults) > 0 {
		say(a.given[faults[0].Option], faults[0].Text)
		return
	}
	var known []app
	var list []apps.App
	for _, one := range a.list {
		if secrets[one.values.Text("secret")] || one.values.Has("previous") && secrets[one.values.Text("previous")] {
			say(one.given["secret"], "app "+one.called(len(list))+": secret is that of the credential itself; give the app a local key")
		}
		made, fault := apps.AppOf(one.assumed())
		switch {
		case one.hasUnknown():
			continue
		case fault != nil:
			say(one.given[fault.Option], "app "+one.called(len(list))+": "+fault.Text)
			continue
		}
		known, list = append(known, one), append(list, made)
	}
	for _, f := range apps.SetApps(v, list) {
		e := a.anyGiven()
		// Of two apps with one name, the second is at fault.
		for i, one := range slices.Backward(known) {
			if !strings.HasPrefix(f.Text, "app "+one.called(i)+": ") {
				continue
			}
			if e = one.Entry; one.given[f.Option].Line > 0 {
				e = one.given[f.Option]
			}
			break
		}
		say(e, f.Text)
	}
}

// anyGiven is a place for what is about no option of its own.
func (a *Apps) anyGiven() (first Entry) {
	for _, e := range a.given {
		if first.Line == 0 || e.Line < first.Line || e.Line == first.Line && e.Field < first.Field {
			first = e
		}
	}
	if first.Line == 0 && len(a.list) > 0 {
		return a.list[0].Entry
	}
	return first
}

// called is an app's name, or its number, as outbound/apps has it.
func (a *app) called(i int) string {
	if name := a.values.Text("name"); name != "" && len(name) <= 64 && !signers.HasControl(name) {
		return name
	}
	return strconv.Itoa(i + 1)
}

// hasUnknown reports whether values other than the secrets are only known at run time.
func (a *app) hasUnknown() bool {
	for _, o := range apps.AppOptions {
		if !o.Secret && slices.ContainsFunc(a.values[o.Name], Unknown) {
			return true
		}
	}
	return false
}

// assumed are the app's values with valid secrets in place of references. Two that are different stay so.
func (a *app) assumed() signers.Values {
	values := a.values.Copy()
	for digit, name := range []string{"secret", "previous"} {
		if Unknown(values.Text(name)) {
			values[name] = []string{strings.Repeat("0", 39) + strconv.Itoa(digit)} // valid in hexadecimal and in Base64
		}
	}
	return values
}

// Unknown reports whether a value is only known at run time.
func Unknown(text string) bool {
	return strings.Contains(text, "{") || strings.Contains(text, "$") || (credentials.References{Short: true}).Is(text)
}

// findCamel finds an option by its name in Traefik's spelling, in any case.
func findCamel(options []signers.Option, key string) (signers.Option, bool) {
	for _, o := range options {
		if strings.EqualFold(signers.Camel(o.Name), key) {
			return o, true
		}
	}
	return signers.Option{}, false
}
