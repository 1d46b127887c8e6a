package e2e

import (
	"crypto"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/vendorsign/vendorsign/vendorsim"
)

// The private keys are those of RFC 9421, appendix B.1.4, and of Oracle's documentation; both are public.
const (
	messageEd25519 = `{"kty":"OKP","crv":"Ed25519","d":"n4Ni-HpISpVObnQMW0wOhCKROaIKqKtW_2ZYb2p9KcU","x":"JrQLj5P_89iXES9-vFgrIy29clF9CC_oPPsw3c5D0bs"}`
	messageSecret  = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
)

var (
	messageOwned = []string{"Signature", "Signature-Input"}
	cavageOwned  = []string{"Signature", "Date", "Digest"}
)

// messageModes are the schemes of HTTP message signatures, which the functions below verify as RFC 9421 and draft-cavage-12 say.
var messageModes = []mode{
	{
		name: "httpsig", signer: "httpsig", owned: append([]string{"Content-Digest"}, messageOwned...), verify: andVendorsim(verifyMessage, "httpsig"), secrets: []string{"private_jwk"},
		options: options{"key_id": "k1", "private_jwk": messageEd25519},
		arrives: map[string]string{"Signature-Input": `^sig1=\("@method" "@authority" "@path" "@query"`},
	}, {
		name: "httpsig-hmac", signer: "httpsig", owned: append([]string{"Content-Digest"}, messageOwned...), verify: andVendorsim(verifyMessage, "httpsig"), secrets: []string{"shared_secret"},
		options: options{"key_id": "k1", "shared_secret": messageSecret, "content_digest": "sha-512"},
	}, {
		name: "web-bot-auth", signer: "web_bot_auth", owned: append([]string{"Signature-Agent"}, messageOwned...), verify: andVendorsim(verifyMessage, "web_bot_auth"), secrets: []string{"private_jwk"},
		options: options{"private_jwk": messageEd25519, "signature_agent": "https://bot.example"},
		arrives: map[string]string{"Signature-Agent": `^sig1="https://bot.example"$`},
	}, {
		name: "cavage", signer: "cavage", owned: cavageOwned, verify: andVendorsim(verifyCavage, "cavage"), secrets: []string{"shared_secret"},
		options: options{"key_id": "k1", "algorithm": "hmac-sha256", "shared_secret": messageSecret},
	}, {
		name: "cavage-hs2019", signer: "cavage", owned: []string{"Signature", "Authorization", "Digest"}, verify: andVendorsim(verifyCavage, "cavage"), secrets: []string{"private_jwk"},
		options: options{"key_id": "k1", "algorithm": "hs2019", "private_jwk": messageEd25519, "header": "Authorization"},
	}, {
		name: "oci", signer: "oci", owned: []string{"Authorization", "Date", "X-Date", "X-Content-Sha256"}, secrets: []string{"private_key"},
		verify:  andVendorsim(func(options, *vendorsim.Request) string { return "" }, "oci"),
		options: options(oracleDemo()), arrives: map[string]string{"Authorization": `^Signature version="1",headers="date \(request-target\) host`},
	},
}

// oracleDemo is the credential that vendorsim has for demonstrations, of Oracle's documentation.
func oracleDemo() map[string]any {
	all := map[string]any{}
	for name, value := range vendorsim.DemoCredential("oci", "") {
		all[name] = value
	}
	return all
}

// andVendorsim has a request verified by these tests and by vendorsim, which share nothing and must agree. vendorsim remembers nonces, so that
// none of two requests is the same.
func andVendorsim(verify func(o options, r *vendorsim.Request) string, vendor string) func(o options, r *vendorsim.Request) string {
	var mu sync.Mutex
	made := map[string]*vendorsim.Simulator{}
	return func(o options, r *vendorsim.Request) string {
		credential := map[string]string{}
		for name, value := range o {
			credential[name] = fmt.Sprint(value)
		}
		mu.Lock()
		defer mu.Unlock()
		judge := made[fmt.Sprint(credential)]
		if judge == nil {
			var err error
			if judge, err = vendorsim.New(vendor, vendorsim.Config{Credential: credential}); err != nil {
				return err.Error()
			}
			made[fmt.Sprint(credential)] = judge
		}
		a := judge.Check(r)
		fault := verify(o, r)
		if fault == "" && a.Reason != "" {
			return "vendorsim refuses it: " + a.Reason
		}
		if fault != "" && a.Accepted {
			return fault + "; but vendorsim takes it"
		}
		return fault
	}
}

var (
	inputForm     = regexp.MustCompile(`^sig1=(\(((?:"[^"]+"(?:;key="[^"]+")? ?)*)\);created=(\d+);keyid="([^"]+)";alg="[^"]+"(?:;expires=(\d+);nonce="([^"]{80,})";tag="web-bot-auth")?)$`)
	coveredForm   = regexp.MustCompile(`"([^"]+)"((?:;key="[^"]+")?)`)
	signatureForm = regexp.MustCompile(`^sig1=:([A-Za-z0-9+/=]+):$`)
)

// verified reports whether a signature in base64 is one of text by the key of the options.
func verified(o options, text, signature string) bool {
	raw := unbase64Of(signature)
	if secret, ok := o["shared_secret"].(string); ok {
		return raw == mac256(unbase64Of(secret), text)
	}
	if pemText, ok := o["private_key"].(string); ok {
		block, _ := pem.Decode([]byte(pemText))
		key, err := x509.ParsePKCS1PrivateKey(block.Bytes)
		sum := sha256.Sum256([]byte(text))
		return err == nil && rsa.VerifyPKCS1v15(&key.PublicKey, crypto.SHA256, sum[:], []byte(raw)) == nil
	}
	public, _ := base64.RawURLEncoding.DecodeString("JrQLj5P_89iXES9-vFgrIy29clF9CC_oPPsw3c5D0bs")
	return ed25519.Verify(public, []byte(text), []byte(raw))
}

