package tests

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/vendorsign/vendorsign/tests/interpret"
)

// acmeClaim is a preset of an operator's own in whose scheme apps can sign.
const acmeClaim = `{"preset":1,"name":"acme_api","title":"Acme",
	"options":[{"name":"access_id"},{"name":"secret_key","secret":true}],
	"operations":["let stamp = [[now|unix]]",
		"let text = [[method]]\\n[[host]]\\n[[target]]\\n[[stamp]]\\n[[body|sha256|hex]]",
		"header X-Acme-Time = [[stamp]]",
		"header Authorization = ACME [[opt.access_id]]:[[text|hmac_sha256:opt.secret_key|hex]]"],
	"claim":{"key":"access_id","secret":"secret_key","headers":{"Authorization":"ACME {key}:{proof}","X-Acme-Time":"{time}"},
		"time":"unix","method":true,"body":true,"hex":true}}`

// acmeClient signs as acmeClaim says, without any code of the project.
type acmeClient struct{ id, secret string }

func (c acmeClient) header(method, host, target, body string, at time.Time) http.Header {
	sum := sha256.Sum256([]byte(body))
	mac := hmac.New(sha256.New, []byte(c.secret))
	fmt.Fprintf(mac, "%s\n%s\n%s\n%d\n%x", method, host, target, at.Unix(), sum)
	return http.Header{"Authorization": {"ACME " + c.id + ":" + hex.EncodeToString(mac.Sum(nil))}, "X-Acme-Time": {fmt.Sprint(at.Unix())}}
}

var acmeBilling, acmeSoar = acmeClient{"AKBILLING", "local secret of billing"}, acmeClient{"AKSOAR", "local secret of soar"}

