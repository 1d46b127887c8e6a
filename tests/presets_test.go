package tests

import (
	"net/http"
	"testing"
	"time"
)

func TestThinThread(t *testing.T) {
	both(t, func(t *testing.T, d drive) {
		f, err := d.Signer("veracode", []byte(`{"api_id":"3ddaeeb10ca690df3fee5e3bd1c329fa","api_key":"0123456789abcdef0123456789abcdef"}`))
		if err != nil {
			t.Fatal(err)
		}
		at, _ := time.Parse(time.RFC3339, "2026-03-04T05:06:07.089Z")
		out, sent, canonical, shown, err := f("GET", "api.veracode.com", "/api/authn/v2/users/self", http.Header{}, nil, at, "", "a8d7fdb5aa22fc3fdb688fbb6807c2b4", "")
		t.Log(out, sent, canonical, shown, err)
		f, err = d.Signer("shodan", []byte(`{"api_key":"x"}`))
		if err != nil {
			t.Fatal(err)
		}
		out, sent, canonical, shown, err = f("GET", "api.veracode.com", "/api/authn/v2/users/self", http.Header{}, nil, at, "", "a8d7fdb5aa22fc3fdb688fbb6807c2b4", "")
		t.Log(out, sent, canonical, shown, err)
	})
}
