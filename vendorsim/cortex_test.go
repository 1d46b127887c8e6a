package vendorsim

import (
	"maps"
	"strings"
	"testing"
	"time"
)

const cortexRefusal = `{"reply":{"err_code":401,"err_extra":null,"err_msg":"Public API request unauthorized"}}` + "\n"

func TestCortexAdvancedRefusals(t *testing.T) {
	v := cortexVectors[6] // the Node client's own test: testApiKey at 1584983036945
	if !strings.Contains(v.name, "testsuite") {
		t.Fatal("the vectors were reordered")
	}
	good := v.header["Authorization"]
	at := time.UnixMilli(1584983036945)
	for _, c := range []struct {
		name   string
		now    time.Time
		header map[string]string
		want   string
	}{
		{"the moment itself", at, nil, ""},
		{"five minutes old", at.Add(5 * time.Minute), nil, ""},
		{"five minutes ahead", at.Add(-5 * time.Minute), nil, ""},
		{"just over five minutes old", at.Add(5*time.Minute + 1), nil, "more than 5 minutes"},
		{"just over five minutes ahead", at.Add(-5*time.Minute - 1), nil, "more than 5 minutes"},
		{"no authorization", at, map[string]string{"Authorization": ""}, "Authorization is missing"},
		{"the key itself", at, map[string]string{"Authorization": v.credential["api_key"]}, "this key is an advanced one"},
		{"an upper-case hash", at, map[string]string{"Authorization": strings.ToUpper(good)}, "is not the hash"},
		{"a hash with a scheme", at, map[string]string{"Authorization": "Bearer " + good}, "is not the hash"},
		{"another id", at, map[string]string{"x-xdr-auth-id": "2"}, "not the id of this key"},
		{"no id", at, map[string]string{"x-xdr-auth-id": ""}, "x-xdr-auth-id is missing"},
		{"no nonce", at, map[string]string{"x-xdr-nonce": ""}, "x-xdr-nonce is missing"},
		{"another nonce", at, map[string]string{"x-xdr-nonce": "b"}, "is not the hash"},
		{"no timestamp", at, map[string]string{"x-xdr-timestamp": ""}, "x-xdr-timestamp is missing"},
		{"a timestamp that is none", at, map[string]string{"x-xdr-timestamp": "now"}, "not a number"},
		{"a timestamp with a sign", at, map[string]string{"x-xdr-timestamp": "+1584983036945"}, "not a number"},
		{"a timestamp in seconds", at, map[string]string{"x-xdr-timestamp": "1584983036"}, "in seconds"},
		{"another timestamp than the hashed one", at, map[string]string{"x-xdr-timestamp": "1584983036944"}, "is not the hash"},
	} {
		t.Run(c.name, func(t *testing.T) {
			changed := v
			changed.header = maps.Clone(v.header)
			maps.Copy(changed.header, c.header)
			a := simulator(t, "cortex", Config{Credential: v.credential}, c.now).Check(changed.request())
			if a.Accepted != (c.want == "") || !strings.Contains(a.Reason, c.want) {
				t.Fatalf("got %v, %q", a.Accepted, a.Reason)
			}
			if c.want != "" && (a.Status != 401 || string(a.Body) != cortexRefusal) {
				t.Errorf("got status %d, %s", a.Status, a.Body)
			}
		})
	}
}

// An empty nonce is hashed by nobody; the hash below is sha256("testApiKey1584983036945").
func TestAnEmptyNonceIsRefusedThoughItsHashIsRight(t *testing.T) {
	v := cortexVectors[6]
	changed := v
	changed.header = maps.Clone(v.header)
	changed.header["x-xdr-nonce"] = ""
	changed.header["Authorization"] = "f5e2be3a8b7d3230d05ea6ab2d526ba6c8effc796a7622f9d08f066601e7ba7f"
	a := v.simulator(t, "cortex").Check(changed.request())
	if a.Accepted || !strings.Contains(a.Reason, "x-xdr-nonce is missing") {
		t.Errorf("got %v, %q", a.Accepted, a.Reason)
	}
}

func TestANonceIsAcceptedOnce(t *testing.T) {
	v := cortexVectors[6]
	signed := time.UnixMilli(1584983036945)
	for _, skew := range []time.Duration{0, 4 * time.Minute, -4 * time.Minute} {
		now := signed.Add(skew)
		s := simulator(t, "cortex", Config{Credential: v.credential, Now: func() time.Time { return now }}, now)
		forged := v.request()
		forged.Header.Set("Authorization", "x")
		if s.Check(forged).Accepted {
			t.Fatal("a forged request is accepted")
		}
		if a := s.Check(v.request()); !a.Accepted {
			t.Fatalf("a forged request has burnt the nonce: %s", a.Reason)
		}
		for range 10 {
			if a := s.Check(v.request()); a.Accepted {
				t.Errorf("a replay is accepted %v after the first", now.Sub(signed))
			}
			now = now.Add(time.Minute)
		}
	}
}

func TestCortexStandardKeys(t *testing.T) {
	key := map[string]string{"api_key_id": "7", "api_key": "fake-standard-key", "key_type": "standard"}
	xsoar6 := map[string]string{"api_key": "fake-standard-key", "key_type": "standard"}
	for _, c := range []struct {
		name              string
		credential        map[string]string
		authorization, id string
		want              string
	}{
		{"key and id", key, "fake-standard-key", "7", ""},
		{"no id", key, "fake-standard-key", "", "x-xdr-auth-id is missing"},
		{"another id", key, "fake-standard-key", "07", "not the id"},
		{"another key", key, "fake-standard-kex", "7", "is not the key"},
		{"a key with a scheme", key, "Bearer fake-standard-key", "7", "is not the key"},
		{"a key in another case", key, "FAKE-standard-key", "7", "is not the key"},
		{"a part of the key", key, "fake-standard", "7", "is not the key"},
		{"no key", key, "", "7", "Authorization is missing"},
		{"the hash of an advanced key", key, "bbae94309370a255916d8948413833121e07da081e1f674c9d420403957f4e52", "7", "this key is a standard one"},
		{"XSOAR 6 without an id", xsoar6, "fake-standard-key", "", ""},
		{"XSOAR 6 with an id", xsoar6, "fake-standard-key", "7", "has no id"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := vector{method: "GET", target: "/incidents", header: map[string]string{
				"Authorization": c.authorization, "x-xdr-auth-id": c.id, "x-xdr-nonce": "n", "x-xdr-timestamp": "1735689600000",
			}}.request()
			a := simulator(t, "cortex", Config{Credential: c.credential}, midnight).Check(r)
			if a.Accepted != (c.want == "") || !strings.Contains(a.Reason, c.want) || c.want != "" && string(a.Body) != cortexRefusal {
				t.Errorf("got %v, %q", a.Accepted, a.Reason)
			}
		})
	}
}
