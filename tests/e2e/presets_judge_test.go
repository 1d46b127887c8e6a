package e2e

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/vendorsign/vendorsign/vendorsim"
)

// What follows verifies requests to presets as these vendors document it, each in code of its own: neither the presets nor
// vendorsim's reading of them says what is right here.

// judged is the judge of a preset's mode.
func (m mode) judged() judge {
	return func(r *vendorsim.Request) *vendorsim.Answer {
		if fault := m.verify(m.options, r); fault != "" {
			return &vendorsim.Answer{Status: http.StatusUnauthorized, Body: []byte("refused\n"), Reason: fault}
		}
		return &vendorsim.Answer{Status: http.StatusOK, Body: []byte("accepted\n"), Accepted: true}
	}
}

func mac256(key, text string) string {
	h := hmac.New(sha256.New, []byte(key))
	h.Write([]byte(text))
	return string(h.Sum(nil))
}

func sum256(text string) string {
	sum := sha256.Sum256([]byte(text))
	return string(sum[:])
}

func hexOf(bytes string) string { return hex.EncodeToString([]byte(bytes)) }

func base64Of(bytes string) string { return base64.StdEncoding.EncodeToString([]byte(bytes)) }

func unbase64Of(text string) string {
	bytes, _ := base64.StdEncoding.DecodeString(text)
	return string(bytes)
}

// one is the value of a header that must be there once, in whatever spelling.
func one(r *vendorsim.Request, name string) string {
	var all []string
	for spelt, values := range r.Header {
		if lettersAndDigits(spelt) == lettersAndDigits(name) {
			all = append(all, values...)
		}
	}
	if len(all) != 1 {
		return fmt.Sprintf("<%d values>", len(all))
	}
	return all[0]
}

func differs(what, got, want string) string {
	if got == want {
		return ""
	}
	return fmt.Sprintf("%s is %q, want %q", what, got, want)
}

// late reports a time that is not now.
func late(at time.Time, err error) string {
	if off := time.Since(at); err != nil || off > time.Minute || off < -time.Minute {
		return fmt.Sprintf("the time is off by %v (%v)", off, err)
	}
	return ""
}

func lateMillis(text string) string {
	n, err := strconv.ParseInt(text, 10, 64)
	return late(time.UnixMilli(n), err)
}

func first(faults ...string) string {
	for _, fault := range faults {
		if fault != "" {
			return fault
		}
	}
	return ""
}

func pathOf(target string) string {
	path, _, _ := strings.Cut(target, "?")
	return path
}

var veracodeForm = regexp.MustCompile(`^VERACODE-HMAC-SHA-256 id=([0-9a-f]+),ts=(\d{13}),nonce=([0-9a-f]{32}),sig=([0-9a-f]{64})$`)

// docs.veracode.com, "Enabling HMAC for API authentication".
func verifyVeracode(o options, r *vendorsim.Request) string {
	m := veracodeForm.FindStringSubmatch(one(r, "Authorization"))
	if m == nil {
		return "Authorization has another form: " + one(r, "Authorization")
	}
	key, _ := hex.DecodeString(o["api_key"].(string))
	nonce, _ := hex.DecodeString(m[3])
	signing := mac256(mac256(mac256(string(key), string(nonce)), m[2]), "vcode_request_version_1")
	text := "id=" + m[1] + "&host=" + r.Host + "&url=" + r.Target + "&method=" + strings.ToUpper(r.Method)
	return first(lateMillis(m[2]), differs("the id", m[1], o["api_id"].(string)), differs("the signature", m[4], hexOf(mac256(signing, text))))
}

var edgeGridForm = regexp.MustCompile(`^(EG1-HMAC-SHA256 client_token=([^;]+);access_token=([^;]+);timestamp=(\d{8}T\d\d:\d\d:\d\d\+0000);` +
	`nonce=([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12});)signature=(\S+)$`)

// akamaiHashed is how much of a body EdgeGrid covers.
const akamaiHashed = 131072

// techdocs.akamai.com, "Authenticate with EdgeGrid".
func verifyAkamai(o options, r *vendorsim.Request) string {
	m := edgeGridForm.FindStringSubmatch(one(r, "Authorization"))
	if m == nil {
		return "Authorization has another form: " + one(r, "Authorization")
	}
	at, err := time.Parse("20060102T15:04:05-0700", m[4])
	hash := ""
	if r.Method == "POST" && len(r.Body) > 0 {
		hash = base64Of(sum256(string(r.Body[:min(len(r.Body), akamaiHashed)])))
	}
	text := strings.Join([]string{strings.ToUpper(r.Method), "https", r.Host, r.Target, "", hash, m[1]}, "\t")
	key := base64Of(mac256(o["client_secret"].(string), m[4]))
	return first(late(at, err), differs("client_token", m[2], o["client_token"].(string)), differs("access_token", m[3], o["access_token"].(string)),
		differs("the signature", m[6], base64Of(mac256(key, text))))
}

