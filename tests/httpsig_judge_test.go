package tests

import (
	"crypto"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/dunglas/httpsfv"
	library "github.com/remitly-oss/httpsig-go"
	"github.com/remitly-oss/httpsig-go/keyman"

	"github.com/vendorsign/vendorsign/vendorsim"
)

// judgedKey is a key for each algorithm of RFC 9421, as the three sides of these tests take it.
type judgedKey struct {
	algorithm string
	private   string // of the option, PEM or base64
	public    crypto.PublicKey
	signs     crypto.PrivateKey
	secret    []byte
	judged    string // the public half, in PEM
}

func judgedKeys(t *testing.T) (all []judgedKey) {
	t.Helper()
	read := func(text string) any {
		block, _ := pem.Decode([]byte(strings.ReplaceAll(text, `\n`, "\n")))
		if key, err := x509.ParsePKCS8PrivateKey(block.Bytes); err == nil {
			return key
		}
		if key, err := x509.ParseECPrivateKey(block.Bytes); err == nil {
			return key
		}
		key, err := x509.ParsePKCS1PrivateKey(block.Bytes)
		if err != nil {
			t.Fatal(err)
		}
		return key
	}
	add := func(algorithm, text string) {
		private := read(text).(crypto.Signer)
		der, err := x509.MarshalPKIXPublicKey(private.Public())
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, judgedKey{algorithm: algorithm, private: strings.ReplaceAll(text, `\n`, "\n"), public: private.Public(), signs: private,
			judged: string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))})
	}
	add("ed25519", edKey)
	add("ecdsa-p256-sha256", ecKey)
	rsaKey := rsaOf(t, 2048)
	add("rsa-pss-sha512", rsaKey)
	add("rsa-v1_5-sha256", rsaKey)
	secret, _ := base64.StdEncoding.DecodeString(sharedKey)
	return append(all, judgedKey{algorithm: "hmac-sha256", private: sharedKey, secret: secret})
}

// verifyByLibrary has github.com/remitly-oss/httpsig-go verify a request, whatever its time.
func verifyByLibrary(k judgedKey, label string, r *vendorsim.Request) error {
	request, err := http.NewRequest(r.Method, "https://"+r.Host+r.Target, strings.NewReader(string(r.Body)))
	if err != nil {
		return err
	}
	request.Header = r.Header.Clone()
	keys := keyman.NewKeyFetchInMemory(map[string]library.KeySpec{"k-1": {KeyID: "k-1", Algo: library.Algorithm(k.algorithm), PubKey: k.public, Secret: k.secret}})
	_, err = library.Verify(request, keys, library.VerifyProfile{SignatureLabel: label, DisableTimeEnforcement: true})
	return err
}

// messageCase is a random request with a configuration.
type messageCase struct {
	key            judgedKey
	config         map[string]any
	judge          map[string]string
	method, target string
	host           string
	header         http.Header
	body           []byte
}

