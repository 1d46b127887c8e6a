//go:build go1.21

package traefikplugin

import (
	"errors"
	"fmt"
	"log"
	"net/http"
	"net/http/httptrace"
	"strings"
	"time"

	"github.com/vendorsign/vendorsign/outbound"
	"github.com/vendorsign/vendorsign/outbound/apps"
	"github.com/vendorsign/vendorsign/outbound/credentials"
	"github.com/vendorsign/vendorsign/signers"
)

// The names under which the spellings of options that are no vendor's are kept. No vendor has one of them.
const (
	verifyBlock = "verify"
	appsBlock   = "apps"
)

// verifySpelling is how the options that verify apps are spelt. They are in the block of the vendor, as its own
// options are, so a vendor's option must not have the name of one.
func verifySpelling() *camel {
	if c := knownCamel(verifyBlock); c != nil {
		return c
	}
	return spelt(verifyBlock, append(append([]signers.Option{}, apps.VerifyOptions...), apps.FileNames...))
}

// appBlock is the part of a vendor's block that is about apps with local keys, such as
//
//	plugin.vendorsign.acme.apps[0].name: inventory
//	plugin.vendorsign.acme.apps[0].keyId: K1
//	plugin.vendorsign.acme.apps[0].secret: file:/run/secrets/inventory
type appBlock struct {
	// given says that there is one option of these at least: then every request must be an app's.
	given  bool
	values signers.Values
	// list has the values of each app, in the order of the indexes.
	list []signers.Values
}

// set takes an option that is about apps, by its name in lower case. verify has the name, or it is apps.
func (a *appBlock) set(verify *camel, name string, given interface{}) error {
	a.given = true
	if name == "apps" {
		return a.setList(given)
	}
	i := verify.places[name]
	// A number is a text to the verifier: window: 300.
	text, ok := scalar(given)
	if !ok {
		return errors.New(verify.names[i] + " must be a string")
	}
	if fault := a.values.Set(verify.options[i], text); fault != nil {
		return errors.New(verify.text.Replace(fault.Text))
	}
	return nil
}

// setList takes apps[0].name, apps[1].name and so on, which reach the plugin as a list of maps. Errors name the
// entry by its index, as the label does: apps[1]: unknown option ...
func (a *appBlock) setList(given interface{}) error {
	list, ok := given.([]interface{})
	if !ok {
		return errors.New("apps must be a list of blocks, as in apps[0].name")
	}
	for i, entry := range list {
		fields, ok := entry.(map[string]interface{})
		if !ok {
			return fmt.Errorf("apps[%d] must be a block of options", i)
		}
		// A block of its own, so that the options of an app are read as those of a vendor are.
		b := &block{vendor: appsBlock, options: apps.AppOptions, camel: spelt(appsBlock, apps.AppOptions), values: make(signers.Values)}
		for _, key := range sortedKeys(fields) {
			if setText(b, strings.ToLower(key), fields[key]) {
				continue
			}
			if err := setOption(b, key, fields[key]); err != nil {
				return fmt.Errorf("apps[%d]: %w", i, err)
			}
		}
		a.list = append(a.list, b.values)
	}
	return nil
}

