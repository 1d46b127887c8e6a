package tests

import (
	"crypto/ed25519"
	"encoding/json"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"
	"time"

	fed "github.com/go-fed/httpsig"

	"github.com/vendorsign/vendorsign/vendorsim"
)

// What cavage signs is verified by github.com/go-fed/httpsig, which many servers of ActivityPub have, and by vendorsim; neither takes it
// after a change. Where the library differs from draft-cavage-http-signatures-12, these requests avoid it:
//
//   - It signs and verifies the path decoded in (request-target), where the draft (2.3) has the :path as it is sent: no escapes in paths.
//   - Its rsa with hs2019 is RSASSA-PKCS1-v1_5, where the draft (E.2) has RSASSA-PSS: of hs2019 there is Ed25519 alone.
//   - It does not read Digest: that of these requests is read by vendorsim.
//   - It splits the signature at commas and signs of its date what a client sent: ours is the gateway's.
func TestALibraryForDraftCavageVerifiesWhatIsSigned(t *testing.T) {
	keys := map[string]judgedKey{}
	for _, k := range judgedKeys(t) {
		keys[k.algorithm] = k
	}
	both(t, func(t *testing.T, d drive) {
		n := 3000
		if strings.HasSuffix(t.Name(), "interpreted") {
			n = 300
		}
		r := rand.New(rand.NewPCG(12, uint64(n)))
		made := map[string]signFunc{}
		now := time.Now().Truncate(time.Second)
		for i := range n {
			name := []string{"rsa-sha256", "hmac-sha256", "hs2019"}[r.IntN(3)]
			key := keys[map[string]string{"rsa-sha256": "rsa-v1_5-sha256", "hmac-sha256": "hmac-sha256", "hs2019": "ed25519"}[name]]
			algorithm := map[string]fed.Algorithm{"rsa-sha256": fed.RSA_SHA256, "hmac-sha256": fed.HMAC_SHA256, "hs2019": fed.ED25519}[name]
			placement := []string{"Signature", "Authorization"}[r.IntN(2)]
			config := map[string]any{"key_id": "https://bot.example/u#main-key", "algorithm": name, "header": placement}
			judge := map[string]string{"key_id": "https://bot.example/u#main-key", "algorithm": name, "header": placement}
			if key.secret != nil {
				config["shared_secret"], judge["shared_secret"] = key.private, key.private
			} else {
				config["private_key"], judge["public_key"] = key.private, key.judged
			}
			if r.IntN(2) == 0 {
				headers := []string{"host", "(request-target)", "date", "x-custom", "digest", "content-type"}
				if name == "hs2019" {
					headers = append(headers, "(created)", "(expires)")
				}
				r.Shuffle(len(headers), func(i, j int) { headers[i], headers[j] = headers[j], headers[i] })
				config["headers"], judge["headers"] = headers, strings.Join(headers, ",")
			}
			data, err := json.Marshal(config)
			if err != nil {
				t.Fatal(err)
			}
			sign := made[string(data)]
			if sign == nil {
				if sign, err = d.Signer("cavage", data); err != nil {
					t.Fatalf("%s: %v", data, err)
				}
				if len(made) < 1000 {
					made[string(data)] = sign
				}
			}
			method, host := []string{"GET", "POST", "PUT", "DELETE"}[r.IntN(4)], []string{"vendor.example", "Vendor.example:8443"}[r.IntN(2)]
			target := "/inbox/a-~b" + strings.Repeat("/x", r.IntN(3)) + []string{"", "?a=" + awsText(r) + "&" + awsText(r)}[r.IntN(2)]
			body := []byte(strings.Repeat("b", r.IntN(5)))
			header := http.Header{"Content-Type": {"application/activity+json"}, "X-Custom": {"a", "b,  c"}}
			signed, _, canonical, _, err := sign(method, host, target, header, body, now, "", "", "")
			if err != nil {
				t.Fatalf("request %d: %v", i, err)
			}
			for name, values := range signed {
				header[name] = values
			}
			verified := func() error {
				request, err := http.NewRequest(method, "https://"+host+target, nil)
				if err != nil {
					t.Fatal(err)
				}
				request.Header = header.Clone()
				verifier, err := fed.NewVerifier(request)
				if err != nil {
					return err
				}
				if verifier.KeyId() != "https://bot.example/u#main-key" {
					t.Fatal(verifier.KeyId())
				}
				if key.secret != nil {
					return verifier.Verify(key.secret, algorithm)
				}
				return verifier.Verify(key.public, algorithm)
			}
			accepted := func() string {
				s, err := vendorsim.New("cavage", vendorsim.Config{Credential: judge, Now: func() time.Time { return now }})
				if err != nil {
					t.Fatal(err)
				}
				return s.Check(&vendorsim.Request{Method: method, Host: host, Target: target, Header: header, Body: body}).Reason
			}
			if err, reason := verified(), accepted(); err != nil || reason != "" {
				t.Fatalf("request %d: %s %s %q with %s: the library says %v, vendorsim %q\n%s", i, method, target, header, data, err, reason, canonical)
			}
			switch r.IntN(3) {
			case 0:
				target = "/x" + target
			case 1:
				host = "x" + host
			case 2:
				header.Set(placement, strings.Replace(header.Get(placement), `signature="`, `signature="AAAA`, 1))
			}
			if err, reason := verified(), accepted(); err == nil || reason == "" {
				t.Fatalf("request %d: %s %s is verified after a change: by the library %v, by vendorsim %v", i, method, target, err == nil, reason == "")
			}
		}
	})
}

