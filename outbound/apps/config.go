//go:build go1.21

package apps

import (
	"encoding/json"
	"errors"
	"strings"
	"time"

	"github.com/vendorsign/vendorsign/signers"
	"github.com/vendorsign/vendorsign/signers/tokens"
)

// AppOptions are the options of an app, for the block `app` of a Caddyfile, the labels apps[0].* of Traefik and the JSON of
// the command line. Also has what vendors call the halves of a key, so that a hint can be given for those words.
var AppOptions = []signers.Option{
	{Name: "name", Sample: "1", Also: []string{"app"}, Doc: "The app's name, for logs, metrics and audit."},
	{Name: "key_id", Sample: "1", Also: []string{"ikey", "id", "access_key_id", "public_token", "access_id", "api_id"},
		Doc: "The public half of the local key, in the vendor's shape."},
	{Name: "secret", Secret: true, Sample: "1", Also: []string{"skey", "secret_key", "secret_access_key", "private_token", "api_key"},
		Doc: "The secret half of the local key."},
	{Name: "previous", Secret: true, Sample: "1", Doc: "The previous secret, which is accepted during a rotation."},
	{Name: "allow", Kind: signers.Lines, Restricts: true,
		Doc: "What the app may request, as in the option allow of the signer; without it, all that the credential may."},
	{Name: "rate", Kind: signers.Free, Restricts: true, Sample: "1/s", Doc: "The app's own limit, as in 25/5m."},
	{Name: "revoked", Kind: signers.Flag, Restricts: true, Doc: "The key is no longer valid."},
	{Name: "expires", Kind: signers.Free, Restricts: true, Sample: "2100-01-01", Also: []string{"expiry"},
		Doc: "When the key ends, as in 2027-03-31."},
}

// VerifyOptions are the options of a verifier in addition to its apps.
var VerifyOptions = []signers.Option{
	{Name: "window", Kind: signers.Duration, Sample: "5m", Also: []string{"app_window", "max_clock_skew"},
		Doc: "How far the date of an app's signature may be from the gateway's clock: 5m by default, 1m where the scheme has no nonce."},
	{Name: "replay", Kind: signers.Free, Values: []string{replayUnsafe, replayRefuse, replayAllow},
		Doc: "What becomes of a signature that was used before: unsafe refuses it unless the method is GET, HEAD or OPTIONS, refuse refuses " +
			"it (the default where the scheme has a nonce), allow does not."},
	{Name: "insecure_downstream", Kind: signers.Flag,
		Doc: "Clients come over plain http, and something else protects the way from them: it counts as https."},
	{Name: "explain", Kind: signers.Flag,
		Doc: "For development: the answer to a request that no app signed says why. Anybody can find out with it which keys there are."},
}

// FileNames are the options of a verifier about a file with apps. They are apart because the command line's JSON has none of
// them: there the apps are in the object itself.
var FileNames = []signers.Option{
	{Name: "apps_file", Kind: signers.Free, Sample: "/", Also: []string{"app_file"},
		Doc: "A file with more apps, which is read again when it changes."},
	{Name: "app_master", Secret: true, Sample: "1", Doc: "The secret that the keys of apps_file are derived from."},
}

// AppOf makes an app of the values of AppOptions. It checks only what it has to parse; SetApps checks the rest, with the
// table's other apps.
func AppOf(v signers.Values) (App, *signers.Fault) {
	text := make(map[string]string, len(v)) // interpreted, to call v.Text for each option takes five times as long
	for name, values := range v {
		if len(values) > 0 {
			text[name] = values[0]
		}
	}
	a := App{Name: text["name"], KeyID: text["key_id"], Secret: text["secret"], Previous: text["previous"], Allow: v["allow"],
		Rate: text["rate"], Revoked: text["revoked"] == "true"}
	ends, err := ParseExpires(text["expires"])
	if err != nil {
		return a, &signers.Fault{Option: "expires", Text: err.Error()}
	}
	a.Expires = ends
	return a, nil
}

// ParseExpires reads when a key ends: the end of a day in UTC, or a time of RFC 3339; empty: never, as the zero time.
//
//	2027-03-31           -> 2027-04-01 00:00:00 UTC   the day itself is still good
//	2027-03-31T12:00:00Z -> 2027-03-31 12:00:00 UTC
func ParseExpires(text string) (time.Time, error) {
	ends, ok := parseEnd(text)
	if !ok {
		return time.Time{}, errors.New("expires" + endForm)
	}
	return ends, nil
}

// endForm is what is wrong with a text that parseEnd does not read, to be put after the name of the option.
const endForm = " must be a day or a time of RFC 3339, as in 2027-03-31 or 2027-03-31T12:00:00Z"