// developer.tenable.com, "Authorization".
func verifyTenable(o options, r *vendorsim.Request) string {
	return differs("X-ApiKeys", one(r, "X-ApiKeys"), fmt.Sprintf("accessKey=%s;secretKey=%s", o["access_key"], o["secret_key"]))
}

// Qualys API (VM, PC) User Guide, "Authentication to your Qualys account".
func verifyQualys(o options, r *vendorsim.Request) string {
	requested := one(r, "X-Requested-With")
	if requested == "" || strings.HasPrefix(requested, "<") || strings.Contains(requested, "attacker") {
		return "X-Requested-With is " + requested
	}
	return differs("Authorization", one(r, "Authorization"), "Basic "+base64Of(fmt.Sprintf("%s:%s", o["username"], o["password"])))
}

// developer.shodan.io/api: the parameter key, which must be there once, however a server reads names.
func verifyShodan(o options, r *vendorsim.Request) string {
	_, query, _ := strings.Cut(r.Target, "?")
	var keys []string
	for _, pair := range strings.FieldsFunc(query, func(c rune) bool { return c == '&' || c == ';' }) {
		name, value, _ := strings.Cut(pair, "=")
		if name, _ := url.QueryUnescape(name); strings.EqualFold(strings.TrimSpace(name), "key") {
			value, _ = url.QueryUnescape(value)
			keys = append(keys, value)
		}
	}
	return differs("key", fmt.Sprint(keys), fmt.Sprint([]any{o["api_key"]}))
}

// docs.datadoghq.com/api/latest/authentication.
func verifyDatadog(o options, r *vendorsim.Request) string {
	return first(differs("DD-API-KEY", one(r, "DD-API-KEY"), o["api_key"].(string)),
		differs("DD-APPLICATION-KEY", one(r, "DD-APPLICATION-KEY"), o["application_key"].(string)))
}

// learn.microsoft.com, "Authorize with Shared Key", for versions from 2015-02-21 on.
func verifyAzureStorage(o options, r *vendorsim.Request) string {
	at, err := time.Parse("Mon, 02 Jan 2006 15:04:05 GMT", one(r, "x-ms-date"))
	text := r.Method + "\n"
	for _, name := range []string{"Content-Encoding", "Content-Language", "Content-Length", "Content-MD5", "Content-Type", "", "If-Modified-Since", "If-Match",
		"If-None-Match", "If-Unmodified-Since", "Range"} {
		value := http.Header(r.Header).Get(name)
		if name == "Content-Length" && value == "0" || name == "" {
			value = ""
		}
		text += value + "\n"
	}
	var lines []string
	for name, values := range r.Header {
		if lower := strings.ToLower(name); strings.HasPrefix(lower, "x-ms-") {
			lines = append(lines, lower+":"+strings.Join(values, ",")+"\n")
		}
	}
	slices.Sort(lines)
	text += strings.Join(lines, "") + "/" + o["account"].(string) + pathOf(r.Target)
	_, query, _ := strings.Cut(r.Target, "?")
	byName := map[string][]string{}
	for _, pair := range strings.Split(query, "&") {
		if name, value, _ := strings.Cut(pair, "="); pair != "" {
			name, _ = url.QueryUnescape(name)
			value, _ = url.QueryUnescape(value)
			byName[strings.ToLower(name)] = append(byName[strings.ToLower(name)], value)
		}
	}
	var names []string
	for name := range byName {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		slices.Sort(byName[name])
		text += "\n" + name + ":" + strings.Join(byName[name], ",")
	}
	want := "SharedKey " + o["account"].(string) + ":" + base64Of(mac256(unbase64Of(o["account_key"].(string)), text))
	return first(late(at, err), differs("Authorization", one(r, "Authorization"), want))
}

// cosmosResources are the kind of resource and its link for the paths that are asked for below.
var cosmosResources = map[string][2]string{
	"/dbs":                           {"dbs", ""},
	"/dbs/db1/colls":                 {"colls", "dbs/db1"},
	"/dbs/db1/colls/Things/docs":     {"docs", "dbs/db1/colls/Things"},
	"/dbs/db1/colls/c%201/docs/d%20": {"docs", "dbs/db1/colls/c 1/docs/d "},
}

// learn.microsoft.com, "Access control on Azure Cosmos DB resources".
func verifyAzureCosmos(o options, r *vendorsim.Request) string {
	date := one(r, "x-ms-date")
	at, err := time.Parse("Mon, 02 Jan 2006 15:04:05 GMT", date)
	resource := cosmosResources[pathOf(r.Target)]
	text := strings.ToLower(r.Method) + "\n" + resource[0] + "\n" + resource[1] + "\n" + strings.ToLower(date) + "\n\n"
	want := url.QueryEscape("type=master&ver=1.0&sig=" + base64Of(mac256(unbase64Of(o["master_key"].(string)), text)))
	return first(late(at, err), differs("Authorization", one(r, "Authorization"), want))
}

var logicMonitorForm = regexp.MustCompile(`^LMv1 ([^:]+):([^:]+):(\d{13})$`)

