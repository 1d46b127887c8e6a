// Package caddyplugin signs requests to security vendors' APIs in Caddy: for each vendor a handler directive
// (duo_sign) that works beside any reverse_proxy, and a transport of the same name that signs each attempt at the last
// moment. It only translates: a Caddyfile or JSON to a signer, a request to a message, a refusal to a response.
package caddyplugin

import (
	"strings"

	"github.com/caddyserver/caddy/v2"
	"go.uber.org/zap"

	"github.com/vendorsign/vendorsign/outbound"
	"github.com/vendorsign/vendorsign/signers"
)

// signing is what all modules share at run time: the gate that the configuration became.
type signing struct {
	vendor string
	gate   *outbound.Gate
	logger *zap.Logger

	explainHeader bool
}

// explanationHeader tells trusted developers why the vendor refused.
const explanationHeader = "Vendorsign-Explanation"

// provision builds the gate. config and policy must be copies of the module's own: the secrets end up in them.
func (s *signing) provision(ctx caddy.Context, vendor string, config signers.Config, policy outbound.Policy) error {
	s.vendor, s.logger = vendor, ctx.Logger()
	for _, setting := range config.Settings() {
		if setting.Secret && *setting.Text != "" && !strings.Contains(*setting.Text, "{") {
			s.logger.Warn("the secret stands in the configuration itself, where the admin API shows it; use {file./path} or {env.NAME}",
				zap.String("option", setting.Name))
		}
	}
	gate, err := outbound.Build(vendor, config, &policy, resolver())
	if err != nil {
		return err
	}
	gate.OnWrongUpstream = func(reason string) {
		s.logger.Error("connection closed before the credential was sent", zap.String("signer", vendor), zap.String("reason", reason))
	}
	gate.OnNews = func(news string) { s.logger.Warn(news, zap.String("signer", vendor)) }
	s.gate, s.explainHeader = gate, policy.ExplainHeader
	return nil
}

// learn takes what the vendor's answer tells, and explains refusals in the log.
func (s *signing) learn(a outbound.Answer) *outbound.Explanation {
	e := s.gate.Learn(a)
	if e != nil && s.gate.Loud() {
		s.logger.Warn("the vendor refused a signed request", zap.String("signer", s.vendor), zap.Int("status", a.Status),
			zap.String("class", e.Class), zap.String("refusal", string(e.Refusal)), zap.String("explanation", e.Text))
	}
	return e
}

// resolver resolves {env.NAME} and {file./path} as every gateway does, which tells an empty value from an unreadable
// one, and leaves the other placeholders to Caddy.
func resolver() func(string) (string, error) {
	var references outbound.References
	replacer := caddy.NewReplacer()
	return func(value string) (string, error) {
		if references.Is(value) {
			return references.Value(value)
		}
		return replacer.ReplaceOrErr(value, true, true)
	}
}
