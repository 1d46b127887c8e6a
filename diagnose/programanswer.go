package diagnose

import (
	"strings"

	"github.com/vendorsign/vendorsign/signers"
	"github.com/vendorsign/vendorsign/signers/presets"
)

// programAnswer reads the vendor's answer by the preset's table of refusals, next to what the status
// means anywhere. The table says what the gateway reacts to; the general rules (answers.json) name
// causes. A status without words is marked as bare: a vendor may give the
// same one for a wrong date.
func programAnswer(p *presets.Preset, c *Case) answer {
	general := readAnswer("", c.Response)
	if c.Response == nil || general.kind == noAnswer || general.own {
		return general
	}
	refusal, worded := signers.RefusalOf(c.Response.Status), false
	for _, r := range p.Refusals {
		if (r.Status == 0 || r.Status == c.Response.Status || c.Response.Status == 0 && r.Contains != "") &&
			(r.Contains == "" || signers.Says(signers.Answer{Body: c.Response.Body}, strings.ToLower(r.Contains))) {
			refusal, worded = signers.Refusal(r.Means), r.Contains != ""
			break
		}
	}
	known := general
	if general.kind == replayed {
		return known
	}
	switch refusal {
	case signers.RefusedClock:
		known.kind = badDate
	case signers.RefusedDate:
		known.kind = badDateForm
	case signers.RefusedSignature:
		known.kind = badSignature
	case signers.RefusedKey:
		known.kind = badID
	case signers.RefusedRate:
		known.kind, known.cause, known.sure = rights, "rate_limited", true
	case signers.RefusedRights:
		if general.kind != rights {
			known.kind, known.cause, known.sure = rights, "not_permitted", false
		}
	// The table says that this is a refusal without a reason: a success, or a right that the status
	// suggests, does not count then.
	case signers.RefusedUnclear:
		if general.kind == accepted || general.cause == "not_permitted" || general.cause == "request_rejected" {
			known.kind, known.cause, known.sure = unclear, "", false
		}
	}
	if known.kind != rights {
		known.cause, known.sure, known.detail = "", false, ""
	}
	known.bare = !worded && c.Response.Status >= 400 && (known.cause == "not_permitted" || known.cause == "request_rejected")
	return known
}

// reword says in an answer what was signed and what should have been, in the labelled parts of the
// signer, and takes back what only a known window would prove. Both texts are missing where nothing is
// signed.
func (w *programmed) reword(d *diagnosis, f *Finding) {
	f.Right, f.Signed = nil, nil
	if w.unknownWindow && len(f.Causes) > 0 && d.matched && ClassOf(f.Causes[0]) == "E" {
		f.Proved = f.Proved && f.Causes[0] != "clock_off" && f.Causes[0] != "local_time"
		f.Explanation = strings.Replace(f.Explanation, ", and the vendor takes "+roughly(d.stamp.window)+" either way", "", 1)
		f.Explanation = strings.Replace(f.Explanation, "; the vendor takes "+roughly(d.stamp.window)+" either way", "", 1)
	}
	if d.secret == "" || d.token || w.right == nil {
		return
	}
	text := func(a *attempt) []signers.Part {
		if a == nil || a.signer == nil {
			return nil
		}
		parts, err := a.signer.Canonical(&a.m, &a.at)
		if err != nil {
			return nil
		}
		return parts
	}
	last := w.last
	f.Right = text(w.right())
	if d.matched {
		f.Signed = f.Right
	} else if f.Proved {
		f.Signed = text(last)
	}
}