// combined is the value of a header as it is covered.
func combined(r *vendorsim.Request, name string) (string, bool) {
	var all []string
	found := false
	for spelt, values := range r.Header {
		if strings.EqualFold(spelt, name) {
			found = true
			for _, value := range values {
				all = append(all, strings.Trim(value, " \t"))
			}
		}
	}
	return strings.Join(all, ", "), found
}

func lateSeconds(text string) string {
	n, err := strconv.ParseInt(text, 10, 64)
	return late(time.Unix(n, 0), err)
}

// verifyMessage is RFC 9421, 3.2, for what these modes cover.
func verifyMessage(o options, r *vendorsim.Request) string {
	input, signature := inputForm.FindStringSubmatch(one(r, "Signature-Input")), signatureForm.FindStringSubmatch(one(r, "Signature"))
	if input == nil || signature == nil {
		return "the headers have another form: " + one(r, "Signature-Input") + ", " + one(r, "Signature")
	}
	path, query, _ := strings.Cut(r.Target, "?")
	known := map[string]string{"@method": r.Method, "@authority": strings.ToLower(r.Host), "@path": path, "@query": "?" + query}
	var text strings.Builder
	var names []string
	for _, m := range coveredForm.FindAllStringSubmatch(input[2], -1) {
		value, ok := known[m[1]]
		if !ok {
			if value, ok = combined(r, m[1]); !ok {
				return m[1] + " is covered and did not arrive"
			}
		}
		if m[2] != "" {
			_, value, _ = strings.Cut(value, "=")
		}
		names = append(names, m[1])
		text.WriteString(m[0] + ": " + value + "\n")
	}
	text.WriteString(`"@signature-params": ` + input[1])
	if o["signature_agent"] != nil {
		return first(differs("what is covered", strings.Join(names, " "), "@authority signature-agent"), lateSeconds(input[3]), unless(verified(o, text.String(), signature[1])))
	}
	want := []string{"@method", "@authority", "@path", "@query"}
	if _, ok := combined(r, "Content-Type"); ok {
		want = append(want, "content-type")
	}
	if len(r.Body) > 0 {
		want = append(want, "content-digest")
		sum := sha256.Sum256(r.Body)
		digest := "sha-256=:" + base64.StdEncoding.EncodeToString(sum[:]) + ":"
		if o["content_digest"] == "sha-512" {
			sum := sha512.Sum512(r.Body)
			digest = "sha-512=:" + base64.StdEncoding.EncodeToString(sum[:]) + ":"
		}
		if fault := differs("Content-Digest", one(r, "Content-Digest"), digest); fault != "" {
			return fault
		}
	}
	return first(differs("what is covered", strings.Join(names, " "), strings.Join(want, " ")), lateSeconds(input[3]),
		differs("the key", input[4], o["key_id"].(string)), unless(verified(o, text.String(), signature[1])))
}

func unless(ok bool) string {
	if ok {
		return ""
	}
	return "the signature does not verify"
}

var cavageForm = regexp.MustCompile(`^(?:Signature )?keyId="k1",algorithm="([^"]+)",(?:created=(\d+),)?headers="([^"]+)",signature="([^"]+)"$`)

// verifyCavage is draft-cavage-http-signatures-12, 2.5, for what these modes sign.
func verifyCavage(o options, r *vendorsim.Request) string {
	header := "Signature"
	if o["header"] != nil {
		header = "Authorization"
	}
	m := cavageForm.FindStringSubmatch(one(r, header))
	if m == nil {
		return header + " has another form: " + one(r, header)
	}
	var lines []string
	names := strings.Fields(m[3])
	for _, name := range names {
		value, ok := "", true
		switch name {
		case "(request-target)":
			value = strings.ToLower(r.Method) + " " + r.Target
		case "host":
			value = r.Host
		case "(created)":
			value = m[2]
		default:
			value, ok = combined(r, name)
		}
		if !ok {
			return name + " is covered and did not arrive"
		}
		lines = append(lines, name+": "+value)
	}
	if slices.Contains(names, "digest") != (len(r.Body) > 0) {
		return "the body and its digest are not both there"
	}
	if len(r.Body) > 0 {
		sum := sha256.Sum256(r.Body)
		if fault := differs("Digest", one(r, "Digest"), "SHA-256="+base64.StdEncoding.EncodeToString(sum[:])); fault != "" {
			return fault
		}
	}
	when := ""
	if o["header"] != nil {
		when = first(differs("what is covered", strings.Join(names[:3], " "), "(request-target) host (created)"), lateSeconds(m[2]))
	} else {
		at, err := time.Parse(time.RFC1123, one(r, "Date"))
		when = first(differs("what is covered", strings.Join(names[:3], " "), "(request-target) host date"), late(at, err))
	}
	return first(when, differs("the algorithm", m[1], o["algorithm"].(string)), unless(verified(o, strings.Join(lines, "\n"), m[4])))
}

// notASCII finds what RFC 9421 cannot cover.
var notASCII = regexp.MustCompile(`[^\x00-\x7f]+`)

// ascii is a target without such characters.
func ascii(target string) string { return notASCII.ReplaceAllString(target, "") }
