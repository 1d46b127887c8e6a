package vendorsim

import (
	"net/http"
	"time"
)

func init() {
	vendors["web_bot_auth"] = entry{
		make: newBot,
		demo: map[string]map[string]string{
			"":       {"private_key": demoKey, "signature_agent": "https://not-a-bot.example"},
			"string": {"private_key": demoKey, "signature_agent": "https://not-a-bot.example", "signature_agent_form": "string"},
		},
	}
}

// bot verifies Web Bot Auth as a site does: draft-ietf-webbotauth-httpsig-protocol, sections 4.2 and 4.3. tag is
// web-bot-auth, keyid the thumbprint of the key (RFC 7638), @authority or @target-uri is covered, created and expires are
// there, and a Signature-Agent that arrives is covered.
//
//	Signature-Agent: agent1="https://bot.example"
//	Signature-Input: sig1=("@authority" "signature-agent";key="agent1");created=1700000000;expires=1700000060;
//	                 keyid="<thumbprint>";tag="web-bot-auth"
//
// The draft recommends nonces and lives of at most a day. Here a nonce may be missing but is good once, for a day, and a life
// is as long as it says.
type bot struct {
	key              verifyKey
	algorithm, label string
	agent, form      string
	agentKey         string
	used             *nonces
}

// newBot reads the bot's key, which must have a public half, and how its Signature-Agent is written.
func newBot(o *options, _ *Config) vendor {
	o.ignore("expires_in")
	v := &bot{key: readVerifyKey(o), label: o.optional("label", " ="), agent: o.optional("signature_agent", `"`),
		form: o.choice("signature_agent_form", "dictionary", "string"), agentKey: o.optional("signature_agent_key", " ="),
		used: newNonces(maxNonces)}
	v.algorithm = v.key.algorithm(o)
	if v.algorithm == verifyHMAC {
		o.fail("shared_secret is of no use: a site has the bot's public key")
	}
	return v
}

// owns are the three headers of the draft.
func (v *bot) owns() []string { return []string{"signature", "signature-input", "signature-agent"} }

func (v *bot) refuse(reason string) *Answer { return messageRefusal("invalid_signature", reason) }

// judge reads the claim as messages does, and checks it by the draft's own demands.
func (v *bot) judge(r *Request, now time.Time) *Answer {
	c, reason := readMessageClaim(r, v.label)
	if reason != "" {
		return v.refuse(reason)
	}
	kind, reason := v.check(c, r, now)
	if reason != "" {
		return messageRefusal(kind, reason)
	}
	return newAnswer(http.StatusOK, "", map[string]any{"simulated": echo("web_bot_auth", v.algorithm+" by Web Bot Auth", r)})
}

// check follows the steps of section 4.3: what the signature must say and cover, the Signature-Agent, the signature,
// then time and nonce, which only a right signature vouches for.
func (v *bot) check(c *messageClaim, r *Request, now time.Time) (kind, reason string) {
	switch {
	case c.tag != "web-bot-auth":
		return "invalid_signature", "tag is not web-bot-auth"
	case c.keyID == "":
		return "missing_parameter", "the signature does not have the parameter keyid"
	case !same(c.keyID, v.key.thumbprint()):
		return "unknown_key", "keyid is not the thumbprint of the bot's key"
	case c.algorithm != "" && c.algorithm != v.algorithm:
		return "invalid_algorithm", "alg is not the algorithm of this key"
	case c.created.IsZero() || c.expires.IsZero():
		return "missing_parameter", "the signature does not have both created and expires"
	case !c.covers(sfItem{value: "@authority"}) && !c.covers(sfItem{value: "@target-uri"}):
		return "missing_component", "the signature covers neither @authority nor @target-uri"
	}
	if reason := v.checkAgent(c, r); reason != "" {
		return "invalid_signature_agent", reason
	}
	if reason := c.checkSignature(v.key, v.algorithm, r); reason != "" {
		return "invalid_signature", reason
	}
	return c.checkFresh(v.used, now)
}

// checkAgent reads Signature-Agent: a dictionary whose member is covered or, in the first drafts, one text that is covered whole.
func (v *bot) checkAgent(c *messageClaim, r *Request) string {
	value := header(r.Header, "Signature-Agent")
	switch {
	case !hasHeader(r.Header, "Signature-Agent") && v.agent == "":
		return ""
	case !hasHeader(r.Header, "Signature-Agent"):
		return "Signature-Agent did not arrive"
	case v.agent == "":
		return "a Signature-Agent arrived, and this bot has none"
	}
	// In the first drafts the header was one text.
	if v.form == "string" {
		items, ok := sfMembers(value, false)
		if !ok || len(items) != 1 {
			return "Signature-Agent is not one text in quotes"
		}
		return v.checkDirectory(c, items[0].sfItem, sfItem{value: "signature-agent"})
	}
	members, ok := sfMembers(value, true)
	if !ok {
		return "Signature-Agent is not a dictionary"
	}
	if len(members) != 1 || v.agentKey != "" && members[0].key != v.agentKey {
		return "Signature-Agent does not have the one member that it should have"
	}
	return v.checkDirectory(c, members[0].sfItem, sfItem{"signature-agent", []sfParam{{"key", members[0].key}}})
}

// checkDirectory compares the address of the bot's key directory with the known one, and makes sure that the
// signature covers it. Nothing is fetched.
func (v *bot) checkDirectory(c *messageClaim, claimed, component sfItem) string {
	address, ok := claimed.value.(string)
	switch {
	case !ok:
		return "the address in Signature-Agent is not a text in quotes"
	case !same(address, v.agent):
		return "Signature-Agent is wrong"
	case !c.covers(component):
		return "the signature does not cover signature-agent"
	}
	return ""
}
