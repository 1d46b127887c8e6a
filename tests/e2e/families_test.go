package e2e

import (
	"net/http"
	"testing"
)

// Buckets have hosts of their own, one label below that of their region. One route serves them all, and nothing else.
func TestOneRouteServesEveryBucketOfARegionByItsHost(t *testing.T) {
	const family = "s3.eu-west-1.amazonaws.com"
	eachForm(t, func(t *testing.T, f form) {
		r := find("aws-s3").route(t, f)
		r.name, r.family = "buckets", family
		r.options = r.options.with(options{"host": []string{"127.0.0.1", "*." + family}}) // a transport goes to no address that is not listed
		g := start(t, f, r)
		for _, bucket := range []string{"reports", "b-2"} {
			before := r.vendor.count()
			got := send(t, g.addr, bucket+"."+family, request{method: "GET", target: "/a/key"})
			a, err := r.vendor.only(before)
			if err != nil {
				t.Fatalf("%s: %v (the client got %d %s)", bucket, err, got.status, got.body)
			}
			if !a.answer.Accepted || a.host != bucket+"."+family {
				t.Errorf("%s: arrived for %s, accepted %v: %s", bucket, a.host, a.answer.Accepted, a.answer.Reason)
			}
		}
		g.refused(t, r, request{method: "GET", target: "/a/key"}, http.StatusMisdirectedRequest, "wrong-host")
		sent := r.vendor.bytes.Load()
		for _, host := range []string{"-a." + family, "a_b." + family} {
			send(t, g.addr, host, request{method: "GET", target: "/a/key"}).isProblem(t, http.StatusMisdirectedRequest, "wrong-host")
		}
		if now := r.vendor.bytes.Load(); now != sent {
			t.Errorf("%d bytes went to the vendor for hosts that are no bucket's", now-sent)
		}
	})
}