// parseEnd is ParseExpires for an option of any name.
func parseEnd(text string) (time.Time, bool) {
	if text == "" {
		return time.Time{}, true
	}
	// A day is good to its end.
	if day, err := time.Parse("2006-01-02", text); err == nil {
		ends := day.AddDate(0, 0, 1)
		return ends, !ends.IsZero()
	}
	at, err := time.Parse(time.RFC3339, text)
	// The zero time means never, and a text must not: 0001-01-01T00:00:00Z is what Go writes for a date that is not set.
	return at, err == nil && !at.IsZero()
}

// SetOptions takes window, replay, explain and insecure_downstream from the values of VerifyOptions. Which values of replay the
// scheme permits is checked by New.
func SetOptions(o *Options, v signers.Values) *signers.Fault {
	o.Replay = v.Text("replay")
	o.Explain = v.Flag("explain")
	o.Clear = v.Flag("insecure_downstream")
	if text := v.Text("window"); text != "" {
		window, ok := tokens.Duration(text)
		if !ok || window <= 0 {
			return &signers.Fault{Option: "window", Text: "window must be a time such as 5m, from 1 second to 24 hours"}
		}
		o.Window = window
	}
	return nil
}

// Downstream is the scheme of the URL that an app signed, for a request that came over plain http or not: signers.Message.Scheme.
// Some schemes cover it, and behind a proxy that ends TLS apps sign https.
func Downstream(v *Verifier, plain bool) string {
	if plain && !v.clear {
		return "http"
	}
	return ""
}

// ExplainNews is the warning for operators who set the option explain. Both gateways write it at load.
const ExplainNews = "explain tells anybody why a request is not an app's, and so which keys there are: it is for development"

// ReadJSON makes a verifier of an object with apps, window, replay and signatures that were seen, for the command line and
// tests. scheme in it, if it is there, must be the vendor. Its errors name the key and never a value. Secrets are literal
// here: no reference is resolved.
//
//	{"apps": [{"name": "billing", "key_id": "DI...", "secret": "..."}], "window": "5m", "replay": "refuse", "seen": ["3f2a..."]}
func ReadJSON(vendor string, data []byte, now time.Time) (*Verifier, error) {
	var object map[string]json.RawMessage
	if json.Unmarshal(data, &object) != nil || object == nil {
		return nil, errors.New("config is not a JSON object")
	}
	var list []json.RawMessage
	var seen []string
	var scheme string
	// Lists and objects are taken out first. What is left are texts and flags, which FromJSON checks like any signer's
	// options.
	for _, known := range []struct {
		key  string
		into interface{}
		must string
	}{{"apps", &list, "a list of objects"}, {"scheme", &scheme, "a string"}} {
		if raw, ok := object[known.key]; ok {
			if json.Unmarshal(raw, known.into) != nil {
				return nil, errors.New(known.key + " must be " + known.must)
			}
			delete(object, known.key)
		}
	}
	if raw, ok := object["seen"]; ok {
		texts, ok := signers.Texts(raw)
		if !ok {
			return nil, errors.New("seen must be a list of strings")
		}
		seen = texts
		delete(object, "seen")
	}
	if scheme != "" && scheme != vendor {
		return nil, errors.New("scheme must be the same as signer")
	}
	rest, err := json.Marshal(object)
	if err != nil {
		return nil, err
	}
	// Unknown keys are faults here. A file is given by its text, as sign takes it.
	files := SchemeOptions(vendor)
	values, faults := signers.FromJSON(append(append([]signers.Option{}, VerifyOptions...), files...), rest)
	if len(faults) > 0 {
		return nil, errors.New(faults[0].Text)
	}
	o := Options{Vendor: vendor, File: values.Only(files)}
	if fault := SetOptions(&o, values); fault != nil {
		return nil, errors.New(fault.Text)
	}
	// The verifier has its own memory, which begins empty except for seen.
	v, faults := New(o)
	if len(faults) > 0 {
		return nil, errors.New(textsOf(faults))
	}
	apps := make([]App, 0, len(list))
	for i, raw := range list {
		values, faults := signers.FromJSON(AppOptions, raw)
		if len(faults) > 0 {
			return nil, errors.New("app " + nameOf("", i) + ": " + faults[0].Text)
		}
		a, fault := AppOf(values)
		if fault != nil {
			return nil, errors.New("app " + nameOf(a.Name, i) + ": " + fault.Text)
		}
		apps = append(apps, a)
	}
	if faults := SetApps(v, apps); len(faults) > 0 {
		return nil, errors.New(textsOf(faults))
	}
	Remember(v, seen, now)
	return v, nil
}

// textsOf joins faults to one message: whoever wrote the JSON sees all mistakes of a run at once.
func textsOf(faults []signers.Fault) string {
	texts := make([]string, 0, len(faults))
	for _, f := range faults {
		texts = append(texts, f.Text)
	}
	return strings.Join(texts, "; ")
}
