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
	"time"

	"github.com/vendorsign/vendorsign/outbound"
	"github.com/vendorsign/vendorsign/outbound/credentials"
	"github.com/vendorsign/vendorsign/outbound/limits"
	"github.com/vendorsign/vendorsign/signers"
)

// File is what an apps_file says: the apps of one vendor that send to the same host, without their secrets, which are derived.
type File struct {
	Vendor, Gateway string
	Policies        map[string][]string
	Apps            []FileApp

	parsed map[string]FileApp // by how they are written
}

// FileApp is an app as it is in a file. Moments are as they are written there.
type FileApp struct {
	Name, KeyID string
	// Generation counts the secrets that the app has had; 0: it has one of its own, from elsewhere.
	Generation int
	// Overlap is until when the secret before is good, too.
	Overlap string
	// Secret and Previous are references to secrets from elsewhere.
	Secret, Previous string
	Allow            []string
	// Policy is the name of a list of the file, in place of Allow.
	Policy           string
	Rate             string
	Expires, Created string
	Revoked          bool
}

// FileVersion is that of the form of the file.
const FileVersion = 1

// EntryOptions are the keys of an app in a file, in the order in which they are written.
var EntryOptions = []signers.Option{
	{Name: "name", Also: []string{"app"}},
	{Name: "key_id", Also: []string{"ikey", "id", "access_key_id", "public_token", "access_id", "api_id"}},
	{Name: "generation", Kind: signers.Number, Also: []string{"version"}},
	{Name: "overlap", Kind: signers.Free},
	{Name: "secret", Kind: signers.Free, Secret: true, Also: []string{"skey", "key", "secret_key"}},
	{Name: "previous", Kind: signers.Free, Secret: true},
	{Name: "policy", Kind: signers.Free},
	{Name: "allow", Kind: signers.Lines},
	{Name: "rate", Kind: signers.Free},
	{Name: "expires", Kind: signers.Free, Also: []string{"expiry"}},
	{Name: "revoked", Kind: signers.Flag},
	{Name: "created", Kind: signers.Free},
}

