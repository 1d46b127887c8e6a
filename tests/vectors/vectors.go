// Package vectors holds the test vectors: what the vendors' own clients, test suites and documents say about the
// signature of a request. derived/ are readings of the specification that no client's output exists for;
// transcribed/ come from clients that could be read but not run.
package vectors

import (
	"embed"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io/fs"
	"net/http"
	"strings"
	"time"
)

//go:embed *.json derived/*.json transcribed/*.json
var files embed.FS

// Vector is one entry of a file. Fields that only document where a vector comes from are left out.
type Vector struct {
	File    string `json:"-"`
	Name    string `json:"name"`
	Vendor  string `json:"vendor"`
	Mode    string `json:"mode"`
	Source  string `json:"source"` // which client made it, and where that is in its repository
	Request struct {
		Method  string            `json:"method"`
		URL     string            `json:"url"`
		Headers map[string]string `json:"headers"`
		Body    string            `json:"body"`
		BodyB64 string            `json:"body_b64"`
	} `json:"request"`
	Credentials map[string]string `json:"credentials"`
	Clock       struct {
		Time time.Time `json:"rfc3339"` // unix_ms, in addition, has no microseconds
	} `json:"clock"`
	Nonce   string `json:"nonce"`
	Variant struct {
		DateFormat string `json:"date_format"` // Darktrace
		SigVersion int    `json:"sig_version"` // Duo, as the next three
		Digest     string `json:"digest"`
		DateHeader string `json:"date_header"`
		DateStyle  string `json:"date_style"`
		Timestamp  string `json:"timestamp"` // Cortex
	} `json:"variant"`
	SignedVsWire string `json:"signed_vs_wire"` // Darktrace
	Expect       struct {
		Headers   map[string]string `json:"headers"`
		Canonical string            `json:"canonical"`

		// Of vectors about tokens: the request that fetches one, or the fault.
		TokenRequest json.RawMessage `json:"token_request"`
		Request      json.RawMessage `json:"request"`
		Error        string          `json:"error"`
	} `json:"expect"`
	CanonicalOnly bool `json:"canonical_only"` // the upstream test has no signature

	// Of vectors about tokens.
	VendorResponse json.RawMessage `json:"vendor_response"`
	ExpectResult   json.RawMessage `json:"expect_result"`
}

// ID names a vector: names alone repeat across files.
func (v *Vector) ID() string { return strings.TrimSuffix(v.File, ".json") + "/" + v.Name }

// Load reads all vectors in the order of their files.
func Load() ([]*Vector, error) {
	var all []*Vector
	err := fs.WalkDir(files, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := files.ReadFile(path)
		if err != nil {
			return err
		}
		var vectors []*Vector
		if err := json.Unmarshal(data, &vectors); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		for _, v := range vectors {
			v.File = path
		}
		all = append(all, vectors...)
		return nil
	})
	return all, err
}

// Case is a vector in the project's words.
type Case struct {
	Vendor string
	Config map[string]any // keys that are left out prove the defaults

	Method, Host, Target string
	Header               http.Header
	Body                 []byte

	Time        time.Time
	Date, Nonce string // Date is empty where the project writes the date as the vector's client does

	// What must come out. Names of headers are canonical.
	WantHeader    http.Header
	WantCanonical string
	CanonicalOnly bool
}

// TokenSource reports whether the vector describes how a token is fetched, and no signature.
func (v *Vector) TokenSource() bool {
	return v.Vendor == "carbonblack" && v.Mode != "x-auth-token" || v.Mode == "token-renewal"
}

// Case translates a vector that describes a signature.
func (v *Vector) Case() (*Case, error) {
	c := &Case{
		Vendor: v.Vendor, Config: make(map[string]any),
		Method: v.Request.Method, Header: make(http.Header), Body: []byte(v.Request.Body),
		Time: v.Clock.Time, Nonce: v.Nonce,
		WantHeader: make(http.Header), WantCanonical: v.Expect.Canonical, CanonicalOnly: v.CanonicalOnly,
	}
	if v.Request.BodyB64 != "" {
		body, err := base64.StdEncoding.DecodeString(v.Request.BodyB64)
		if err != nil {
			return nil, err
		}
		c.Body = body
	}
	c.Host, c.Target = splitURL(v.Request.URL)
	for name, value := range v.Request.Headers {
		c.Header.Set(name, value)
	}
	for name, value := range v.Expect.Headers {
		c.WantHeader.Set(name, value)
	}
	switch v.Vendor {
	case "duo":
		return c, c.duo(v)
	case "darktrace":
		return c, c.darktrace(v)
	case "threatconnect":
		return c, c.credentials(v, map[string]string{"access_id": "access_id", "secret_key": "secret_key", "token": "token"})
	case "carbonblack":
		return c, c.credentials(v, map[string]string{"api_id": "api_id", "api_secret_key": "api_secret_key"})
	case "cortex-xsoar":
		return c, c.cortex(v)
	}
	return nil, fmt.Errorf("unknown vendor %q", v.Vendor)
}

func (c *Case) duo(v *Vector) error {
	if v.Variant.SigVersion != 5 {
		c.Config["signature_version"] = v.Variant.SigVersion
	}
	if v.Variant.Digest != "sha512" {
		c.Config["digest"] = v.Variant.Digest
	}
	if v.Variant.DateHeader != "Date" {
		c.Config["date_header"] = v.Variant.DateHeader
	}
	if v.Variant.DateStyle != "-0000" {
		c.Date = c.WantHeader.Get(v.Variant.DateHeader)
	}
	return c.credentials(v, map[string]string{"ikey": "integration_key", "skey": "secret_key"})
}

func (c *Case) darktrace(v *Vector) error {
	switch v.Variant.DateFormat {
	case "compact":
	case "spaced":
		c.Config["date_format"] = "spaced"
	case "iso8601-micros-offset":
		c.Config["date_format"] = "iso"
	default:
		return fmt.Errorf("unknown date format %q", v.Variant.DateFormat)
	}
	switch v.SignedVsWire {
	case "", "as-sent":
	case "decoded-query":
		c.Config["sign_query"] = "decoded"
	default:
		return fmt.Errorf("unknown relation %q of signed text and wire", v.SignedVsWire)
	}
	c.Config["query_order"] = "as_sent"
	return c.credentials(v, map[string]string{"public_token": "public_token", "private_token": "private_token"})
}

func (c *Case) cortex(v *Vector) error {
	c.Vendor = "cortex"
	if v.Mode == "standard" {
		c.Config["key_type"] = "standard"
	}
	switch v.Variant.Timestamp {
	case "", "milliseconds":
	case "seconds*1000":
		c.Date = c.WantHeader.Get("X-Xdr-Timestamp")
	default:
		return fmt.Errorf("unknown timestamp %q", v.Variant.Timestamp)
	}
	return c.credentials(v, map[string]string{"api_key": "api_key", "api_key_id": "api_key_id"})
}

// credentials takes over the vector's credentials under the project's names.
func (c *Case) credentials(v *Vector, names map[string]string) error {
	for name, value := range v.Credentials {
		key, ok := names[name]
		if !ok {
			return fmt.Errorf("unknown credential %q", name)
		}
		c.Config[key] = value
	}
	return nil
}

// splitURL cuts host and target out of the text of a URL. It leaves every byte as it is, which net/url does not.
func splitURL(url string) (host, target string) {
	_, rest, _ := strings.Cut(url, "://")
	i := strings.IndexAny(rest, "/?")
	if i < 0 {
		return rest, "/"
	}
	if rest[i] == '?' {
		return rest[:i], "/" + rest[i:]
	}
	return rest[:i], rest[i:]
}
