//go:build go1.21

package apps

import (
	"time"

	"github.com/vendorsign/vendorsign/outbound/credentials"
	"github.com/vendorsign/vendorsign/signers"
)

// Source returns the apps of a file. It is asked at most once a second, and returns changed only if they may differ from
// before. err is why they cannot be read, while those from before stay in use. A source that gives up on them returns an
// empty list with changed. Apart from tests the only source is an apps_file (filesource.go).
type Source func(now time.Time) (list []App, changed bool, err error)

// setSource has the verifier take further apps from a source, in addition to those that are configured. forbidden, which may
// be nil, reports whether no app may have a secret, such as that of the credential itself, by its outbound.SecretPrint. say is
// called with what an operator should know; it may be called by the goroutine of any request, and must not call the verifier.
func setSource(v *Verifier, configured []App, source Source, forbidden func(print string) bool, say func(news string)) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.configured, v.source, v.forbidden, v.say = configured, source, forbidden, say
}

// Refresh asks the source for changes, at most once a second. Gateways call it for each request: the usual case is one atomic
// read. Nothing runs in the background, since an interpreted plugin is never told when it is dropped.
func Refresh(v *Verifier, now time.Time) {
	if v.source != nil && v.looked.Load() != now.Unix() {
		refresh(v, now)
	}
}

// Refreshes reports whether Refresh has something to do for the verifier, once it has all its apps.
func Refreshes(v *Verifier) bool { return v.source != nil }

// refresh asks the source now. Requests of the same second pass by with the apps from before; those of the next one wait
// until it is done.
func refresh(v *Verifier, now time.Time) {
	v.looked.Store(now.Unix())
	v.refreshing.Lock()
	defer v.refreshing.Unlock()
	list, changed, err := v.source(now)
	if err != nil {
		tellApps(v, "apps: "+err.Error())
	}
	if err == nil && changed {
		use(v, list, now)
	}
	// Apps that cannot be used for ten minutes end as those of a damaged file do: a revocation may be among them. Apps of the
	// configuration stay.
	if !v.refused.IsZero() && now.Sub(v.refused) >= keepDamaged {
		v.refused = time.Time{}
		SetApps(v, v.configured)
		tellApps(v, "apps: the file's apps could not be used for ten minutes; none of them passes any more")
	}
}

// use takes the apps of the source. If they cannot be used, as when one of them has the secret of the credential, those from
// before stay, as they do while the file is damaged: to close all apps at once for one bad entry would be an outage. The time
// is bounded, because the change may have been a revocation (see refresh).
func use(v *Verifier, list []App, now time.Time) {
	faults := SetApps(v, append(append([]App(nil), v.configured...), list...))
	if len(faults) == 0 {
		v.refused = time.Time{}
		return
	}
	if v.refused.IsZero() {
		v.refused = now
	}
	tellApps(v, "apps: "+signers.FaultsError(v.scheme.Name, faults).Error()+"; the apps from before stay in use for ten minutes")
}

// tellApps informs the operator, if the gateway wants to know.
func tellApps(v *Verifier, news string) {
	if v.say != nil {
		v.say(news)
	}
}

// refuseSecrets are the faults of apps that have a secret that none may have. An app with the credential's own secret would
// need no gateway: it could sign for the vendor directly, past allow, rate and audit.
func refuseSecrets(v *Verifier, t *table) []signers.Fault {
	if v.forbidden == nil {
		return nil
	}
	var faults []signers.Fault
	for i, e := range t.entries {
		if e.app != nil && usesOneOf(v.forbidden, e.app.Secrets) {
			faults = append(faults, signers.Fault{Option: "secret", Entry: i + 1,
				Text: "app " + nameOf(e.name, i) + ": secret is the credential's own; give the app a local key"})
		}
	}
	return faults
}

// usesOneOf reports whether uses is true of one of the prints.
func usesOneOf(uses func(print string) bool, prints []string) bool {
	for _, print := range prints {
		if uses(print) {
			return true
		}
	}
	return false
}

// AddFile has the verifier take further apps from an apps_file: see setSource. master is a reference to the secret that their
// keys are derived from, and refs says which files and variables may be read. Without a path there is no file. Faults mean
// that the gateway must not load the configuration: none of the apps is in use then.
func AddFile(
	v *Verifier, path, master string, refs credentials.References, configured []App, forbidden func(print string) bool, say func(news string),
) []signers.Fault {
	if path == "" {
		if master != "" {
			return []signers.Fault{{Option: "app_master", Text: "app_master needs apps_file: the keys of its apps are derived from it"}}
		}
		setSource(v, configured, nil, forbidden, say)
		return SetApps(v, configured)
	}
	f, err := openFile(v.scheme, path, master, refs, time.Now())
	if err != nil {
		return []signers.Fault{{Option: "apps_file", Text: err.Error()}}
	}
	setSource(v, configured, SourceOf(f), forbidden, say)
	v.file = f
	return SetApps(v, append(append([]App(nil), configured...), FileApps(f)...))
}
