//go:build go1.21

package apps

import (
	"bytes"
	"encoding/json"
	"strconv"

	"github.com/vendorsign/vendorsign/signers"
)

// plainApp is an entry as vendorsign app writes it. The order of its fields is that of EntryOptions, and empty ones are left
// out: readPlainApp depends on both.
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

// readPlainApp reads an entry that is written as vendorsign app writes it, except for blanks: one that is the same if it is
// written again has no unknown key, no null, and none twice. It is not ok for any other, which may be right nevertheless:
// parseFileApp then reads it key by key. Interpreted, a file of ten thousand such apps is read in half the time, since
// encoding/json is compiled.
//
//	{"name": "billing", "key_id": "AK1", "generation": 1}   -> ok: it is written again as {"name":"billing","key_id":"AK1","generation":1}
//	{"key_id": "AK1", "name": "billing", "generation": 1}   -> not ok: another order
//	{"name": "billing", "revoked": false}                   -> not ok: false is left out when it is written again
func readPlainApp(raw json.RawMessage) (FileApp, bool) {
	var p plainApp
	// Escapes could hide a control character (\n), which the slow way refuses.
	if bytes.IndexByte(raw, '\\') >= 0 || json.Unmarshal(raw, &p) != nil {
		return FileApp{}, false
	}
	again, err := json.Marshal(&p)
	if err != nil {
		return FileApp{}, false
	}
	var compact bytes.Buffer
	// DEL (0x7f) is the one control character that JSON permits unescaped.
	if json.Compact(&compact, raw) != nil || string(again) != compact.String() || p.Generation < 0 || bytes.IndexByte(raw, 0x7f) >= 0 {
		return FileApp{}, false
	}
	return FileApp{Name: p.Name, KeyID: p.KeyID, Generation: p.Generation, Overlap: p.Overlap, Secret: p.Secret, Previous: p.Previous,
		Policy: p.Policy, Allow: p.Allow, Rate: p.Rate, Expires: p.Expires, Revoked: p.Revoked, Created: p.Created}, true
}

// restricting are the texts of an entry that limit the app. An empty one is refused as null is.
var restricting = map[string]bool{"policy": true, "rate": true, "expires": true}

// parseFileApp reads an entry; a text says what is wrong with it, by the name of the key and without its value. That the
// values make sense is checked by checkFileApp.
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
				return a, name + " must be a string"
			}
			if signers.HasControl(*into) {
				return a, name + " contains a control character or line break"
			}
			if *into == "" && restricting[name] {
				return a, name + " must not be empty; leave it out"
			}
			continue
		}
		switch name {
		case "generation":
			// 0 would mean that the app has a secret of its own.
			if json.Unmarshal(value, &a.Generation) != nil || a.Generation < 1 {
				return a, "generation must be 1 or more"
			}
		case "allow":
			if json.Unmarshal(value, &a.Allow) != nil {
				return a, "allow must be a list of strings"
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