var (
	fileKeys = []signers.Option{{Name: "version"}, {Name: "vendor"}, {Name: "gateway"}, {Name: "policies"}, {Name: "apps"}}

	// namePattern is what the name of an app or a policy must be: it is written to logs, metrics and commands.
	namePattern = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$`)
	// gatewayPattern is that of a host, with or without a port.
	gatewayPattern = regexp.MustCompile(`^[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?(?::[0-9]{1,5})?$`)
)

// CheckName says what is wrong with the name of an app or a policy; usually nothing.
func CheckName(name string) string {
	if namePattern.MatchString(name) {
		return ""
	}
	return "must have 1 to 64 letters, digits, dots, underscores and hyphens, and begin with a letter or digit"
}

// CheckGateway says what is wrong with the name of a gateway; usually nothing.
func CheckGateway(name string) string {
	if gatewayPattern.MatchString(name) {
		return ""
	}
	return "must be the host that apps send their requests to, in lower case, as in vendor.internal"
}

// ParseFile reads the text of an apps_file strictly. Its errors name the app and the key, and quote no value.
func ParseFile(text string) (*File, error) { return parseFile(text, nil) }

// parseFile takes from before what is written in the same way there: interpreted, a check of ten thousand apps takes seconds.
func parseFile(text string, before *File) (*File, error) {
	object, twice, ok := objectOf([]byte(strings.TrimPrefix(text, "\ufeff"))) // of an editor on Windows
	if !ok {
		return nil, errors.New("it is not a JSON object, or not a whole one")
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

// objectOf reads the keys of an object, and reports whether one occurs twice. It is not ok if the text is something else.
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
	if _, err := d.Token(); err != nil {
		return nil, false, false
	}
	_, err := d.Token()
	return object, twice, errors.Is(err, io.EOF)
}

// parseHead reads all but the apps.
func parseHead(object map[string]json.RawMessage) (*File, []json.RawMessage, error) {
	for name := range object {
		if _, known := signers.Find(fileKeys, name); !known {
			return nil, nil, errors.New(signers.Unknown(fileKeys, name).Text)
		}
	}
	version := 0
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
	if raw, ok := object["policies"]; ok && json.Unmarshal(raw, &f.Policies) != nil {
		return nil, nil, errors.New("policies must be an object with a list of texts for each name")
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
	if json.Unmarshal(object["apps"], &list) != nil || list == nil {
		return nil, nil, errors.New("apps must be a list of objects")
	}
	return f, list, nil
}

// entryName is what a message calls an app: its name, if it has a good one, or else its number.
func entryName(raw json.RawMessage, i int) string {
	var named struct {
		Name string `json:"name"`
	}
	if json.Unmarshal(raw, &named) == nil && CheckName(named.Name) == "" {
		return named.Name
	}
	return strconv.Itoa(i + 1)
}

// plainApp is an entry as vendorsign app writes it.
type plainApp struct {
	Name       string   `json:"name,omitempty"`
	KeyID      string   `json:"key_id,omitempty"`
	Generation int      `json:"generation,omitempty"`
	Overlap    string   `json:"overlap,omitempty"`
	Secret     string   `json:"secret,omitempty"`
	Previous   string   `json:"previous,omitempty"`
	Policy     string   `json:"policy,omitempty"`
	Allow      []string `json:"allow,omitempty"`
	Rate       string   `json:"rate,omitempty"`
	Expires    string   `json:"expires,omitempty"`
	Revoked    bool     `json:"revoked,omitempty"`
	Created    string   `json:"created,omitempty"`
}

// readPlainApp reads an entry that is written as vendorsign app writes it, but for blanks: one that is the same if it is written again
// has no unknown key, no null, and none twice. Interpreted, a file of ten thousand such apps is read in half the time.
func readPlainApp(raw json.RawMessage) (FileApp, bool) {
	var p plainApp
	if bytes.IndexByte(raw, '\\') >= 0 || json.Unmarshal(raw, &p) != nil {
		return FileApp{}, false
	}
	again, err := json.Marshal(&p)
	if err != nil {
		return FileApp{}, false
	}
	var compact bytes.Buffer
	if json.Compact(&compact, raw) != nil || string(again) != compact.String() || p.Generation < 0 || bytes.IndexByte(raw, 0x7f) >= 0 {
		return FileApp{}, false
	}
	return FileApp{Name: p.Name, KeyID: p.KeyID, Generation: p.Generation, Overlap: p.Overlap, Secret: p.Secret, Previous: p.Previous,
		Policy: p.Policy, Allow: p.Allow, Rate: p.Rate, Expires: p.Expires, Revoked: p.Revoked, Created: p.Created}, true
}

// parseFileApp reads an entry; a text says what is wrong with it.
func parseFileApp(raw json.RawMessage) (FileApp, string) {
	a, plain := readPlainApp(raw)
	if plain {
		return a, ""
	}
	object, twice, ok := objectOf(raw)
	if !ok {
		return FileApp{}, "it is not an object"
	}
	if twice {
		return FileApp{}, "a key occurs twice in it"
	}
	a = FileApp{}
	texts := map[string]*string{"name": &a.Name, "key_id": &a.KeyID, "overlap": &a.Overlap, "secret": &a.Secret, "previous": &a.Previous,
		"policy": &a.Policy, "rate": &a.Rate, "expires": &a.Expires, "created": &a.Created}
	for name, value := range object {
		if string(value) == "null" {
			return a, signers.ShownName(name) + " must not be null; leave it out" // a template that lost its value would widen what the app may do
		}
		if into := texts[name]; into != nil {
			if json.Unmarshal(value, into) != nil {
				return a, name + " must be a text"
			}
			if signers.HasControl(*into) {
				return a, name + " contains a control character or line break"
			}
			continue
		}
		switch name {
		case "generation":
			if json.Unmarshal(value, &a.Generation) != nil || a.Generation < 1 {
				return a, "generation must be 1 or more"
			}
		case "allow":
			if json.Unmarshal(value, &a.Allow) != nil {
				return a, "allow must be a list of texts"
			}
		case "revoked":
			if json.Unmarshal(value, &a.Revoked) != nil {
				return a, "revoked must be true or false"
			}
		default:
			return a, signers.Unknown(EntryOptions, name).Text
		}
	}
	return a, ""
}

// fileCheck is what the check of a file knows of the apps before.
type fileCheck struct {
	names, keys map[string]bool
	good        map[string]bool // lists and rates that are known to be right: most apps have the same
}

// checkTogether says what is wrong with an app in its file; usually nothing.
func checkTogether(c *fileCheck, f *File, a *FileApp) string {
	if c.names[a.Name] {
		return "name is that of another app"
	}
	c.names[a.Name] = true
	if c.keys[a.KeyID] {
		return "key_id is that of another app"
	}
	c.keys[a.KeyID] = true
	if _, ok := f.Policies[a.Policy]; a.Policy != "" && !ok {
		return "policy is none of the file's policies"
	}
	return ""
}

// checkFileApp says what is wrong with an app by itself; usually nothing.
func checkFileApp(c *fileCheck, a *FileApp) string {
	if text := CheckName(a.Name); text != "" {
		return "name " + text
	}
	if text := signers.CheckText("key_id", a.KeyID); text != "" {
		return text
	}
	if text := checkFileSecret(a); text != "" {
		return text
	}
	if a.Policy != "" && a.Allow != nil {
		return "policy and allow exclude each other"
	}
	if key := strings.Join(a.Allow, "\n"); a.Allow != nil && !c.good[key] {
		if text := checkAllow(a.Allow); text != "" {
			return text
		}
		c.good[key] = true
	}
	if key := "rate " + a.Rate; a.Rate != "" && !c.good[key] {
		if text := CheckRate(a.Rate); text != "" {
			return text
		}
		c.good[key] = true
	}
	if _, err := ParseExpires(a.Expires); err != nil {
		return err.Error()
	}
	if _, err := ParseExpires(a.Created); err != nil {
		return strings.Replace(err.Error(), "expires", "created", 1)
	}
	return ""
}

// checkFileSecret says what is wrong with where the app's secret comes from.
func checkFileSecret(a *FileApp) string {
	refs := credentials.References{Short: true}
	if a.Secret != "" {
		switch {
		case a.Generation != 0 || a.Overlap != "":
			return "secret excludes generation and overlap: it is not derived"
		case !refs.Is(a.Secret):
			return "secret must be a reference such as file:/run/secrets/app, since the file holds no secrets"
		case a.Previous != "" && !refs.Is(a.Previous):
			return "previous must be a reference such as file:/run/secrets/app, since the file holds no secrets"
		}
		return ""
	}
	if a.Previous != "" {
		return "previous needs secret; for a derived key, overlap is until when the one before is good"
	}
	if a.Generation == 0 {
		return "generation is required"
	}
	if a.Overlap == "" {
		return ""
	}
	if a.Generation == 1 {
		return "overlap needs a generation before"
	}
	if _, err := time.Parse(time.RFC3339, a.Overlap); err != nil {
		return "overlap must be a time of RFC 3339, as in 2027-03-31T12:00:00Z"
	}
	return ""
}

// checkAllow says what is wrong with a list of rules; usually nothing.
func checkAllow(list []string) string {
	if len(list) == 0 {
		return "allow has no entries"
	}
	for _, entry := range list {
		if signers.HasControl(entry) {
			return "allow contains a control character or line break"
		}
	}
	if _, err := outbound.NewRights(list); err != nil {
		return err.Error()
	}
	return ""
}

// CheckRate says what is wrong with the rate of an app; usually nothing.
func CheckRate(rate string) string {
	rates, err := limits.ParseRates([]string{rate}, outbound.RatePaths)
	if err != nil {
		return err.Error()
	}
	if limits.Queues(rates) {
		return "rate of an app has no queue; give the credential's own rate one"
	}
	return ""
}