// verifier makes the verifier of the apps; nil without any. Secrets may be references, which are resolved once: an
// app's key changes with the configuration, or in apps_file, which is read again. say tells the operator what is
// no error.
func (b *block) verifier(references credentials.References, gate *outbound.Gate, say func(news string)) (*apps.Verifier, error) {
	if !b.apps.given {
		return nil, nil
	}
	if len(b.apps.list) == 0 && b.apps.values.Text("apps_file") == "" && b.apps.values.Text("app_master") == "" {
		return nil, fmt.Errorf("%s: there is no app, so that every request would get a 401: give apps, or appsFile", b.vendor)
	}
	o := apps.Options{Vendor: b.vendor}
	if fault := apps.SetOptions(&o, b.apps.values); fault != nil {
		return nil, errors.New(fault.Text)
	}
	// A scheme of one's own is a file, which the signer's block names.
	file, fault := apps.ReadScheme(b.vendor, b.values, references)
	if fault != nil {
		return nil, errors.New(b.vendor + ": " + fault.Text)
	}
	o.File = file
	v, faults := apps.New(o)
	if len(faults) > 0 {
		return nil, errors.New(verifySpelling().text.Replace(signers.FaultsError(b.vendor, faults).Error()))
	}
	// Traefik makes middlewares again with each change: the signatures that were used must still be known after
	// that, or each could be used once more.
	apps.Share(v)
	// The operator should know that problems say more than usual.
	if o.Explain {
		say(apps.ExplainNews)
	}
	list := make([]apps.App, 0, len(b.apps.list))
	secrets := []string{"secret", "previous"}
	for i, values := range b.apps.list {
		// The references stay in the block, and the secrets are in the copy alone.
		own := values.Copy()
		for _, option := range secrets {
			if len(own[option]) == 0 {
				continue
			}
			text, err := references.Value(own[option][0])
			if err != nil {
				return nil, fmt.Errorf("%s: apps[%d]: %s: %w", b.vendor, i, option, err)
			}
			own[option] = []string{text}
		}
		// The fault names the option and quotes nothing: the value may be a secret.
		a, fault := apps.AppOf(own)
		if fault != nil {
			return nil, fmt.Errorf("%s: apps[%d]: %s", b.vendor, i, fault.Text)
		}
		list = append(list, a)
	}
	// UsesPrint refuses an app whose secret is the vendor's: it could leave the gateway out.
	faults = apps.AddFile(v, b.apps.values.Text("apps_file"), b.apps.values.Text("app_master"), references, list, gate.UsesPrint, say)
	if len(faults) > 0 {
		text := spelt(appsBlock, apps.AppOptions).text.Replace(signers.FaultsError(b.vendor, faults).Error())
		return nil, errors.New(verifySpelling().text.Replace(text))
	}
	return v, nil
}

// verifying is a Middleware with apps. To ask each request whether there are some takes two calls more, so New
// returns one or the other.
type verifying struct{ m *Middleware }

// ServeHTTP verifies and signs a copy of r for the next handler, as that of Middleware does, or answers with a
// problem document.
func (v *verifying) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	r = r.Clone(r.Context())
	if r.Body != http.NoBody && mayComeAgain(r.Body) {
		serveAgain(v.m, w, r)
		return
	}
	serveApp(v.m, w, r)
}

// serveAgain is serveApp for a request that may come again. Each attempt has the app's signature, which is no replay then.
func serveAgain(m *Middleware, w http.ResponseWriter, r *http.Request) {
	again := attemptsOf(r)
	r = resumed(r)
	if again == nil {
		serveApp(m, w, r)
		return
	}
	r = apps.WithAttempts(r, again)
	now := m.gate.Now()
	apps.Refresh(m.apps, now)
	message := &signers.Message{Method: r.Method, Host: r.Host, Target: r.RequestURI, Header: r.Header}
	if r.TLS == nil && !m.clear {
		message.Scheme = "http"
	}
	// Before Check, which changes the headers of a request with a signature in its query.
	claim, _ := apps.ReadClaim(m.apps, message)
	checked := checkNoted(m, r, message, now)
	apps.NoteAttempt(again, claim, checked)
	serveChecked(m, w, checked)
}

// serveApp verifies the app that signed r before r is signed for the vendor. An app signs the request as it sends
// it, with the host and target that reach the gateway.
func serveApp(m *Middleware, w http.ResponseWriter, r *http.Request) {
	now := m.gate.Now()
	if m.refreshes {
		apps.Refresh(m.apps, now)
	}
	// The target is the client's, before wireTarget: the app signed what it sent.
	message := &signers.Message{Method: r.Method, Host: r.Host, Target: r.RequestURI}
	// Some schemes cover the scheme of the URL. Behind a proxy that ends TLS, apps sign https and the request comes as http:
	// insecureDownstream says that this is in order.
	if r.TLS == nil {
		if !m.clear {
			message.Scheme = "http"
		}
	}
	if m.trail != nil {
		serveChecked(m, w, checkNoted(m, r, message, now))
		return
	}
	checked := apps.Check(m.apps, r, message, m.maxBody, now)
	if checked.Problem != nil {
		serveChecked(m, w, checked)
		return
	}
	if checked.Held != 0 {
		serveChecked(m, w, checked)
		return
	}
	serveBriefly(m, w, checked)
}

