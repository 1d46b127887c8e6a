//go:build go1.21

package outbound

import (
	"errors"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/vendorsign/vendorsign/signers"
)

const (
	maxKept = 4096           // configurations whose options are remembered
	keptFor = 24 * time.Hour // since they were read
)

// kept are the options that a configuration had when its files could be used last. A gateway that makes its gates anew
// for every change of its configuration (Traefik does) must not lose a credential because its file is being replaced.
// They are texts and nothing else: interpreted, a credential would hold the frames that it was made in.
type kept struct {
	key      string
	options  []string
	previous []string // of the credential before; nil: there is none
	read     time.Time

	uses, older []use // the secrets that they came from
	named       bool
	insecure    bool
}

var (
	keptMu  sync.Mutex
	keptAll = make(map[string]*kept)
)

func keepReading(key string, r *reading, now time.Time) {
	k := &kept{key: r.key, options: freeze(append(r.config.Settings(), r.policy.Settings()...)), read: now}
	k.uses = r.uses
	k.older = r.older
	k.named = r.named
	k.insecure = r.insecure
	if r.before != nil {
		k.previous = freeze(r.before.Settings())
	}
	keptMu.Lock()
	defer keptMu.Unlock()
	if keptAll[key] == nil && len(keptAll) >= maxKept {
		oldest := ""
		for name, other := range keptAll {
			if oldest == "" || other.read.Before(keptAll[oldest].read) {
				oldest = name
			}
		}
		delete(keptAll, oldest)
	}
	keptAll[key] = k
}

func keptReading(key string, now time.Time) *kept {
	keptMu.Lock()
	defer keptMu.Unlock()
	if k := keptAll[key]; k != nil && now.Sub(k.read) < keptFor {
		return k
	}
	return nil
}

// restore makes a reading of kept options. Its stamps are those of no file, so that the files are read when they are
// whole.
func (s *source) restore(k *kept, stamps []stamp, now time.Time) (*reading, error) {
	r := &reading{key: k.key, uses: k.uses, older: k.older, named: k.named, insecure: k.insecure}
	var err error
	if r.config, err = signers.New(s.vendor); err != nil {
		return nil, err
	}
	if err = thaw(append(r.config.Settings(), r.policy.Settings()...), k.options); err != nil {
		return nil, err
	}
	c, err := s.buildCredential(r.config, r.policy, k.uses, now)
	if err != nil {
		return nil, err
	}
	c.bound = k.named && !k.insecure
	r.pair = join(c, nil)
	if k.previous != nil {
		if r.before, err = signers.New(s.vendor); err != nil {
			return nil, err
		}
		if err = thaw(r.before.Settings(), k.previous); err != nil {
			return nil, err
		}
		older, err := s.buildCredential(r.before, r.policy, k.older, now)
		if err != nil {
			return nil, err
		}
		older.bound = c.bound
		r.pair = join(c, older)
	}
	for _, known := range stamps {
		r.stamps = append(r.stamps, stamp{option: known.option, path: known.path})
	}
	return r, nil
}

// freeze turns settings into texts, and thaw back.
func freeze(settings []signers.Setting) []string {
	texts := make([]string, len(settings))
	for i, s := range settings {
		switch {
		case s.Text != nil:
			texts[i] = *s.Text
		case s.Number != nil:
			texts[i] = strconv.Itoa(*s.Number)
		case s.Flag != nil:
			texts[i] = strconv.FormatBool(*s.Flag)
		case s.List != nil:
			texts[i] = strings.Join(*s.List, "\n")
		}
	}
	return texts
}

func thaw(settings []signers.Setting, texts []string) error {
	if len(settings) != len(texts) {
		return errors.New("the options do not fit")
	}
	for i, s := range settings {
		switch {
		case s.Block != nil || texts[i] == "":
		case s.List != nil:
			*s.List = strings.Split(texts[i], "\n")
		default:
			if err := s.Set(texts[i]); err != nil {
				return err
			}
		}
	}
	return nil
}
