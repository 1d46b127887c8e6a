//go:build go1.21

package apps

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"

	"github.com/vendorsign/vendorsign/signers"
)

// File is what an apps_file says: the apps of one vendor that send to the same host, without their secrets, which are
// derived. `vendorsign app` writes it, and operators may edit it; it can be kept in Git. For example:
//
//	{"version": 1, "vendor": "acme", "gateway": "acme.internal",
//	 "policies": {"readers": ["GET /v1/users/**"]},
//	 "apps": [{"name": "billing", "key_id": "AKBILLING00000000000", "generation": 2, "overlap": "2027-03-31T12:00:00Z",
//	           "policy": "readers", "rate": "25/5m"},
//	          {"name": "old", "key_id": "AKOLD000000000000000", "secret": "file:/run/secrets/old"}]}
//
// The form is read strictly (ParseFile). filestate.go follows the file while the gateway runs, and makes an App of each
// FileApp.
type File struct {
	// Vendor is whose scheme the apps sign in, and Gateway the host that they send to. Secrets are derived from both: an app
	// that is moved to a file with another gateway has another secret.
	Vendor, Gateway string
	// Policies are lists of rules with names, for apps that have the same rights.
	Policies map[string][]string
	Apps     []FileApp

	// parsed are the apps by the text of their entries, for the next version of the file: what is written in the same way is
	// the same app, and need not be checked again.
	parsed map[string]FileApp
}

// FileApp is an app as it is in a file. Moments are as they are written there, so that a command that changes one app leaves
// the others byte for byte.
type FileApp struct {
	// Name and KeyID are those of App.
	Name, KeyID string
	// Generation counts the secrets that the app has had, from 1; `app rotate` adds one. 0: the app has a secret of its own,
	// from elsewhere.
	Generation int
	// Overlap is until when the secret of the generation before is good, too, in RFC 3339; empty: it is not good.
	Overlap string
	// Secret and Previous are references to secrets from elsewhere, as in file:/run/secrets/old. The file never holds a
	// secret itself: a reference is required, since a file in Git would show it.
	Secret, Previous string
	// Allow is what the app may do, as in App; nil: what Policy says, or else all.
	Allow []string
	// Policy is the name of a list of the file, in place of Allow.
	Policy string
	// Rate is the app's own limit, as in App. Expires is the end of the key, and Created the day on which it was made, both
	// as ParseExpires reads them; nothing depends on Created.
	Rate             string
	Expires, Created string
	Revoked          bool
}

// FileVersion is that of the form of the file. A gateway refuses any other: to guess at what a later version means could
// widen what an app may do.
const FileVersion = 1

// EntryOptions are the keys of an app in a file, in the order in which they are written.
var EntryOptions = []signers.Option{
	{Name: "name", Also: []string{"app"}},
	{Name: "key_id", Also: []string{"ikey", "id", "access_key_id", "public_token", "access_id", "api_id"}},
	{Name: "generation", Kind: signers.Number, Also: []string{"version"}},
	{Name: "overlap", Kind: signers.Free},
	{Name: "secret", Kind: signers.Free, Secret: true, Also: []string{"skey", "secret_key"}},
	{Name: "previous", Kind: signers.Free, Secret: true},
	{Name: "policy", Kind: signers.Free},
	{Name: "allow", Kind: signers.Lines},
	{Name: "rate", Kind: signers.Free},
	{Name: "expires", Kind: signers.Free, Also: []string{"expiry"}},
	{Name: "revoked", Kind: signers.Flag},
	{Name: "created", Kind: signers.Free},
}

