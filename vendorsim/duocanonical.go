package vendorsim

import (
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha512"
	"encoding/hex"
	"hash"
	"maps"
	"net"
	"net/http"
	"slices"
	"strings"
)

// duoVersion is one way to sign at Duo.
type duoVersion struct {
	number string
	digest string
	new    func() hash.Hash
}

// duoVersions are tried in this order, the newest first. Version 1 has no date, and version 3 was removed from Duo's
// client in 2022; neither is accepted.
var duoVersions = []duoVersion{
	{"5", "sha512", sha512.New},
	{"4", "sha512", sha512.New},
	{"2", "sha512", sha512.New},
	{"2", "sha1", sha1.New},
}

// verify finds the version that the request was signed with, or the reason why it is refused.
func (v *duo) verify(r *Request, date, signature string) (form, reason string) {
	if len(signature) != 2*sha1.Size && len(signature) != 2*sha512.Size {
		return "", "the signature is as long as neither HMAC-SHA1 nor HMAC-SHA512 in hex"
	}
	for _, version := range duoVersions {
		mac := hmac.New(version.new, v.secret)
		if len(signature) != 2*mac.Size() {
			continue
		}
		mac.Write([]byte(v.canonical(version.number, r, date)))
		if !same(signature, hex.EncodeToString(mac.Sum(nil))) {
			continue
		}
		name := "version " + version.number + " with " + version.digest
		switch {
		case v.version != "" && v.version != version.number, v.digest != "" && v.digest != version.digest:
			return "", "the signature is a right one of " + name + ", which this integration does not accept"
		case version.number == "2" && unsignedByV2(r) != "":
			return "", unsignedByV2(r)
		}
		return name, ""
	}
	return "", "the signature fits no version's text of the method, host, path, parameters, body and date that arrived"
}

// canonical is the text that is signed, its lines joined with LF: duo_client_python client.py canonicalize, the reading that
// other clients are measured against. Version 2 takes the parameters from the query, or of POST, PUT and PATCH from the form
// in the body. Versions 4 and 5 take them from the query and add the SHA-512 of the body, version 5 also that of the X-Duo-*
// headers. For POST /admin/v1/users?b=2&a=x%20y+z with the body {}:
//
//	Tue, 14 Nov 2023 22:13:20 -0000
//	POST
//	api-1.duosecurity.com
//	/admin/v1/users
//	a=x%20y%20z&b=2
//	27c74670adb75075...  SHA-512 of {}, versions 4 and 5
//	c2235f43df9ffda5...  SHA-512 of the X-Duo-* headers, version 5
func (v *duo) canonical(version string, r *Request, date string) string {
	path, params, _ := splitTarget(r.Target)
	if version == "2" && hasForm(r.Method) {
		params = string(r.Body)
	}
	host := v.host
	if host == "" {
		host = r.Host
	}
	lines := []string{date, strings.ToUpper(r.Method), duoHost(host), path, canonQuery(params)}
	if version != "2" {
		lines = append(lines, sha512Hex(r.Body))
	}
	if version == "5" {
		lines = append(lines, sha512Hex([]byte(duoHeaders(r.Header))))
	}
	return strings.Join(lines, "\n")
}

// unsignedByV2 tells what of the request version 2 leaves unsigned. Duo does not support such requests: the part
// could have been changed on the way.
func unsignedByV2(r *Request) string {
	_, query, _ := splitTarget(r.Target)
	switch {
	case hasForm(r.Method) && query != "":
		return "version 2 does not sign the query of a " + r.Method
	case hasForm(r.Method) && len(r.Body) > 0 && !isForm(r.Header):
		return "version 2 signs form bodies only, and this body is of another type"
	case !hasForm(r.Method) && len(r.Body) > 0:
		return "version 2 does not sign the body of a " + r.Method
	}
	return ""
}

// hasForm reports whether version 2 takes the parameters of this method from the body.
func hasForm(method string) bool {
	switch strings.ToUpper(method) {
	case http.MethodPost, http.MethodPut, http.MethodPatch:
		return true
	}
	return false
}

// duoHost drops the port, as the mock server does, and folds case.
func duoHost(host string) string {
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	return strings.ToLower(host)
}

// duoHeaders joins the X-Duo-* headers, names in lower case and sorted, with NUL between all names and values.
//
//	X-Duo-B: 2, X-Duo-A: 1 -> x-duo-a NUL 1 NUL x-duo-b NUL 2
func duoHeaders(h http.Header) string {
	byName := map[string]string{}
	for k, values := range h {
		if name := strings.ToLower(k); strings.HasPrefix(name, "x-duo-") && len(values) > 0 {
			byName[name] = values[0]
		}
	}
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(byName)) {
		parts = append(parts, name, byName[name])
	}
	return strings.Join(parts, "\x00")
}

// sha512Hex is a line of versions 4 and 5. An empty body has one too, the hash of nothing.
func sha512Hex(b []byte) string {
	sum := sha512.Sum512(b)
	return hex.EncodeToString(sum[:])
}
