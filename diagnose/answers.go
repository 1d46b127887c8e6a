package diagnose

import (
	_ "embed"
	"regexp"
	"slices"

	"github.com/vendorsign/vendorsign/signers"
)

// answersJSON is what vendors' responses mean, in addition to what signers know (signers.Scheme.Answers): the first row
// that matches decides. What a row omits matches everything.
//
//go:embed answers.json
var answersJSON []byte

// answerRule is one meaning of a response.
type answerRule struct {
	Vendor    string
	Low, High int    // the status, from and to
	Code      int    // in the body's field code
	Is        string // page, failed or good: what the body is; known: what a signer knows
	Says      *regexp.Regexp

	Kind   answerKind
	Cause  string
	Sure   bool
	Detail string // what to say of the cause in place of its general sentence
	Source string
}

var answerRules = func() (all []answerRule) {
	parseTable("answers.json", answersJSON, &all)
	return all
}()

// knownKinds are what the refusals that signers know mean here.
var knownKinds = map[signers.Refusal]answerRule{
	signers.RefusedClock: {Kind: badDate}, signers.RefusedDate: {Kind: badDateForm}, signers.RefusedSignature: {Kind: badSignature},
	signers.RefusedKey: {Kind: badID}, signers.RefusedRights: {Kind: rights, Cause: "not_permitted"},
}

// meaning is the rule itself if it fits a response, or what it leads to; nil if it does not fit.
func (r *answerRule) meaning(vendor string, status int, b *answerBody) *answerRule {
	switch {
	case r.Vendor != "" && r.Vendor != vendor,
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

// errorsAllTheSame are refusals that may come with a success status.
var errorsAllTheSame = []signers.Refusal{signers.RefusedClock, signers.RefusedSignature}

var signText = regexp.MustCompile(`(?i)signature`)