// logicmonitor.com/support, "REST API authentication": LMv1.
func verifyLogicMonitor(o options, r *vendorsim.Request) string {
	m := logicMonitorForm.FindStringSubmatch(one(r, "Authorization"))
	if m == nil {
		return "Authorization has another form: " + one(r, "Authorization")
	}
	resource, ok := strings.CutPrefix(pathOf(r.Target), "/santaba/rest")
	if !ok {
		return "the target is " + r.Target
	}
	text := r.Method + m[3] + string(r.Body) + resource
	return first(lateMillis(m[3]), differs("the id", m[1], o["access_id"].(string)),
		differs("the signature", m[2], base64Of(hexOf(mac256(o["access_key"].(string), text)))))
}

// bloodhound.specterops.io, "Working with the BloodHound API": signed requests.
func verifyBloodHound(o options, r *vendorsim.Request) string {
	date := one(r, "RequestDate")
	at, err := time.Parse(time.RFC3339Nano, date)
	if err != nil {
		return "RequestDate is " + date
	}
	key := mac256(mac256(o["token_key"].(string), r.Method+r.Target), date[:len("2026-11-28T11")])
	return first(late(at, nil), differs("Authorization", one(r, "Authorization"), "bhesignature "+o["token_id"].(string)),
		differs("Signature", one(r, "Signature"), base64Of(mac256(key, string(r.Body)))))
}

// docs.slack.dev, "Verifying requests from Slack".
func verifySlack(o options, r *vendorsim.Request) string {
	stamp := one(r, "X-Slack-Request-Timestamp")
	n, err := strconv.ParseInt(stamp, 10, 64)
	want := "v0=" + hexOf(mac256(o["signing_secret"].(string), "v0:"+stamp+":"+string(r.Body)))
	return first(late(time.Unix(n, 0), err), differs("X-Slack-Signature", one(r, "X-Slack-Signature"), want))
}

// cloud.tencent.com/document/api, "Signature v3".
func verifyTencent(o options, r *vendorsim.Request) string {
	stamp := one(r, "X-TC-Timestamp")
	n, err := strconv.ParseInt(stamp, 10, 64)
	at := time.Unix(n, 0).UTC()
	date, service := at.Format("2006-01-02"), o["service"].(string)
	scope := date + "/" + service + "/tc3_request"
	content := strings.ToLower(http.Header(r.Header).Get("Content-Type"))
	canonical := r.Method + "\n/\n\ncontent-type:" + content + "\nhost:" + r.Host + "\n\ncontent-type;host\n" + hexOf(sum256(string(r.Body)))
	text := "TC3-HMAC-SHA256\n" + stamp + "\n" + scope + "\n" + hexOf(sum256(canonical))
	key := mac256(mac256(mac256("TC3"+o["secret_key"].(string), date), service), "tc3_request")
	want := "TC3-HMAC-SHA256 Credential=" + o["secret_id"].(string) + "/" + scope + ", SignedHeaders=content-type;host, Signature=" + hexOf(mac256(key, text))
	return first(late(at, err), differs("Authorization", one(r, "Authorization"), want))
}

// A key in a header whose name and beginning are the operator's.
func verifyOwnKey(o options, r *vendorsim.Request) string {
	return first(differs("X-Own-Key", one(r, "X-Own-Key"), fmt.Sprintf("Token %s", o["key"])), unset(r, "Authorization"))
}

func verifyBareKey(o options, r *vendorsim.Request) string {
	return first(differs("Authorization", one(r, "Authorization"), o["key"].(string)), unset(r, "X-Api-Key"))
}

// RFC 7617, 2: user-id and password with a colon between them, in Base64; here the characters are in UTF-8 (2.1).
func verifyBasic(o options, r *vendorsim.Request) string {
	return differs("Authorization", one(r, "Authorization"), "Basic "+base64Of(fmt.Sprintf("%s:%s", o["username"], o["password"])))
}

// RFC 6750, 2.1, or another scheme in its place.
func verifyBearer(o options, r *vendorsim.Request) string {
	scheme := "Bearer"
	if o["prefix"] != nil {
		scheme = o["prefix"].(string)
	}
	return differs("Authorization", one(r, "Authorization"), fmt.Sprintf("%s %s", scheme, o["token"]))
}

// unset reports a header that nobody should have set.
func unset(r *vendorsim.Request, name string) string {
	return differs(name, one(r, name), "<0 values>")
}

// The scheme of docs/custom.md's kind, for queries that are in order and need no escape.
func verifyAcme(o options, r *vendorsim.Request) string {
	stamp := one(r, "X-Acme-Date")
	n, err := strconv.ParseInt(stamp, 10, 64)
	path, query, _ := strings.Cut(r.Target, "?")
	text := strings.Join([]string{r.Method, path, query, stamp, hexOf(sum256(string(r.Body)))}, "\n")
	return first(late(time.Unix(n, 0), err), differs("X-Acme-Id", one(r, "X-Acme-Id"), acmeID),
		differs("X-Acme-Signature", one(r, "X-Acme-Signature"), hexOf(mac256(acmeSecret, text))))
}
