//go:build go1.21

package apps

import (
	"net/url"
	"strings"
	"time"

	"github.com/vendorsign/vendorsign/signers"
	"github.com/vendorsign/vendorsign/signers/wire"
)

// Blame is what a refusal comes down to: a class and a cause of docs/causes.md, the same words that `vendorsign diagnose`
// prints. For example {G, host_with_port}: the signature was made for another host.
type Blame struct{ Class, Cause string }

// blames are those of the reasons. Which mistake a wrong signature has, only a search tells: see why. A test compares them
// with those of package diagnose, which this package must not import.
var blames = map[string]Blame{
	Unsigned:  {"D", "header_not_sent"},
	Key:       {"F", "wrong_id"},
	Date:      {"E", "date_format"},
	Uncovered: {"D", "header_not_signed"},
	Body:      {"B", "body_signed_not_sent"},
	Signature: {"J", "unexplained"},
	Clock:     {"E", "clock_off"},
	Revoked:   {"K", "key_expired"},
	Replay:    {"I", "signature_reused"},
	Rights:    {"K", "not_permitted"},
	Rate:      {"K", "rate_limited"},
	Full:      {"K", "rate_limited"},
}

// BlameOf is what a refused request is blamed for, for the log and audit. The verdict must have a reason.
func BlameOf(verdict *Verdict) Blame {
	if verdict.Cause != "" {
		return Blame{Class: mistakes[verdict.Cause].class, Cause: verdict.Cause}
	}
	return blames[verdict.Reason]
}

// mistake is what why can find: the class of the cause, and what to say of it. The text follows the reason in the log.
type mistake struct{ class, says string }

// mistakes are by their causes. Each has guesses in guessesOf.
var mistakes = map[string]mistake{
	"host_with_port":         {"G", "it was made for the host with another port, or without one"},
	"host_differs":           {"G", "it was made for another host: localhost, or what X-Forwarded-Host says"},
	"host_case":              {"G", "it was made for the host in lower case"},
	"method_case":            {"A", "it was made for the method in lower case"},
	"method_changed":         {"D", "it was made for another method"},
	"query_sent_not_signed":  {"H", "it was made without the query"},
	"space_encoding":         {"A", "it was made for a query with + in place of %20"},
	"path_decoded":           {"A", "it was made for the decoded path"},
	"path_slash":             {"A", "it was made for the path with another slash at its end"},
	"path_prefix_not_signed": {"H", "it was made for the path without its first segment"},
	"body_not_signed":        {"B", "it was made without the body"},
	"body_line_end":          {"B", "it was made for the body without the line end after it"},
}

// guess is a request that may have been signed in place of the one that came. If its signature is the claim's, cause is the
// client's mistake.
type guess struct {
	cause                string
	method, host, target string
	body                 []byte
}

// guessesOf are those that clients and what is between them and the gateway are known to make. Their number depends on the
// request alone, and not on whether there is the key. For GET /a/b?x=1 at acme.internal:
//
//	host_with_port          acme.internal:443, :80, :8080, :8443
//	host_differs            localhost, and what X-Forwarded-Host says
//	method_case             get             method_changed          POST
//	query_sent_not_signed   /a/b            path_slash              /a/b/?x=1
//	path_prefix_not_signed  /b?x=1: a proxy added /a, or the gateway serves the vendor below it
func guessesOf(claim *signers.Claim, m *signers.Message) []guess {
	var all []guess
	add := func(cause, method, host, target string, body []byte) {
		// A guess that is the request itself has failed already. Bodies differ only in length here.
		if method != m.Method || host != m.Host || target != claim.Target || len(body) != len(m.Body) {
			all = append(all, guess{cause: cause, method: method, host: host, target: target, body: body})
		}
	}
	target := claim.Target
	bare := wire.WithoutPort(m.Host)
	for _, host := range []string{bare, bare + ":443", bare + ":80", bare + ":8080", bare + ":8443"} {
		add("host_with_port", m.Method, host, target, m.Body)
	}
	forwarded, _, _ := strings.Cut(m.Header.Get("X-Forwarded-Host"), ",")
	if forwarded = strings.TrimSpace(forwarded); forwarded != "" {
		add("host_differs", m.Method, forwarded, target, m.Body)
	}
	add("host_differs", m.Method, "localhost", target, m.Body)
	add("host_case", m.Method, strings.ToLower(m.Host), target, m.Body)
	add("method_case", strings.ToLower(m.Method), m.Host, target, m.Body)
	for _, method := range []string{"GET", "POST"} {
		add("method_changed", method, m.Host, target, m.Body)
	}
	path, query, asked := strings.Cut(target, "?")
	if asked {
		add("query_sent_not_signed", m.Method, m.Host, path, m.Body)
		add("space_encoding", m.Method, m.Host, path+"?"+strings.ReplaceAll(query, "%20", "+"), m.Body)
		query = "?" + query
	}
	if decoded, err := url.PathUnescape(path); err == nil {
		add("path_decoded", m.Method, m.Host, decoded+query, m.Body)
	}
	if strings.HasSuffix(path, "/") {
		add("path_slash", m.Method, m.Host, strings.TrimSuffix(path, "/")+query, m.Body)
	} else {
		add("path_slash", m.Method, m.Host, path+"/"+query, m.Body)
	}
	if at := strings.Index(strings.TrimPrefix(path, "/"), "/"); at >= 0 {
		add("path_prefix_not_signed", m.Method, m.Host, path[at+1:]+query, m.Body)
	}
	if len(m.Body) > 0 {
		add("body_not_signed", m.Method, m.Host, target, nil)
		add("body_line_end", m.Method, m.Host, target, []byte(strings.TrimRight(string(m.Body), "\r\n")))
	}
	return all
}

// why looks for the mistake that a wrong signature has: the cause that makes the signature come out, or nothing. All guesses
// are tried, whether one fits or not, with another app's key for one that no app has, so that the time tells nobody which keys
// there are. Only the current key is tried: a client with both a mistake and an old key is rare. It takes a proof for each
// guess, some dozen, and so is called once in ten seconds (whyDue).
func why(v *Verifier, claim *signers.Claim, m *signers.Message) string {
	t := v.table.Load().(*table)
	app := t.byKey[claim.Key]
	known := app != nil
	if app == nil {
		app = standIn(t, v.seed, claim.Key)
	}
	if app == nil {
		return ""
	}
	// proves takes the target from the claim. It is put back for the log.
	target := claim.Target
	guesses := guessesOf(claim, m)
	found := ""
	for i := range guesses {
		g := &guesses[i]
		own := *m
		own.Method = g.method
		own.Host = g.host
		own.Body = g.body
		claim.Target = g.target
		if proves(v, app.current, claim, &own, known) && found == "" {
			found = g.cause
		}
	}
	claim.Target = target
	return found
}

// eachWhy is how often a verifier looks for mistakes, which takes as long as some dozen signatures: forged signatures must
// not cost the gateway more than others. With explain every refusal is looked at.
const eachWhy = 10 * time.Second

// whyDue reports whether it is time to look for one. Of several requests at the same time only one gets true. A clock that
// was set back makes it due at once.
func whyDue(v *Verifier, now time.Time) bool {
	last := v.asked.Load()
	since := now.UnixNano() - last
	return (since < 0 || since >= int64(eachWhy)) && v.asked.CompareAndSwap(last, now.UnixNano())
}