// checkNoted is apps.Check with the events of the audit, if there is one. It is apart, as most middlewares have none.
func checkNoted(m *Middleware, r *http.Request, message *signers.Message, now time.Time) *apps.Checked {
	if m.trail == nil {
		return apps.Check(m.apps, r, message, m.maxBody, now)
	}
	// Before the verifier changes the request: the event shows what the client sent.
	about := eventOf(m, r, r.RequestURI)
	checked := apps.Check(m.apps, r, message, m.maxBody, now)
	recordApp(m, about, checked)
	return checked
}

// serveChecked refuses what the verifier does not let pass, and gives back the memory of bodies that it read, when
// the request is done.
func serveChecked(m *Middleware, w http.ResponseWriter, checked *apps.Checked) {
	if checked.Held != 0 && checked.Problem == nil {
		checked.Held = keepBody(checked.Request, checked.Held)
	}
	defer outbound.Release(checked.Held)
	if checked.Problem != nil {
		// One line in ten seconds, since clients cause it. Without a reason the event was lost, which the trail has told.
		if checked.Verdict.Reason != "" && apps.LogDue(m.apps, checked.Verdict, m.gate.Now()) {
			log.Printf("vendorsign: middleware %s: a request of an app was refused: %s", m.name, refusedLine(checked.Verdict))
		}
		checked.Problem.Write(w)
		return
	}
	serveBriefly(m, w, checked)
}

// serveBriefly signs a verified request in the short way, as ServeHTTP does, or as serveVerified if it is no ordinary one. What follows
// QuickVerified is what ServeHTTP does after Quick: one more call there would cost every request without apps, too.
func serveBriefly(m *Middleware, w http.ResponseWriter, checked *apps.Checked) {
	r := checked.Request
	if m.lengthy {
		serveWatched(m, w, checked)
		return
	}
	if strings.Contains(r.Header.Get("Accept"), "event-stream") {
		serveWatched(m, w, checked)
		return
	}
	signed := outbound.QuickVerified(m.gate, r)
	if signed == nil {
		serveWatched(m, w, checked)
		return
	}
	// As in ServeHTTP.
	r.URL.Opaque = ""
	r.Form = nil
	if m.repeats {
		if checked.Verdict.Verified.Spent != nil {
			serveSpent(m, w, r, signed, checked.Verdict.Verified)
			return
		}
	}
	if m.watched {
		r = traced(m, r)
	}
	if signed.AnswerDue {
		serveCarefully(m, w, r, signed)
		return
	}
	m.next.ServeHTTP(w, r)
	if w.Header()["Retry-After"] != nil {
		learnHeader(m, w, r, signed)
	}
}

// serveWatched is serveVerified for the request of an app that may last: it ends if the app's key is revoked meanwhile. What takes the
// short way is not watched, since to watch it would take a tenth of what it takes to verify it.
func serveWatched(m *Middleware, w http.ResponseWriter, checked *apps.Checked) {
	watched, done := apps.Watch(checked)
	defer done()
	serveVerified(m, w, watched)
}

// serveSpent sends a verified request that was signed in the short way, and gives back what it used of its app's
// if it got no connection: the app may then send the same signature again, which would otherwise count as a
// replay.
func serveSpent(m *Middleware, w http.ResponseWriter, r *http.Request, signed *outbound.Outcome, app *outbound.App) {
	if signed.AnswerDue {
		serveCounted(m, w, r, signed)
		return
	}
	trace, unsent := outbound.CountTrace(m.gate, m.trace != nil)
	m.next.ServeHTTP(w, r.WithContext(httptrace.WithClientTrace(r.Context(), trace)))
	if unsent() {
		apps.GiveBack(app)
	}
	if w.Header()["Retry-After"] != nil {
		learnHeader(m, w, r, signed)
	}
}

// refusedLine says why an app is refused, for the log. The name is the operator's. Where nothing is proved the
// line does not say that the app sent it: anybody can send its key ID.
//
//	app inventory: clock (E, clock_off): ...
//	signature (J, unexplained): ... (the key is that of the app inventory)
func refusedLine(verdict *apps.Verdict) string {
	b := apps.BlameOf(verdict)
	line := verdict.Reason + " (" + b.Class + ", " + b.Cause + "): " + verdict.Detail
	switch {
	case verdict.App == "":
		return line
	case apps.Proved(verdict.Reason):
		return "app " + verdict.App + ": " + line
	}
	return line + " (the key is that of the app " + verdict.App + ")"
}
