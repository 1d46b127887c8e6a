//go:build go1.21

package apps

import (
	"errors"
	"time"

	"github.com/vendorsign/vendorsign/outbound/credentials"
	"github.com/vendorsign/vendorsign/signers"
)

// FileSource reads the apps of an apps_file for one verifier. Several of them share a fileState. It may be used concurrently;
// the lock of the state protects seen as well.
type FileSource struct {
	state *fileState
	seen  int // the version of the state that the verifier has
}

// OpenFile reads an apps_file at path. master is a reference to the master secret, which may be empty if no key is derived.
// If the file is damaged, it has the apps of the same file that were read before, by an earlier configuration; without any,
// it returns an error, and the configuration must not load. The text of the error has no secret.
func OpenFile(vendor, path, master string, refs credentials.References, now time.Time) (*FileSource, error) {
	scheme, err := signers.Lookup(vendor)
	if err != nil {
		return nil, err
	}
	return openFile(scheme, path, master, refs, now)
}

// openFile is OpenFile for the apps of a scheme.
func openFile(scheme signers.Scheme, path, master string, refs credentials.References, now time.Time) (*FileSource, error) {
	if scheme.Claims == nil {
		return nil, errors.New("apps_file: requests of apps in the scheme of " + scheme.Name + " cannot be verified")
	}
	refs.Short = true
	// The same file is for all gateways: its references are {file./path} or file:/path, and no placeholders that one of them
	// has.
	refs.Other = nil
	if master != "" && !refs.Is(master) {
		return nil, errors.New("app_master must be a reference such as file:/run/secrets/app_master, with an absolute path, " +
			"and not the secret itself")
	}
	// The option says in which shape the secrets are derived.
	option, _ := signers.Find(scheme.Options, scheme.Claims.Secret)
	s := sharedFileState(scheme.Name, option, path, master, refs)
	s.mu.Lock()
	defer s.mu.Unlock()
	fault := look(s, now)
	// Closed is as good as never read: a reload must not start without its apps and look healthy.
	if s.file == nil || s.closed {
		if fault == "" {
			fault = s.fault
		}
		return nil, errors.New(fault)
	}
	f := new(FileSource)
	f.state = s
	f.seen = s.version
	return f, nil
}

// FileApps are the apps of the file now, which count as seen: reread returns them again only after a change. The slice and
// what is in it must not be changed, since all verifiers of the file have the same.
func FileApps(f *FileSource) []App {
	f.state.mu.Lock()
	defer f.state.mu.Unlock()
	f.seen = f.state.version
	return f.state.list
}

// SourceOf is f as the source of a verifier: see setSource.
func SourceOf(f *FileSource) Source {
	return func(now time.Time) ([]App, bool, error) { return reread(f, now) }
}

// reread looks whether the file has changed, which takes a few calls of stat, at most once a second for all verifiers of the
// file together. It returns all apps, if they may differ from those that it returned before; an empty list means that the
// file has been damaged for too long. The error is for the operator, once a minute, and the apps from before stay in use.
func reread(f *FileSource, now time.Time) ([]App, bool, error) {
	s := f.state
	s.mu.Lock()
	defer s.mu.Unlock()
	fault := ""
	// A clock that was set back must not stop the looking until it has caught up.
	if now.Sub(s.looked) >= time.Second || now.Before(s.looked) {
		fault = look(s, now)
	}
	// Another verifier may have done the reading: what counts is what this one has not seen yet.
	if f.seen != s.version {
		f.seen = s.version
		return s.list, true, nil
	}
	if fault != "" {
		return nil, false, errors.New(fault)
	}
	return nil, false, nil
}
