package diagnose

import (
	_ "embed"
	"regexp"
	"slices"

	"github.com/vendorsign/vendorsign/signers"
)

// answersJSON is what vendors' responses mean, in addition to what signers know
// (signers.Scheme.Answers): the first row that matches decides. What a row omits matches everything.
//
//	{"low": 403, "high": 403, "says": "(?i)expired|revoked|disabled|license",
//	 "kind": "rights", "cause": "key_expired", "sure": true, "source": "..."}
//
// The row {"is": "known"} means all that signers know. Rows above it overrule that, rows below it
// are asked only if signers know nothing. What the gateway itself must react to, such as a refused
// clock, belongs into Answers of the scheme, not here.
//
//go:embed answers.json
var answersJSON []byte

// answerRule is one row: what must hold of a response, and what it means then.
type answerRule struct {
	Vendor string
	// The status, from and to. High 0: any status.
	Low, High int
	// The number in the body's field code. 0: any.
	Code int
	// What the body is: page (a web page), failed (it says that the call failed, without a code of its
	// own), good (it does not). known: the row means what signers know.
	Is string
	// A pattern in the text of the body. nil: any.
	Says *regexp.Regexp
	// The kind of a gateway's own answer, or any. Empty: whoever answered.
	Problem string

	Kind  answerKind
	Cause string
	Sure  bool
	Final bool // see answer
	// What to say of the cause instead of its general sentence.
	Detail string
	// What to do about it, likewise.
	Fix string
	// Where the meaning is documented. A test wants one for each row.
	Source string
}

// answerRules are the rows in their order, which counts.
var answerRules = func() (all []answerRule) {
	parseTable("answers.json", answersJSON, &all)
	return all
}()

// knownKinds are what the refusals that signers know mean here. Those that are missing, such as
// RefusedRate, are left to the rows for statuses.
var knownKinds = map[signers.Refusal]answerRule{
	signers.RefusedClock: {Kind: badDate}, signers.RefusedDate: {Kind: badDateForm}, signers.RefusedSignature: {Kind: badSignature},
	signers.RefusedKey: {Kind: badID}, signers.RefusedRights: {Kind: rights, Cause: "not_permitted"},
}

// meaning is the rule itself if it fits a response, or what it leads to; nil if it does not fit.
//
// A body that says "failed" and speaks of a signature is left to the rows with words, even with a
// success status.
func (r *answerRule) meaning(vendor string, status int, b *answerBody) *answerRule {
	switch {
	case r.Problem != "" && (b.problem == "" || r.Problem != "any" && r.Problem != b.problem),
		r.Vendor != "" && r.Vendor != vendor,
		r.High > 0 && (status < r.Low || status > r.High),
		r.Code != 0 && r.Code != b.code,
		r.Says != nil && !r.Says.MatchString(b.text),
		r.Is == "page" && !b.html,
		r.Is == "failed" && (!b.failed || b.code != 0 || signText.MatchString(b.text)),
		r.Is == "good" && (b.failed || slices.Contains(errorsAllTheSame, knownRefusal(vendor, b))):
		return nil
	case r.Is != "known":
		return r
	}
	if rule, ok := knownKinds[knownRefusal(vendor, b)]; ok {
		return &rule
	}
	return nil
}

// errorsAllTheSame are refusals that may come with a success status. Of all others the status is
// believed.
var errorsAllTheSame = []signers.Refusal{signers.RefusedClock, signers.RefusedSignature}

// signText marks a failed body as one about the signature or the credential, for which the rows with words are better.
var signText = regexp.MustCompile(`(?i)signature|\bauth|_auth\b|unauthorized|credential|access.?key|token`)
