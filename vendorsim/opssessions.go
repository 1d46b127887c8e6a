package vendorsim

import (
	"crypto/rand"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// maxSessions bounds the memory for sessions. Beyond it the oldest are forgotten, that is, refused.
const maxSessions = 1024

// session is a token that was issued, or is being issued by several steps, with what came with it. sessions.mu protects it,
// except for the map values, which is replaced and not changed.
type session struct {
	values  map[string]string // token and token.NAME
	steps   int               // that were done
	expires time.Time         // not zero
	idle    time.Duration     // 0: use does not matter
	seen    time.Time         // its last use
	ended   bool              // by a logout, or a newer session
}

// over reports whether a session has ended, expired, or been left unused for too long. The caller holds the lock of sessions.
func (s *session) over(now time.Time) bool {
	return s.ended || !now.Before(s.expires) || s.idle > 0 && !now.Before(s.seen.Add(s.idle))
}

// sessions are those of one vendor, the oldest first. They are safe for concurrent use.
type sessions struct {
	mu  sync.Mutex
	all []*session
}

// find returns the newest session that has one of these texts and is at a step; over says that it may not be used any more.
// No texts fit every session, for vendors that do not say in a step which session it belongs to.
func (s *sessions) find(texts []string, steps int, now time.Time) (found *session, over bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, own := range slices.Backward(s.all) {
		// A token counts once its last step is done, and not before.
		if own.steps != steps || len(texts) > 0 && !own.has(texts) {
			continue
		}
		if !own.over(now) {
			return own, false
		}
		found, over = own, true
		if len(texts) > 0 {
			break
		}
	}
	return found, over
}

// has reports whether one of the texts is a value of the session. All are compared, so that the time does not tell
// which one is close.
func (s *session) has(texts []string) bool {
	has := false
	for _, value := range s.values {
		for _, text := range texts {
			if same(value, text) {
				has = true
			}
		}
	}
	return has
}

// fulfil puts what an answer hands out into a session; nil is a new one. It returns the session's values as they were told.
// replaces says that a new session ends all others.
func (s *sessions) fulfil(own *session, takes []take, life, idle time.Duration, replaces bool, now time.Time) map[string]string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if own == nil {
		own = &session{values: map[string]string{}}
		// The oldest goes, which a client notices as the end of its session.
		if len(s.all) >= maxSessions {
			s.all = slices.Delete(s.all, 0, 1)
		}
		// The vendor keeps one session: a second gateway that logs in ends that of the first.
		if replaces {
			for _, other := range s.all {
				other.ended = true
			}
		}
		s.all = append(s.all, own)
	}
	own.steps++
	own.expires, own.idle, own.seen = now.Add(life), idle, now
	// Each part of the answer gets a random text of its own, so that a client which confuses two of them is found
	// out. A lifetime is not random.
	told := map[string]string{}
	values := maps.Clone(own.values) // a new map: requests read the old one
	for _, t := range takes {
		// handOut writes a lifetime by itself.
		if strings.HasPrefix(t.name, "expires") {
			continue
		}
		name := strings.Replace(t.name, "more.", "token.", 1)
		if told[name] == "" {
			told[name] = "simulated-" + rand.Text()
		}
		values[name] = told[name]
	}
	own.values = values
	return told
}

// valuesOf are the values of a session. The map is not changed any more: fulfil makes a new one.
func (s *sessions) valuesOf(own *session) map[string]string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return own.values
}

// use notes that a session was used, for its idle time.
func (s *sessions) use(own *session, now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	own.seen = now
}

// end logs a session out.
func (s *sessions) end(own *session) {
	s.mu.Lock()
	defer s.mu.Unlock()
	own.ended = true
}

// handOut writes the answer of a token service in which takes find what they look for: at a path of JSON, in a header, in a
// cookie, or as the whole body.
func handOut(takes []take, told map[string]string, life time.Duration, now time.Time) *Answer {
	document := map[string]any{}
	a := newAnswer(http.StatusOK, "", document)
	a.Header.Set("Cache-Control", "no-store")
	var whole any
	for _, t := range takes {
		value := any(told[strings.Replace(t.name, "more.", "token.", 1)])
		switch t.name {
		case "expires_in":
			value = int(life / time.Second)
		case "expires_at":
			value = now.Add(life).UTC().Format(time.RFC3339)
		}
		text, _ := value.(string)
		switch t.from {
		case "header":
			a.Header.Set(t.path, text)
		case "cookie":
			a.Header.Add("Set-Cookie", t.path+"="+text+"; Path=/; HttpOnly")
		case "body":
			a.Body = []byte(text)
			a.Header.Set("Content-Type", "text/plain; charset=utf-8")
			return a
		default:
			if t.path == "" {
				whole = value
				continue
			}
			put(document, t.path, value)
		}
	}
	body := newAnswer(http.StatusOK, "", document)
	if whole != nil {
		body = newAnswer(http.StatusOK, "", whole)
	}
	a.Body = body.Body
	return a
}

// put sets a value at a path of names with dots between: data.access.token -> {"data": {"access": {"token": value}}}.
func put(document map[string]any, path string, value any) {
	name, rest, deeper := strings.Cut(path, ".")
	if !deeper {
		document[name] = value
		return
	}
	inner, ok := document[name].(map[string]any)
	if !ok {
		inner = map[string]any{}
		document[name] = inner
	}
	put(inner, rest, value)
}
