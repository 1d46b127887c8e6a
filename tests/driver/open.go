//go:build go1.21

package driver

import (
	"net/http"
	"time"

	"github.com/vendorsign/vendorsign/outbound/apps"
	"github.com/vendorsign/vendorsign/signers"
)

// OpenRequest watches a request of an app. look is called when its key is looked at, and what it returns says whether the key is good.
// done is nil if the request is refused.
func OpenRequest(key, secret string, r *http.Request, look func() bool) (ended <-chan struct{}, done func() bool) {
	v, _ := apps.New(apps.Options{Vendor: "duo"})
	var a apps.App
	a.Name = "billing"
	a.KeyID = key
	a.Secret = secret
	apps.SetApps(v, []apps.App{a})
	apps.SetHeirs(v, func() []*apps.Verifier {
		if look() {
			return []*apps.Verifier{v}
		}
		return nil
	})
	checked := apps.Check(v, r, &signers.Message{Method: r.Method, Host: r.Host, Target: r.RequestURI}, 1<<20, time.Now())
	if checked.Problem != nil {
		return nil, nil
	}
	watched, done := apps.Watch(checked, r)
	return watched.Context().Done(), done
}