var (
	// fileKeys are the keys of the file itself; Unknown finds the one that a misspelt key resembles.
	fileKeys = []signers.Option{{Name: "version"}, {Name: "vendor"}, {Name: "gateway"}, {Name: "policies"}, {Name: "apps"}}

	// namePattern is what the name of an app or a policy must be: it is written to logs, metrics and commands, which must not
	// be broken or forged by blanks, quotes or line ends.
	namePattern = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$`)
	// gatewayPattern is that of a host, with or without a port. Upper case is refused: secrets are derived from these bytes,
	// and another spelling of the same host would give others.
	gatewayPattern = regexp.MustCompile(`^[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?(?::[0-9]{1,5})?$`)
)

// CheckName says what is wrong with the name of an app or a policy, to be put after the name of the option; usually nothing.
func CheckName(name string) string {
	if namePattern.MatchString(name) {
		return ""
	}
	return "must have 1 to 64 letters, digits, dots, underscores and hyphens, and begin with a letter or digit"
}

// CheckGateway says what is wrong with the name of a gateway, to be put after the name of the option; usually nothing.
func CheckGateway(name string) string {
	if gatewayPattern.MatchString(name) {
		return ""
	}
	return "must be the host that apps send their requests to, in lower case, as in vendor.internal"
}

// ParseFile reads the text of an apps_file strictly: unknown and repeated keys, nulls and wrong types are errors. An ignored
// key could be a misspelt "revoked" or "allow", and the app would have more rights than its operator thinks. Its errors name
// the app and the key, and quote no value. Whether the vendor exists, and whether a signer can be made of the keys, is
// checked by SetApps.
func ParseFile(text string) (*File, error) { return parseFile(text, nil) }

// parseFile takes from before what is written in the same way there: interpreted, a check of ten thousand apps takes seconds,
// and a change of the file usually concerns one of them. before may be nil; it is not changed.
func parseFile(text string, before *File) (*File, error) {
	text = strings.TrimPrefix(text, "\ufeff") // of an editor on Windows
	object, twice, ok := objectOf([]byte(text))
	if !ok {
		return nil, errors.New("it is not a JSON object, or not a whole one" + brokenLine(text))
	}
	if twice {
		return nil, errors.New("a key occurs twice in the file")
	}
	f, list, err := parseHead(object)
	if err != nil {
		return nil, err
	}
	if len(list) > maxApps {
		return nil, errors.New("apps: there are more than " + strconv.Itoa(maxApps) + " apps")
	}
	f.parsed = make(map[string]FileApp, len(list))
	c := &fileCheck{names: make(map[string]bool), keys: make(map[string]bool), good: make(map[string]bool)}
	for i, raw := range list {
		written := string(raw)
		a, known := FileApp{}, false
		if before != nil {
			a, known = before.parsed[written]
		}
		// A known entry was right by itself. It can still collide with a new one, so that checkTogether runs for all.
		text := ""
		if !known {
			a, text = parseFileApp(raw)
			if text == "" {
				text = checkFileApp(c, &a)
			}
		}
		if text == "" {
			text = checkTogether(c, f, &a)
		}
		if text != "" {
			return nil, fmt.Errorf("app %s: %s", entryName(raw, i), text)
		}
		f.parsed[written] = a
		f.Apps = append(f.Apps, a)
	}
	return f, nil
}

// objectOf reads the keys of an object, and reports whether one occurs twice. It is not ok if the text is something else, or
// if anything but blanks follows. json.Unmarshal would take the last of two equal keys without a word, so that a second
// "revoked" could undo the first (RFC 8259 section 4 leaves open what a reader does).
//
//	{"a": 1, "b": [2]}   -> {"a": 1, "b": [2]}, false, true
//	{"a": 1, "a": 2}     -> {"a": 2},           true,  true
//	{"a": 1} {"a": 2}    -> not ok: half of two files, or one that is being replaced
func objectOf(data []byte) (map[string]json.RawMessage, bool, bool) {
	d := json.NewDecoder(bytes.NewReader(data))
	if open, err := d.Token(); err != nil || open != json.Delim('{') {
		return nil, false, false
	}
	object, twice := make(map[string]json.RawMessage), false
	for d.More() {
		token, err := d.Token()
		if err != nil {
			return nil, false, false
		}
		name, _ := token.(string)
		var value json.RawMessage
		if d.Decode(&value) != nil {
			return nil, false, false
		}
		if object[name] != nil {
			twice = true
		}
		object[name] = value
	}
	// The closing brace.
	if _, err := d.Token(); err != nil {
		return nil, false, false
	}
	// Nothing may follow it.
	_, err := d.Token()
	return object, twice, errors.Is(err, io.EOF)
}

// brokenLine says in which line a text stops being JSON, without quoting it; empty: it is JSON. A file with an app a line is often
// edited by hand, and a comma too many ends the revocation that comes with it.
func brokenLine(text string) string {
	var whole json.RawMessage
	broken, ok := json.Unmarshal([]byte(text), &whole).(*json.SyntaxError)
	if !ok {
		return ""
	}
	// Without the byte that is wrong, which may be a line end. An empty text has none.
	before := strings.TrimSuffix(text[:broken.Offset], "\n")
	return ": the mistake is in line " + strconv.Itoa(1+strings.Count(before, "\n"))
}

// parseHead reads all but the apps, whose entries it returns as they are written.
func parseHead(object map[string]json.RawMessage) (*File, []json.RawMessage, error) {
	for name := range object {
		if _, known := signers.Find(fileKeys, name); !known {
			return nil, nil, errors.New(signers.Unknown(fileKeys, name).Text)
		}
	}
	version := 0
	// A missing key is an empty RawMessage, which is no JSON: it is refused by the same condition.
	if json.Unmarshal(object["version"], &version) != nil || version != FileVersion {
		return nil, nil, fmt.Errorf("version must be %d", FileVersion)
	}
	f := new(File)
	if json.Unmarshal(object["vendor"], &f.Vendor) != nil || f.Vendor == "" || signers.HasControl(f.Vendor) {
		return nil, nil, errors.New("vendor must be the name of a vendor")
	}
	if json.Unmarshal(object["gateway"], &f.Gateway) != nil || CheckGateway(f.Gateway) != "" {
		return nil, nil, errors.New("gateway " + CheckGateway(""))
	}
	if raw, ok := object["policies"]; ok {
		// The last of two policies with one name would count, which may permit more than the first.
		_, twice, isObject := objectOf(raw)
		if !isObject || json.Unmarshal(raw, &f.Policies) != nil {
			return nil, nil, errors.New("policies must be an object with a list of strings for each name")
		}
		if twice {
			return nil, nil, errors.New("a policy occurs twice in the file")
		}
	}
	for name, allow := range f.Policies {
		if text := CheckName(name); text != "" {
			return nil, nil, errors.New("policies: the name of one " + text)
		}
		if text := checkAllow(allow); text != "" {
			return nil, nil, fmt.Errorf("policy %s: %s", name, text)
		}
	}
	var list []json.RawMessage
	// An empty list is right, null is not: an operator who revokes the last app writes [].
	if json.Unmarshal(object["apps"], &list) != nil || list == nil {
		return nil, nil, errors.New("apps must be a list of objects")
	}
	return f, list, nil
}