// acmeVerifier is the configuration of a verifier in JSON, for the command line.
func acmeVerifier(t testing.TB, preset string, more ...string) []byte {
	t.Helper()
	apps := []map[string]any{{"name": "billing", "key_id": acmeBilling.id, "secret": acmeBilling.secret},
		{"name": "soar", "key_id": acmeSoar.id, "secret": acmeSoar.secret}}
	config := map[string]any{"preset_file": preset, "apps": apps}
	for i := 0; i < len(more); i += 2 {
		config[more[i]] = more[i+1]
	}
	text, err := json.Marshal(config)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// Dates of HTTP have blanks, which no other part of a signature may have.
func TestTheDateOfAnOwnPresetMayHaveBlanks(t *testing.T) {
	now := time.Unix(1795852800, 0)
	for form, layout := range map[string]string{"http_date": http.TimeFormat, "utc_date": "Mon, 02 Jan 2006 15:04:05 UTC"} {
		preset := strings.NewReplacer("now|unix", "now|"+form, `"time":"unix"`, `"time":"`+form+`"`).Replace(acmeClaim)
		date := now.UTC().Format(layout)
		signed := func(key string, dates ...string) http.Header {
			mac := hmac.New(sha256.New, []byte(acmeBilling.secret))
			fmt.Fprintf(mac, "POST\nacme.internal\n/\n%s\n%x", dates[0], sha256.Sum256([]byte("body")))
			return http.Header{"Authorization": {"ACME " + key + ":" + hex.EncodeToString(mac.Sum(nil))}, "X-Acme-Time": dates}
		}
		moved := signed(acmeBilling.id, date)
		moved["X-Acme-Time"] = []string{now.Add(time.Second).UTC().Format(layout)}
		both(t, func(t *testing.T, d drive) {
			judge, err := d.Verifier("custom", acmeVerifier(t, preset), now.Add(-time.Hour))
			if err != nil {
				t.Fatal(err)
			}
			for _, test := range []struct {
				name   string
				header http.Header
				want   string
			}{
				{"its own", signed(acmeBilling.id, date), ""},
				{"the same again", signed(acmeBilling.id, date), "replay"},
				{"an old one", signed(acmeBilling.id, now.Add(-5*time.Minute).UTC().Format(layout)), "clock"},
				{"another date", moved, "signature"},
				{"two dates", signed(acmeBilling.id, date, date), "date"},
				{"no date", signed(acmeBilling.id, ""), "date"},
				{"another form", signed(acmeBilling.id, date[5:]), "date"},
				{"a blank in the key", signed("AK BILLING", date), "unsigned"},
			} {
				if _, refused, detail := judge("POST", "https", "acme.internal", "/", test.header, []byte("body"), now); refused != test.want {
					t.Errorf("%s, %s: %q (%s), want %q", form, test.name, refused, detail, test.want)
				}
			}
		})
	}
}

// An app that signs in a scheme of the operator's own is verified as one of a built-in vendor is.
func TestAnAppOfAnOwnPresetIsVerified(t *testing.T) {
	now := time.Unix(1795852800, 0)
	both(t, func(t *testing.T, d drive) {
		judge, err := d.Verifier("custom", acmeVerifier(t, acmeClaim), now.Add(-time.Hour))
		if err != nil {
			t.Fatal(err)
		}
		with := func(h http.Header, name string, values ...string) http.Header {
			h[name] = values
			return h
		}
		sent := func() http.Header { return acmeBilling.header("POST", "acme.internal", "/v1/a?b=1", "body", now) }
		proof := strings.TrimPrefix(sent()["Authorization"][0], "ACME AKBILLING:")
		for _, test := range []struct {
			name, method, host, target, body string
			header                           http.Header
			want                             string
		}{
			{"its own", "POST", "acme.internal", "/v1/a?b=1", "body", sent(), ""},
			{"the same again", "POST", "acme.internal", "/v1/a?b=1", "body", sent(), "replay"},
			{"the same again, in capital letters", "POST", "acme.internal", "/v1/a?b=1", "body",
				with(sent(), "Authorization", "ACME AKBILLING:"+strings.ToUpper(proof)), "replay"},
			{"another method", "PUT", "acme.internal", "/v1/a?b=1", "body", sent(), "signature"},
			{"another host", "POST", "other.internal", "/v1/a?b=1", "body", sent(), "signature"},
			{"another path", "POST", "acme.internal", "/v1/b?b=1", "body", sent(), "signature"},
			{"one more parameter", "POST", "acme.internal", "/v1/a?b=1&c=2", "body", sent(), "signature"},
			{"another body", "POST", "acme.internal", "/v1/a?b=1", "Body", sent(), "signature"},
			{"another date", "POST", "acme.internal", "/v1/a?b=1", "body", with(sent(), "X-Acme-Time", fmt.Sprint(now.Unix()+1)), "signature"},
			{"a second spelling of the date", "POST", "acme.internal", "/v1/a?b=1", "body", with(sent(), "X-Acme-Time", "0"+fmt.Sprint(now.Unix())),
				"date"},
			{"two dates", "POST", "acme.internal", "/v1/a?b=1", "body", with(sent(), "X-Acme-Time", fmt.Sprint(now.Unix()), "1"), "date"},
			{"two signatures", "POST", "acme.internal", "/v1/a?b=1", "body",
				with(sent(), "Authorization", sent()["Authorization"][0], "ACME AKSOAR:00"), "unsigned"},
			{"the key of another app", "POST", "acme.internal", "/v1/a?b=1", "body", with(sent(), "Authorization", "ACME AKSOAR:"+proof),
				"signature"},
			{"an unknown key", "POST", "acme.internal", "/v1/a?b=1", "body", with(sent(), "Authorization", "ACME AKNONE:"+proof), "key"},
			{"no signature", "POST", "acme.internal", "/v1/a?b=1", "body", http.Header{}, "unsigned"},
			{"an old one", "GET", "acme.internal", "/", "", acmeBilling.header("GET", "acme.internal", "/", "", now.Add(-5*time.Minute)), "clock"},
			{"a read", "GET", "acme.internal", "/", "", acmeSoar.header("GET", "acme.internal", "/", "", now), ""},
			{"a read again", "GET", "acme.internal", "/", "", acmeSoar.header("GET", "acme.internal", "/", "", now), ""},
		} {
			_, refused, detail := judge(test.method, "https", test.host, test.target, test.header, []byte(test.body), now)
			if refused != test.want {
				t.Errorf("%s: %q (%s), want %q", test.name, refused, detail, test.want)
			}
		}
	})
}

// What a claim says of its operations decides what is let through, so a file whose claim says more than they do does not load.
func TestAClaimThatSaysMoreThanIsSignedDoesNotLoad(t *testing.T) {
	const text, mac = `[[method]]\\n[[host]]\\n[[target]]\\n[[stamp]]\\n[[body|sha256|hex]]`, `[[text|hmac_sha256:opt.secret_key|hex]]`
	more := func(options string) string { return `"options":[` + options + `,` }
	cases := []struct {
		name string
		old  []string // what is replaced, and by what
		want string
	}{
		{"the claim of a vendor", nil, ""},
		{"no claim", []string{`"claim"`, `"docs":"","claims"`}, `unknown field "claims"`},
		{"a date that is not signed", []string{text, `[[method]]\\n[[host]]\\n[[target]]\\n[[body|sha256|hex]]`}, "the proof does not cover the whole date"},
		{"a date of which the minute is signed", []string{`let stamp = [[now|unix]]`, `let stamp = [[now|iso]]`, `\\n[[stamp]]`, `\\n[[stamp|first:16]]`,
			`"unix"`, `"iso"`}, "the proof does not cover the whole date"},
		{"the same with coarse", []string{`let stamp = [[now|unix]]`, `let stamp = [[now|iso]]`, `\\n[[stamp]]`, `\\n[[stamp|first:16]]`,
			`"unix"`, `"iso","coarse":"1m"`}, ""},
		{"a date whose offset is not signed", []string{`let stamp = [[now|unix]]`, `let stamp = [[now|iso]]`, `\\n[[stamp]]`, `\\n[[stamp|first:19]]`,
			`"unix"`, `"iso"`}, "the proof does not cover the date's offset"},
		{"a day that is not signed", []string{`let stamp = [[now|unix]]`, `let stamp = [[now|format:'15:04:05']]`, `\\n[[stamp]]`, `\\n[[stamp]]`}, "date"},
		{"a date in another form than is signed", []string{`"unix"`, `"unix_ms"`}, "is not in its form"},
		{"a later date than the client's", []string{`[[now|unix]]`, `[[now|add:3600|unix]]`}, "is read as another date"},
		{"a date that is no date at all", []string{`"unix"`, `"iso"`}, "cannot be read"},
		{"a method that is not signed", []string{text, `[[host]]\\n[[target]]\\n[[stamp]]\\n[[body|sha256|hex]]`}, "claim: method: the proof does not cover it"},
		{"the method of some requests alone", []string{text, `[[method|if_method:POST]]\\n[[target]]\\n[[stamp]]\\n[[body|sha256|hex]]`},
			"claim: method: the proof does not cover it"},
		{"a body that is not signed", []string{text, `[[method]]\\n[[target]]\\n[[stamp]]`}, "claim: body: the proof does not cover it"},
		{"a body that is signed, and the claim denies it", []string{`"body":true`, `"body":false`}, "claim: body must be true"},
		{"a scheme that is signed, and the claim denies it", []string{text, `[[scheme]]` + text}, "claim: scheme must be true"},
		{"a proof without a secret", []string{`:` + mac, `:[[text|sha256|hex]]`}, "is not made with secret_key: anybody could make it"},
		{"a proof that is always the same", []string{`:` + mac, `:` + mac + `;0123456789abcdef0123456789abcdef`, `{key}:{proof}`, `{key}:{opt.extra};{proof}`,
			`"options":[`, more(`{"name":"extra"}`)}, "claim:"},
		{"a short proof", []string{`|hex]]"]`, `|first:16|hex|first:8]]"]`}, "claim"},
		{"the secret itself as the proof", []string{`:` + mac, `:[[opt.secret_key|reveal]]`}, "claim: "},
		{"the secret as a word of the client", []string{`"{time}"`, `"{time}","X-Acme-Key":"{opt.secret_key}"`}, "is not an option that a client may say"},
		{"the key twice", []string{`"{time}"`, `"{time}","X-Acme-Key":"{opt.access_id}"`}, "is not an option that a client may say"},
		{"another secret as a word of the client", []string{`"{time}"`, `"{time}","X-Acme-Key":"{opt.extra}"`,
			`"options":[`, more(`{"name":"extra","secret":true}`)}, "is not an option that a client may say"},
		{"a proof in base64 behind a slash", []string{`:` + mac, `/[[text|hmac_sha256:opt.secret_key|base64]]`, `{key}:{proof}`, `{key}/{proof}`,
			`"hex":true`, `"hex":false`}, "{proof} must stand between"},
		{"a header that nobody signs", []string{`"X-Acme-Time":"{time}"`, `"X-Other-Time":"{time}"`}, "cannot be read"},
		{"a header of the gateway's", []string{`"X-Acme-Time":"{time}"`, `"Host":"{time}"`}, "is not a header that a signature can be in"},
		{"a hop's header", []string{`"X-Acme-Time":"{time}"`, `"connection":"{time}"`}, "is not a header that a signature can be in"},
		{"no header name", []string{`"X-Acme-Time":"{time}"`, `"X Acme\n":"{time}"`}, "is not a header that a signature can be in"},
		{"a header twice", []string{`"X-Acme-Time":"{time}"`, `"X-Acme-Time":"{time}","x_acme_time":"{opt.extra}"`, `"options":[`, more(`{"name":"extra"}`)},
			"appears twice"},
		{"a long template", []string{`"ACME {key}`, `"` + strings.Repeat("a", 2000) + ` {key}`}, "longer than 1024"},
		{"many headers", []string{`"X-Acme-Time":"{time}"`, `"X-Acme-Time":"{time}"` + manyHeadersOf(9)}, "more than 8"},
		{"a misspelt part", []string{`{key}:`, `{Key}:`}, "braces are for"},
		{"an option that only an app knows", []string{`"options":[`, more(`{"name":"realm"}`), text, `[[opt.realm]]` + text}, "give the option a default"},
		{"the same with a default", []string{`"options":[`, more(`{"name":"realm","default":"acme"}`), text, `[[opt.realm]]` + text}, ""},
		{"a client that chooses what is signed", []string{`"options":[`, more(`{"name":"kind"}`), text, text + `[[target|if:opt.kind:all]]`,
			`"header X-Acme-Time`, `"header X-Acme-Kind = [[opt.kind]]","header X-Acme-Time`, `"{time}"`, `"{time}","X-Acme-Kind":"{opt.kind}"`},
			"chooses between operations"},
		{"a nonce that the claim does not have", []string{text, `[[nonce]]` + text}, "claim: the operations have a nonce"},
		{"a token", []string{`"claim"`, `"token":{"login":{"steps":[]}},"claim"`}, ""},
		{"a private key", []string{`"secret":true}`, `"secret":true,"key":"rsa"}`, `hmac_sha256:`, `rsa_sha256:`}, "claim:"},
		{"a key and a secret that are one", []string{`"key":"access_id"`, `"key":"secret_key"`}, "key and secret must be names of options"},
		{"keys of a form that is not said", []string{`"secret":true}`, `"secret":true,"check":"uuid"}`}, "the option's shape says how keys look"},
		{"keys of that form", []string{`"secret":true}`, `"secret":true,"check":"uuid","shape":"{uuid}"}`}, ""},
		{"the name of a vendor", []string{"acme_api", "duo"}, "is the name of a built-in vendor"},
	}
	both(t, func(t *testing.T, d drive) {
		for _, test := range cases {
			preset := acmeClaim
			for i := 0; i < len(test.old); i += 2 {
				if !strings.Contains(preset, test.old[i]) {
					t.Fatalf("%s: no %q", test.name, test.old[i])
				}
				preset = strings.ReplaceAll(preset, test.old[i], test.old[i+1])
			}
			if !json.Valid([]byte(preset)) {
				t.Fatalf("%s: no JSON:\n%s", test.name, preset)
			}
			config := acmeVerifier(t, preset)
			if strings.Contains(preset, "uuid") {
				config = []byte(strings.NewReplacer(acmeBilling.secret, "00000000-0000-4000-8000-000000000001",
					acmeSoar.secret, "00000000-0000-4000-8000-000000000002").Replace(string(config)))
			}
			_, err := d.Verifier("custom", config, time.Time{})
			switch {
			case test.name == "a token":
				if err == nil {
					t.Error("a claim with a token loads")
				}
			case (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want):
				t.Errorf("%s: %v, want %q", test.name, err, test.want)
			}
		}
		for config, want := range map[string]string{
			`{"apps":[]}`: "preset_file or preset is required", `{"apps":[],"preset_file":"{}"}`: "preset must be 1",
			string(acmeVerifier(t, acmePreset)): "acme_api has no claim",
		} {
			if _, err := d.Verifier("custom", []byte(config), time.Time{}); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %v", want, err)
			}
		}
		if _, err := d.Verifier("login", []byte(`{"apps":[]}`), time.Time{}); err == nil || !strings.Contains(err.Error(), "cannot be verified") {
			t.Errorf("login: %v", err)
		}
		if _, err := d.Verifier("duo", acmeVerifier(t, acmeClaim), time.Time{}); err == nil || !strings.Contains(err.Error(), "unknown option preset_file") {
			t.Errorf("a preset file for a vendor: %v", err)
		}
	})
}

