//go:build go1.21

package httpsig

import (
	"net/url"
	"strings"

	"github.com/vendorsign/vendorsign/signers"
	"github.com/vendorsign/vendorsign/signers/wire"
)

// Web Bot Auth is a profile of RFC 9421 for automated clients:
// draft-ietf-webbotauth-httpsig-protocol, which was draft-meunier-web-bot-auth-architecture. The
// draft moves, so the form of Signature-Agent is an option. A request has
//
//	Signature-Agent: sig1="https://bot.example"
//	Signature-Input: sig1=("@authority" "signature-agent";key="sig1");created=1767323045;keyid="<thumbprint>";
//	  alg="ed25519";expires=1767323105;nonce="<64 bytes>";tag="web-bot-auth"
//	Signature: sig1=:<base64>:
//
// each in one line. The base has the lines "@authority": api.example.com and
// "signature-agent";key="sig1": "https://bot.example".
func init() {
	signers.Register(signers.Scheme{
		Name:  "web_bot_auth",
		Title: "Web Bot Auth",
		Options: append(append([]signers.Option{}, keyOptions...), []signers.Option{
			{Name: "algorithm", Values: []string{"auto", "ed25519", "ecdsa-p256-sha256", "rsa-pss-sha512", "rsa-v1_5-sha256"}, Also: []string{"alg"},
				Doc: "How requests are signed; by default (auto) as the key suggests. Sites expect ed25519."},
			{Name: "signature_agent", Kind: signers.URL, Sample: "https://bot.example", Also: []string{"agent", "directory"},
				Doc: "The address of the site that shows the bot's public keys, as in https://bot.example; it is sent as Signature-Agent. Left " +
					"out: sites must know the key otherwise."},
			{Name: "signature_agent_form", Values: []string{"dictionary", "string"},
				Doc: "How Signature-Agent is written: dictionary (the default), or string for verifiers of the first drafts."},
			{Name: "signature_agent_key", Doc: "The key in the dictionary of Signature-Agent. By default the label."},
			{Name: "expires_in", Kind: signers.Duration, Default: "60s", Doc: "How long a signature is valid, as in 60s (the default)."},
			labelOption,
		}...),
		New:       newBot,
		PublicKey: publicKey,
	})
}

// newBot makes a signer of the profile: @authority and Signature-Agent are covered, keyid is the
// thumbprint by which sites find the key, and the tag is web-bot-auth. Method, path and body are
// not covered: the profile says who sends a request, and TLS protects the rest. A signature is
// therefore good for any path of the host until it expires, by default after a minute.
func newBot(v signers.Values) (signers.Signer, []signers.Fault) {
	s := &signer{vendor: "web_bot_auth", label: v.Text("label"), digest: "off", nonce: botNonce, isBot: true}
	k, faults := s.begin(v)
	add := func(option, text string) { faults = append(faults, fault(option, text)) }
	var text string
	if s.expires, text = lifetime(v.Text("expires_in")); text != "" {
		add("expires_in", text)
	}
	// @authority ties a signature to one site, which could otherwise use it at another one.
	s.components = []component{{kind: authorityPart, id: `"@authority"`, line: `"@authority": `}}
	s.ids = `"@authority"`
	option, member := s.setAgent(v)
	if option != "" {
		add(option, option+" "+member)
	}
	if len(faults) > 0 {
		return nil, faults
	}
	s.key = k
	// A verifier hashes the parameters in the order that Signature-Input has, so any order will do.
	s.parameters = []parameter{
		{text: ";created=", kind: createdParameter},
		{text: `;keyid="` + wire.Thumbprint(wire.PublicJWK(k.private)) + `";alg="` + nameOf(k.n) + `";expires=`, kind: expiresParameter},
		{text: ";nonce=", kind: nonceParameter},
		{text: `;tag="web-bot-auth"`, kind: constantParameter},
	}
	return s, nil
}

// botNonce is that of Cloudflare's client: 64 random bytes in base64, by which sites can refuse a
// second use of a signature.
const botNonce = "base64:64"

// setAgent sets Signature-Agent, or returns the option that is wrong and what it must be. It does
// nothing without signature_agent. In the dictionary's form only the member is covered, so another
// signer on the way can add one of its own.
func (s *signer) setAgent(v signers.Values) (string, string) {
	agent, name := v.Text("signature_agent"), v.Text("signature_agent_key")
	if agent == "" {
		if name != "" {
			return "signature_agent_key", "needs signature_agent"
		}
		return "", ""
	}
	if u, err := url.Parse(agent); err != nil || unsafeText(agent) || u.RawQuery != "" || u.Fragment != "" {
		return "signature_agent", "must be a URL such as https://bot.example"
	}
	// The address is a string of RFC 9651, with its quotes, in both forms.
	id := `"signature-agent"`
	s.agent = quoted(agent)
	if v.Text("signature_agent_form") == "dictionary" {
		if name == "" {
			name = s.label
		}
		if !labelForm.MatchString(name) {
			return "signature_agent_key", "must be a lower-case letter, then letters, digits, dashes, dots and underscores"
		}
		id += `;key="` + name + `"`
		s.agent = name + "=" + quoted(agent)
	} else if name != "" {
		return "signature_agent_key", "needs signature_agent_form dictionary"
	}
	s.components = append(s.components, component{kind: constant, id: id, line: id + ": ", text: quoted(agent)})
	s.ids += " " + id
	return "", ""
}

// publicKey is the entry of a key in a key directory
// (draft-ietf-webbotauth-http-message-signatures-directory): its public half, with the thumbprint
// that signatures name it by. For an Ed25519 key it is
//
//	{"crv":"Ed25519","kty":"OKP","x":"...","kid":"<thumbprint>","use":"sig"}
//
// The command keys prints a directory of these.
func publicKey(v signers.Values) (string, []signers.Fault) {
	k, _, faults := newKey(v, algorithms[v.Text("algorithm")], newSHA256, v.Text("algorithm"))
	if len(faults) > 0 {
		return "", faults
	}
	public := wire.PublicJWK(k.private)
	return strings.TrimSuffix(public, "}") + `,"kid":"` + wire.Thumbprint(public) + `","use":"sig"}`, nil
}