// newMessageCase makes requests that the library can verify. It reads RFC 9421 otherwise in these points, where ours are right by the RFC:
//
//   - @path is the path as it is sent (2.2.6); the library decodes it. Here paths have no escapes.
//   - @authority is in lower case and without the port of the scheme (2.2.3); the library takes Host as it is. Here it is in that form.
//   - @target-uri is the whole address (2.2.2); the library leaves out the path unless it has escapes, and the question mark.
//   - @scheme and @request-target are empty in the library, and a parameter of the query is decoded and not encoded again (2.2.8): here
//     its value has no escapes.
//   - The lines of a header are joined and blanks around them taken away (2.1); the library refuses more than one, and keeps blanks, which
//     net/http has taken away of what arrives. It has neither sf nor key nor bs.
func newMessageCase(r *rand.Rand, keys []judgedKey) messageCase {
	c := messageCase{key: keys[r.IntN(len(keys))], host: []string{"vendor.example", "vendor.example:8443", "127.0.0.1:80"}[r.IntN(3)]}
	c.method = []string{"GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "PROPFIND"}[r.IntN(7)]
	word := func() string {
		const letters = "aZ09-._~:@!$'()*,;="
		text := "k"
		for range r.IntN(8) {
			text += string(letters[r.IntN(len(letters))])
		}
		return text
	}
	c.target = "/" + word() + "/" + word() + "/"
	if r.IntN(2) == 0 {
		c.target += "?pet=dog&" + awsText(r) + "=" + awsText(r) + "&" + strings.ReplaceAll(awsText(r), "%20", "+")
	}
	c.header = http.Header{}
	for _, name := range []string{"Content-Type", "X-Custom", "Date", "X-Empty"} {
		if r.IntN(2) == 0 {
			c.header.Set(name, map[string]string{"Content-Type": "application/json", "X-Custom": `some "value",   \ and more`, "Date": "any", "X-Empty": ""}[name])
		}
	}
	if c.method[0] == 'P' {
		c.body = []byte(strings.Repeat("b", r.IntN(30)))
	}
	possible := []string{"@method", "@authority", "@path", "@query", "content-digest"}
	for name := range c.header {
		possible = append(possible, strings.ToLower(name))
	}
	if strings.Contains(c.target, "?") {
		possible = append(possible, `@query-param;name="pet"`)
	}
	parameters := []string{"created", "keyid", "alg", "expires", "nonce", "tag"}
	c.config = map[string]any{"key_id": "k-1", "algorithm": c.key.algorithm, "label": []string{"sig1", "a-b.c_*9"}[r.IntN(2)], "tag": `any "tag\`}
	c.config["content_digest"] = []string{"sha-256", "sha-512"}[r.IntN(2)]
	option, judged := "private_key", "public_key"
	c.judge = map[string]string{"key_id": "k-1", "algorithm": c.key.algorithm, "tag": `any "tag\`, judged: c.key.judged}
	if c.key.secret != nil {
		option = "shared_secret"
		delete(c.judge, judged)
		c.judge[option] = sharedKey
	}
	c.config[option] = c.key.private
	chosen := []string{"@path", "content-digest"}
	for _, i := range r.Perm(len(possible)) {
		if name := possible[i]; name != "@path" && name != "content-digest" && r.IntN(3) > 0 {
			chosen = append(chosen, name)
		}
	}
	r.Shuffle(len(chosen), func(i, j int) { chosen[i], chosen[j] = chosen[j], chosen[i] })
	c.config["components"], c.judge["components"] = chosen, strings.Join(chosen, ",")
	r.Shuffle(len(parameters), func(i, j int) { parameters[i], parameters[j] = parameters[j], parameters[i] })
	c.config["parameters"], c.judge["parameters"] = parameters, strings.Join(parameters, ",")
	return c
}

// What we sign is verified by a library that nobody here wrote, and by vendorsim; and neither takes it after a change.
func TestALibraryForRFC9421VerifiesWhatIsSigned(t *testing.T) {
	keys := judgedKeys(t)
	both(t, func(t *testing.T, d drive) {
		n := 3000
		if strings.HasSuffix(t.Name(), "interpreted") {
			n = 300
		}
		r := rand.New(rand.NewPCG(9421, uint64(n)))
		for i := range n {
			c := newMessageCase(r, keys)
			config, err := json.Marshal(c.config)
			if err != nil {
				t.Fatal(err)
			}
			sign, err := d.Signer("httpsig", config)
			if err != nil {
				t.Fatalf("%s: %v", config, err)
			}
			signed, _, canonical, _, err := sign(c.method, c.host, c.target, c.header, c.body, atNoon(), "", "nonce-"+c.target, "")
			if err != nil {
				t.Fatalf("request %d: %s %s: %v", i, c.method, c.target, err)
			}
			arrived := &vendorsim.Request{Method: c.method, Host: c.host, Target: c.target, Header: c.header.Clone(), Body: c.body}
			for name, values := range signed {
				arrived.Header[name] = values
			}
			fails := func(what string) (bool, bool) {
				t.Helper()
				judge, err := vendorsim.New("httpsig", vendorsim.Config{Credential: c.judge, Now: atNoon})
				if err != nil {
					t.Fatal(err)
				}
				theirs := verifyByLibrary(c.key, c.config["label"].(string), arrived)
				ours := judge.Check(arrived)
				if (theirs != nil) == ours.Accepted {
					t.Fatalf("request %d%s: %s %s %q with %s: the library says %v, vendorsim %q\n%s", i, what, c.method, c.target, arrived.Header, config, theirs,
						ours.Reason, canonical)
				}
				return theirs != nil, !ours.Accepted
			}
			if library, judge := fails(""); library || judge {
				t.Fatalf("request %d: %s %s %q with %s is verified neither by the library nor by vendorsim\n%s", i, c.method, c.target, arrived.Header, config,
					canonical)
			}
			switch r.IntN(5) { // of what is always covered
			case 0:
				arrived.Target = "/x" + arrived.Target
			case 1:
				arrived.Body = append([]byte("x"), arrived.Body...)
			case 2:
				arrived.Header.Set("Signature-Input", strings.Replace(arrived.Header.Get("Signature-Input"), "nonce-", "nonce+", 1))
			case 3:
				arrived.Header.Set("Signature-Input", strings.Replace(arrived.Header.Get("Signature-Input"), "created=1", "created=2", 1))
			case 4:
				arrived.Header.Set("Signature", strings.Replace(signed.Get("Signature"), "=:", "=:AAAA", 1))
			}
			if library, judge := fails(" after a change"); !library || !judge {
				t.Fatalf("request %d: %s %s is verified after a change", i, c.method, c.target)
			}
		}
	})
}

// What the library signs is accepted by vendorsim.
func TestTheJudgeOfRFC9421AcceptsWhatALibrarySigns(t *testing.T) {
	keys := judgedKeys(t)
	r := rand.New(rand.NewPCG(9421, 1))
	for i := range 1500 {
		c := newMessageCase(r, keys)
		request, err := http.NewRequest(c.method, "https://"+c.host+c.target, strings.NewReader(string(c.body)))
		if err != nil {
			t.Fatal(err)
		}
		request.Header = c.header.Clone()
		profile := library.SigningProfile{Algorithm: library.Algorithm(c.key.algorithm), Digest: library.Digest(c.config["content_digest"].(string)),
			Label: c.config["label"].(string), ExpiresDuration: time.Minute}
		for _, component := range c.config["components"].([]string) {
			name, value, isParameter := strings.Cut(component, `;name="`)
			field := library.SignedField{Name: name, Parameters: map[string]any{}}
			if isParameter {
				field.Parameters["name"] = strings.TrimSuffix(value, `"`)
			}
			profile.Fields = append(profile.Fields, field)
		}
		for _, parameter := range c.config["parameters"].([]string) {
			profile.Metadata = append(profile.Metadata, library.Metadata(parameter))
		}
		key := library.SigningKey{Key: c.key.signs, Secret: c.key.secret, MetaKeyID: "k-1", MetaTag: `any "tag\`}
		if err := library.Sign(request, profile, key); err != nil {
			t.Fatalf("request %d: %v", i, err)
		}
		body, err := io.ReadAll(request.Body)
		if err != nil {
			t.Fatal(err)
		}
		judge, err := vendorsim.New("httpsig", vendorsim.Config{Credential: c.judge})
		if err != nil {
			t.Fatal(err)
		}
		a := judge.Check(&vendorsim.Request{Method: c.method, Host: c.host, Target: c.target, Header: request.Header, Body: body})
		if !a.Accepted {
			t.Fatalf("request %d: %s %s %q is refused: %s", i, c.method, c.target, request.Header, a.Reason)
		}
	}
}

// Structured fields are spelt as a library for RFC 8941 spells them, in what is signed with ;sf and ;key. The library refuses a number of 15
// digits, which the RFC (3.3.1) allows.
func TestALibraryForStructuredFieldsSpellsThemAlike(t *testing.T) {
	both(t, func(t *testing.T, d drive) {
		n := 3000
		if strings.HasSuffix(t.Name(), "interpreted") {
			n = 300
		}
		signWhole, err := d.Signer("httpsig", []byte(`{`+edSigner+`,"components":["x-list;sf","x-dict;sf","x-dict;key=\"m\""]}`))
		if err != nil {
			t.Fatal(err)
		}
		judge, err := vendorsim.New("httpsig", vendorsim.Config{Now: atNoon, Credential: map[string]string{"private_key": strings.ReplaceAll(edKey, `\n`, "\n"),
			"components": `x-list;sf,x-dict;sf,x-dict;key="m"`}})
		if err != nil {
			t.Fatal(err)
		}
		r := rand.New(rand.NewPCG(9651, uint64(n)))
		blanks := func() string { return strings.Repeat(" ", r.IntN(3)) }
		item := func() string {
			return []string{"1", "-0", "007", "-15.250", "0.0", "99999999999999", `"a \" \\ b"`, `""`, "token/x:y*", "*", ":aGVsbG8=:", "::", "?0", "?1"}[r.IntN(14)]
		}
		parameters := func() string {
			text := ""
			for range r.IntN(3) {
				text += ";" + blanks() + []string{"a", "b", "*c-_.9"}[r.IntN(3)] + []string{"", "=" + item()}[r.IntN(2)]
			}
			return text
		}
		value := func() string {
			if r.IntN(4) > 0 {
				return item() + parameters()
			}
			text := "(" + blanks()
			for range r.IntN(3) {
				text += item() + parameters() + " " + blanks()
			}
			return text + ")" + parameters()
		}
		for i := range n {
			var list, dict []string
			for range 1 + r.IntN(4) {
				list = append(list, blanks()+value()+blanks())
				dict = append(dict, blanks()+[]string{"a", "b", "m", "*"}[r.IntN(4)]+[]string{parameters(), "=" + value(), "=" + value()}[r.IntN(3)]+blanks())
			}
			dict = append(dict, "m="+value())
			header := http.Header{"X-List": {strings.Join(list, ",")}, "X-Dict": {strings.Join(dict, ",")}}
			parsedList, err := httpsfv.UnmarshalList(header["X-List"])
			if err != nil {
				t.Fatalf("%q: %v", header, err)
			}
			parsedDict, err := httpsfv.UnmarshalDictionary(header["X-Dict"])
			if err != nil {
				t.Fatalf("%q: %v", header, err)
			}
			member, _ := parsedDict.Get("m")
			texts := make([]string, 3)
			var errs [3]error
			texts[0], errs[0] = httpsfv.Marshal(parsedList)
			texts[1], errs[1] = httpsfv.Marshal(parsedDict)
			texts[2], errs[2] = httpsfv.Marshal(httpsfv.List{member})
			if errs != [3]error{} {
				t.Fatal(errs)
			}
			want := `"x-list";sf: ` + texts[0] + "\n" + `"x-dict";sf: ` + texts[1] + "\n" + `"x-dict";key="m": ` + texts[2] + "\n"
			signed, _, canonical, _, err := signWhole("GET", "vendor.example", "/", header, nil, atNoon(), "", "", "")
			if err != nil || !strings.HasPrefix(canonical, want) {
				t.Fatalf("request %d: %q: %v, signed is\n%s\nwant\n%s", i, header, err, canonical, want)
			}
			for name, values := range signed {
				header[name] = values
			}
			if a := judge.Check(&vendorsim.Request{Method: "GET", Host: "vendor.example", Target: "/", Header: header}); !a.Accepted {
				t.Fatalf("request %d: vendorsim refuses %q: %s", i, header, a.Reason)
			}
		}
	})
}