func manyHeadersOf(n int) (text string) {
	for i := range n {
		text += fmt.Sprintf(`,"X-Acme-%d":"v"`, i)
	}
	return text
}

// A signature that leaves out what is asked for is accepted once, whatever it asks for: anybody could use it for another request.
func TestASignatureWithoutPathOrQueryIsAcceptedOnce(t *testing.T) {
	now := time.Unix(1795852800, 0)
	both(t, func(t *testing.T, d drive) {
		for _, left := range []string{`[[path]]`, `[[query]]`, `[[target|first:8]]`, `x`} {
			preset := strings.ReplaceAll(strings.Replace(acmeClaim, "[[target]]", left, 1), "[[host]]", "h")
			if _, err := d.Verifier("custom", acmeVerifier(t, preset, "replay", "unsafe"), now); err == nil || !strings.Contains(err.Error(), "does not cover what is asked for") {
				t.Errorf("%s: replay unsafe: %v", left, err)
			}
			judge, err := d.Verifier("custom", acmeVerifier(t, preset), now.Add(-time.Hour))
			if err != nil {
				t.Fatal(err)
			}
			signed := map[string]string{`[[path]]`: "/v1/items", `[[query]]`: "a=1", `[[target|first:8]]`: "/v1/item", `x`: "x"}[left]
			header := acmeBilling.header("GET", "h", signed, "", now)
			_, first, detail := judge("GET", "https", "acme.internal", "/v1/items?a=1", header, nil, now)
			other := map[string]string{`[[query]]`: "/v2/items?a=1"}[left]
			if other == "" {
				other = "/v1/items?a=2"
			}
			_, second, _ := judge("GET", "https", "acme.internal", other, header, nil, now)
			if first != "" || second != "replay" {
				t.Errorf("%s: %q (%s), then %q", left, first, detail, second)
			}
		}
	})
}

