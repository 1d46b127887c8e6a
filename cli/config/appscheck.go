package config

import (
	"slices"
	"strconv"
	"strings"

	"github.com/vendorsign/vendorsign/outbound/apps"
	"github.com/vendorsign/vendorsign/signers"
)

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
		o, ok := x.Find(e.Key)
		if !ok || !o.Secret {
			continue
		}
		if e.Value.Text != "" {
			secrets[e.Value.Text] = true
		}
		// Those of a scheme of one's own are in a block.
		for _, inside := range e.Value.Table {
			if o.Kind == signers.Block && inside.Value.Text != "" {
				secrets[inside.Value.Text] = true
			}
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
	if a.values.Has("app_master") != a.values.Has("apps_file") && !a.isImported() {
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
	if len(a.file) > 0 {
		// Only where the gateway runs must the preset file be there. Without it nothing more is known of the scheme.
		text, fault := apps.ReadScheme(a.Vendor, a.file, References)
		if fault != nil {
			return
		}
		o.File = text
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
			say(one.given["secret"], "app "+one.called(len(list))+": secret is the credential's own; give the app a local key")
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
		if f.Entry > 0 {
			one := known[f.Entry-1]
			if e = one.Entry; one.given[f.Option].Line > 0 {
				e = one.given[f.Option]
			}
		}
		say(e, f.Text)
	}
}

// isImported reports whether the apps_file is there and none of its apps has a derived key, so that it needs no app_master.
// The file need not be where the configuration is checked.
func (a *Apps) isImported() bool {
	text, err := ReadFile(a.values.Text("apps_file"))
	if err != nil {
		return false
	}
	f, err := apps.ParseFile(string(text))
	if err != nil {
		return false
	}
	return !slices.ContainsFunc(f.Apps, func(app apps.FileApp) bool { return app.Generation > 0 })
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
	return strings.Contains(text, "{") || strings.Contains(text, "$") || References.Is(text)
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