// What the library signs with Ed25519 is accepted by vendorsim. It writes hs2019 for every algorithm, which is right for this one alone.
func TestTheJudgeOfDraftCavageAcceptsWhatALibrarySigns(t *testing.T) {
	var key judgedKey
	for _, k := range judgedKeys(t) {
		if k.algorithm == "ed25519" {
			key = k
		}
	}
	r := rand.New(rand.NewPCG(12, 1))
	for i := range 1500 {
		headers := []string{"(request-target)", "host", "date", "digest", "(created)", "(expires)"}
		r.Shuffle(len(headers), func(i, j int) { headers[i], headers[j] = headers[j], headers[i] })
		headers = headers[:1+r.IntN(len(headers))]
		placement := []fed.SignatureScheme{fed.Signature, fed.Authorization}[r.IntN(2)]
		signer, _, err := fed.NewSigner([]fed.Algorithm{fed.ED25519}, fed.DigestSha256, headers, placement, 60)
		if err != nil {
			t.Fatal(err)
		}
		target := "/inbox" + []string{"", "?a=" + awsText(r)}[r.IntN(2)]
		request, err := http.NewRequest("POST", "https://vendor.example"+target, nil)
		if err != nil {
			t.Fatal(err)
		}
		body := []byte(strings.Repeat("b", r.IntN(5)))
		request.Header.Set("Date", time.Now().UTC().Format(http.TimeFormat))
		request.Header.Set("Host", "vendor.example")
		if err := signer.SignRequest(key.signs.(ed25519.PrivateKey), "k-1", request, body); err != nil {
			t.Fatal(err)
		}
		judge, err := vendorsim.New("cavage", vendorsim.Config{Credential: map[string]string{"key_id": "k-1", "algorithm": "hs2019", "public_key": key.judged,
			"header": string(placement), "headers": strings.Join(headers, ",")}})
		if err != nil {
			t.Fatal(err)
		}
		a := judge.Check(&vendorsim.Request{Method: "POST", Host: "vendor.example", Target: target, Header: request.Header, Body: body})
		if !a.Accepted {
			t.Fatalf("request %d: %s %q is refused: %s", i, target, request.Header, a.Reason)
		}
	}
}