// In Traefik the file is one of the operator's, which the signer's block names; the apps sign as it says, with keys of their own.
func TestThePluginVerifiesAppsOfAnOwnPreset(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("VENDORSIGN_PRESETS_DIR", dir)
	for name, text := range map[string]string{
		"acme_api": acmeClaim,
		"claimed":  strings.Replace(strings.Replace(acmeClaim, "acme_api", "claimed", 1), `"{time}"`, `"{time}","X-K":"{opt.secret_key}"`, 1),
		"silent":   strings.Replace(acmePreset, "acme_api", "silent", 1),
	} {
		if err := os.WriteFile(filepath.Join(dir, name+".json"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	block := func(preset, appSecret string) map[string]any {
		return map[string]any{"custom": map[string]any{"preset": preset, "host": "api.acme.example", "requireApp": "true",
			"options": map[string]any{"accessId": "AKREAL"}, "secrets": map[string]any{"secretKey": "the real secret"},
			"apps": []any{map[string]any{"name": "billing", "keyId": acmeBilling.id, "secret": appSecret}}}}
	}
	bothPlugins(t, func(t *testing.T, p interpret.Plugin) {
		var got received
		handler, err := p.New(block("acme_api", acmeBilling.secret), recorder(&got))
		if err != nil {
			t.Fatal(err)
		}
		at := time.Now().Add(20 * time.Second) // what is dated before the start may have been used before
		ask := func(header http.Header, target, body string) int {
			got = received{}
			r := httptest.NewRequest("POST", target, strings.NewReader(body))
			r.Host, r.Header = "acme.internal", header
			w := httptest.NewRecorder()
			handler.ServeHTTP(w, r)
			return w.Code
		}
		if code := ask(acmeBilling.header("POST", "acme.internal", "/v1/a?b=1", "body", at), "/v1/a?b=1", "body"); code != http.StatusTeapot {
			t.Fatalf("the app gets %d", code)
		}
		sent := time.Unix(0, 0)
		if n, err := strconv.ParseInt(got.Header.Get("X-Acme-Time"), 10, 64); err == nil {
			sent = time.Unix(n, 0)
		}
		want := acmeClient{"AKREAL", "the real secret"}.header("POST", "api.acme.example", "/v1/a?b=1", "body", sent)
		if got.Header.Get("Authorization") != want.Get("Authorization") || got.body != "body" || len(got.Header["Authorization"]) != 1 {
			t.Errorf("the vendor got %q with %q, want %q", got.Header, got.body, want)
		}
		signed := acmeBilling.header("POST", "acme.internal", "/v1/a?b=2", "body", at)
		two := signed.Clone()
		two["Authorization"] = append(two["Authorization"], "ACME AKREAL:00")
		for name, test := range map[string]struct {
			header       http.Header
			target, body string
			status       int
		}{
			"no signature":      {http.Header{}, "/v1/a?b=2", "body", 401},
			"two of them":       {two, "/v1/a?b=2", "body", 401},
			"another body":      {signed, "/v1/a?b=2", "other", 401},
			"another query":     {signed, "/v1/a?b=3", "body", 401},
			"the credential":    {acmeClient{"AKREAL", "the real secret"}.header("POST", "acme.internal", "/", "", at), "/", "", 401},
			"a replay":          {acmeBilling.header("POST", "acme.internal", "/v1/a?b=1", "body", at), "/v1/a?b=1", "body", 403},
			"more than is read": {acmeBilling.header("POST", "acme.internal", "/", strings.Repeat("x", 11<<20), at), "/", strings.Repeat("x", 11<<20), 413},
			"an unknown key":    {acmeSoar.header("POST", "acme.internal", "/", "", at), "/", "", 401},
			"beyond the window": {acmeBilling.header("POST", "acme.internal", "/", "", at.Add(-time.Hour)), "/", "", 403},
			"yet to come":       {acmeBilling.header("POST", "acme.internal", "/", "", at.Add(time.Hour)), "/", "", 403},
			"another date":      {acmeBilling.header("POST", "acme.internal", "/", "", time.Time{}), "/", "", 401},
		} {
			if code := ask(test.header.Clone(), test.target, test.body); code != test.status || got.Request != nil {
				t.Errorf("%s: %d, want %d; or the vendor got it", name, code, test.status)
			}
		}
		for name, test := range map[string]struct {
			config map[string]any
			want   string
		}{
			"no claim":                {block("silent", acmeBilling.secret), "silent has no claim"},
			"a claim that lets forge": {block("claimed", acmeBilling.secret), "is not an option that a client may say"},
			"the credential's secret": {block("acme_api", "the real secret"), "the credential's own"},
		} {
			if _, err := p.New(test.config, http.NotFoundHandler()); err == nil || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "the real secret") {
				t.Errorf("%s: %v, want %q", name, err, test.want)
			}
		}
	})
}
