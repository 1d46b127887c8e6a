package config

import (
	"strconv"
	"strings"

	"github.com/vendorsign/vendorsign/outbound/apps"
	"github.com/vendorsign/vendorsign/signers"
)

// aboutApps reports whether an option of a Traefik middleware is about apps with local keys, and finds
// misspelt options of apps. Such options are no vendor's, so that the vendor's list does not have them.
func (x *Reading) aboutApps(e Entry) bool {
	if strings.EqualFold(e.Key, "apps") {
		for i, app := range e.Value.List {
			for _, option := range app.Table {
				if _, ok := findCamel(apps.AppOptions, option.Key); !ok {
					x.Found = append(x.Found, Fault{Line: option.Line, Field: Join(e.Field, strconv.Itoa(i)),
						What: signers.Unknown(signers.InCamel(apps.AppOptions), option.Key).Text})
				}
			}
		}
		return true
	}
	_, ok := findCamel(append(apps.FileNames, apps.VerifyOptions...), e.Key)
	return ok
}

// findCamel finds an option by its name in Traefik's spelling, in any case.
func findCamel(options []signers.Option, key string) (signers.Option, bool) {
	for _, o := range options {
		if strings.EqualFold(signers.Camel(o.Name), key) {
			return o, true
		}
	}
	return signers.Option{}, false
}
