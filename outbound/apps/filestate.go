//go:build go1.21

package apps

import (
	"strings"
	"sync"
	"time"

	"github.com/vendorsign/vendorsign/outbound/credentials"
	"github.com/vendorsign/vendorsign/signers"
)

// An apps_file is read again when it changes. Its state belongs to the process and not to a verifier: a gateway that makes its
// verifiers again for each change of its configuration (Traefik does) must not lose the apps because the file is being replaced, and
// must not keep a revoked one either.

// How large a file may be, and what is done while it is damaged.
const (
	// MaxFile is the largest file in bytes: ten thousand apps (maxApps) have some 800 bytes each.
	MaxFile = 8 << 20
	// keepDamaged is how long the apps of a file stay good while it is damaged or gone. Then none of them is: the change that
	// cannot be read may have been a revocation, and an operator has had time to see the alarm.
	keepDamaged = 10 * time.Minute
	// retryDamaged is how long a file that could not be used is left alone, if it does not change: to read it again for each
	// second's first request would cost seconds in an interpreter.
	retryDamaged = 10 * time.Second
	// remindDamaged is how often the warning is repeated while nothing changes. A new fault is reported at once.
	remindDamaged = time.Minute
	// maxFileStates bounds how many files the process remembers, as label authors may rename theirs for ever.
	maxFileStates = 1024
)

// fileState is an apps_file as it was last read. Its states:
//
//	not read (file is nil) --load--> good (damaged is zero) --the files differ--> damaged (the apps stay)
//	                                  ^                                              |            |
//	                                  +---------- load, once unchanged     ---------+            | keepDamaged
//	                                  |                                                           v
//	                                  +------------------------- load ----------------------- closed (no apps)
//
// An apps_file, the master secret and the secrets that entries refer to are one unit: used has the state of each, and a
// change of any of them has all read again.
type fileState struct {
	vendor, path, master string
	option               signers.Option // the one that an app's secret is for
	refs                 credentials.References

	mu      sync.Mutex
	version int // grows when list changes, so that each FileSource sees whether it has to take it
	list    []App
	file    *File
	// secrets are those derived, by "derived <generation> <key ID>", and those read, by their references
	secrets map[string]string
	origin  string    // what secrets were derived from
	ends    time.Time // when the first overlap ends; zero: none does

	used    []credentials.FileState // the files as they were read
	changed []credentials.FileState // as they are, if that differs
	since   time.Time               // when they were first seen so
	tried   time.Time               // when they could not be used in that state; zero: not tried
	fault   string                  // why
	damaged time.Time               // since when the files differ from what is used
	closed  bool                    // for too long
	told    time.Time
	looked  time.Time

	good map[string]map[string]string // by listener: the names of the apps whose keys it knows to be good, by key ID
}

var (
	fileStatesMu sync.Mutex
	fileStates   = make(map[string]*fileState)
)

// sharedFileState is the state of a file for all who configure it in the same way. Master and limits of the references are
// part of the key: with another master the same file has other secrets, and with another folder it may not be readable at
// all. So is the shape of secrets, which a preset file may change.
func sharedFileState(vendor string, option signers.Option, path, master string, refs credentials.References) *fileState {
	key := strings.Join([]string{vendor, option.Name, option.Shape, path, master, refs.Dir, refs.EnvPrefix}, "\x00")
	fileStatesMu.Lock()
	defer fileStatesMu.Unlock()
	if s := fileStates[key]; s != nil {
		return s
	}
	if len(fileStates) >= maxFileStates {
		fileStates = make(map[string]*fileState) // those in use live on
	}
	s := new(fileState)
	s.vendor = vendor
	s.option = option
	s.path = path
	s.master = master
	s.refs = refs
	fileStates[key] = s
	return s
}

// look brings the state up to date, and returns the warning that is due for the operator; usually nothing. The caller holds the
// lock. It is called at most once a second.
func look(s *fileState, now time.Time) string {
	s.looked = now
	if s.file == nil { // the first time
		s.since = now
		s.fault = load(s, now)
		return s.fault
	}
	current := make([]credentials.FileState, len(s.used))
	for i, known := range s.used {
		current[i] = credentials.StateOf(known.Option, known.Path)
	}
	// The usual case, and also that of a file that was repaired by putting the old one back.
	if !s.closed && credentials.SameFiles(s.used, current) {
		s.damaged = time.Time{}
		s.changed = nil
		if !s.ends.IsZero() && !now.Before(s.ends) {
			build(s, s.file, now)
		}
		return ""
	}
	if s.damaged.IsZero() {
		s.damaged = now
		s.told = now
	}
	// It may still be being written: the time for which it must stay unchanged restarts.
	if s.changed == nil || !credentials.SameFiles(s.changed, current) {
		s.changed = current
		s.since = now
		s.tried = time.Time{}
	}
	// Read only once the files stay unchanged: half a file, or a new list with an old master, would be reported as a fault.
	if credentials.Unchanged(current, s.since, now) && now.Sub(s.tried) >= retryDamaged {
		first := s.tried.IsZero()
		s.tried = now
		fault := load(s, now)
		if fault == "" {
			return ""
		}
		if first || fault != s.fault {
			s.told = time.Time{}
		}
		s.fault = fault
	}
	return complain(s, now)
}

// complain ends the apps of a file that has been damaged for too long, and returns the warning that is due for the operator. The
// caller holds the lock.
func complain(s *fileState, now time.Time) string {
	until := s.damaged.Add(keepDamaged)
	if !now.Before(until) && !s.closed {
		s.closed = true
		s.list = nil
		s.version++
		s.told = time.Time{}
	}
	// An overlap ends on time even while the file is damaged: the operator may have made it end because the old secret
	// leaked.
	if !s.ends.IsZero() && !now.Before(s.ends) && !s.closed {
		build(s, s.file, now)
	}
	if now.Sub(s.told) < remindDamaged {
		return ""
	}
	s.told = now
	fault := s.fault
	if fault == "" {
		fault = "apps_file: it keeps changing"
	}
	if s.closed {
		return fault + "; it has been damaged for too long, and none of its apps is accepted until it is repaired"
	}
	return fault + "; the apps that it had stay in use until " + until.UTC().Format("15:04:05") + " UTC, and then none"
}
