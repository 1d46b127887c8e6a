package diagnose

import "regexp"

// answerRule is one meaning of a response. What is left out fits everything.
type answerRule struct {
	vendor    string
	low, high int    // the status, from and to
	code      int    // Duo's five digits
	is        string // page, failed or good: what the body is
	says      *regexp.Regexp

	kind  answerKind
	cause string
	sure  bool

	detail string // what to say of the cause in place of its general sentence
}

// What vendors say of a refusal, in any vendor's response.
var (
	replayText  = regexp.MustCompile(`(?i)\breplay|nonce.*(used|reuse|seen|duplicate|repeat)|(used|reuse|duplicate|repeat)\w* nonce`)
	dateText    = regexp.MustCompile(`(?i)time ?stamp|api date error|clock|\btime\b.*(range|skew|window)|request (has )?expired|date.*(range|invalid|expired)`)
	signText    = regexp.MustCompile(`(?i)signature`)
	expiredText = regexp.MustCompile(`(?i)expired|revoked|disabled|license`)
	addressText = regexp.MustCompile(`(?i)\bip\b|ip.?address|source address|network|allow.?list|white.?list`)
)

func says(pattern string) *regexp.Regexp { return regexp.MustCompile("(?i)" + pattern) }

// answerRules are what vendors' responses mean, from their documentation, their clients' code and public threads. The
// first rule that fits decides.
var answerRules = []answerRule{
	// What the status says with every vendor.
	{low: 429, high: 429, kind: rights, cause: "rate_limited", sure: true},
	{code: 42901, kind: rights, cause: "rate_limited", sure: true},
	{low: 200, high: 299, is: "page", kind: rights, cause: "login_redirect", sure: true},
	{low: 200, high: 299, is: "good", kind: accepted},
	{low: 200, high: 299, is: "failed", kind: rights, cause: "request_rejected", sure: true},
	{low: 300, high: 399, kind: rights, cause: "login_redirect", sure: true},
	{low: 404, high: 405, kind: rights, cause: "endpoint_unknown", sure: true},
	{low: 410, high: 410, kind: rights, cause: "endpoint_unknown", sure: true},
	{low: 407, high: 407, kind: rights, cause: "vendor_failure", sure: true},
	{low: 500, high: 999, kind: rights, cause: "vendor_failure", sure: true},
	{low: 403, high: 403, is: "page", kind: rights, cause: "vendor_failure", // APIs answer JSON
		detail: "a web page came in place of the API's answer: something before the vendor, such as a proxy, refused the request"},

	{vendor: "duo", low: 401, high: 401, is: "page", kind: rights, cause: "vendor_failure",
		detail: "a web page came in place of the API's answer: something before the vendor, such as a proxy, refused the request"},

	// duo.com/docs/adminapi, and what Duo's staff says in public: 40102 is also an application of another type, and
	// 40301 a missing permission unless its detail names the type.
	{vendor: "duo", code: 40101, kind: noCredential},
	{vendor: "duo", code: 40102, kind: badID},
	{vendor: "duo", code: 40103, kind: badSignature},
	{vendor: "duo", code: 40104, kind: badDateForm},
	{vendor: "duo", code: 40105, kind: badDate},
	{vendor: "duo", says: says(`wrong integration type`), kind: rights, cause: "wrong_key_type", sure: true},
	{vendor: "duo", code: 40301, kind: rights, cause: "not_permitted"},
	{vendor: "duo", says: says(`invalid signature`), kind: badSignature},
	{vendor: "duo", says: says(`bad request timestamp`), kind: badDate},
	{vendor: "duo", says: says(`missing request timestamp`), kind: badDateForm},
	{vendor: "duo", says: says(`invalid integration key|invalid identity`), kind: badID},
	{vendor: "duo", says: says(`missing request credentials`), kind: noCredential},
	{vendor: "duo", low: 403, high: 403, says: addressText, kind: rights, cause: "address_not_allowed", sure: true},
	{vendor: "duo", low: 403, high: 403, says: expiredText, kind: rights, cause: "key_expired", sure: true},
	{vendor: "duo", low: 403, high: 403, kind: rights, cause: "not_permitted"},
	{vendor: "duo", low: 401, high: 401, kind: unclear},
	{vendor: "duo", low: 400, high: 499, kind: rights, cause: "request_rejected", sure: true},

	// The vendor's page on common errors.
	{vendor: "threatconnect", says: signText, kind: badSignature},
	{vendor: "threatconnect", says: says(`acceptable time range`), kind: badDate},
	{vendor: "threatconnect", says: dateText, kind: badDate},
	{vendor: "threatconnect", says: says(`access denied`), kind: badID, cause: "not_permitted"},
	{vendor: "threatconnect", says: expiredText, kind: rights, cause: "key_expired", sure: true},
	{vendor: "threatconnect", low: 401, high: 401, kind: unclear},
	{vendor: "threatconnect", says: says(`unauthorized`), kind: unclear},

	// The texts that the vendor's connectors look for; the status is 400 or 401.
	{vendor: "darktrace", says: signText, kind: badSignature},
	{vendor: "darktrace", says: dateText, kind: badDate},
	{vendor: "darktrace", low: 401, high: 401, kind: unclear},

	// XSOAR 6 without a key that it knows asks for the cookies of a browser.
	{vendor: "cortex", low: 403, high: 403, says: says(`csrf|named cookie`), kind: unclear},

	// Carbon Black and Cortex, and what is left of the others.
	{low: 401, high: 401, says: replayText, kind: replayed},
	{low: 401, high: 401, says: dateText, kind: badDate},
	{low: 401, high: 401, says: expiredText, kind: rights, cause: "key_expired", sure: true},
	{low: 401, high: 401, kind: unclear},
	{low: 402, high: 402, kind: rights, cause: "key_expired", sure: true},
	{low: 403, high: 403, says: addressText, kind: rights, cause: "address_not_allowed", sure: true},
	{low: 403, high: 403, says: expiredText, kind: rights, cause: "key_expired", sure: true},
	{low: 403, high: 403, kind: rights, cause: "not_permitted", sure: true},
	{low: 400, high: 999, kind: rights, cause: "request_rejected", sure: true},
}

func (r *answerRule) fits(vendor string, status int, b *answerBody) bool {
	switch {
	case r.vendor != "" && r.vendor != vendor,
		r.high > 0 && (status < r.low || status > r.high),
		r.code != 0 && r.code != b.code,
		r.says != nil && !r.says.MatchString(b.text):
		return false
	}
	switch r.is {
	case "page":
		return b.html
	case "failed":
		return b.failed && b.code == 0 && !signText.MatchString(b.text)
	case "good":
		return !b.failed && !darktraceError.MatchString(b.text)
	}
	return true
}

var darktraceError = regexp.MustCompile(`API (SIGNATURE|DATE) ERROR`)
