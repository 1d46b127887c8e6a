package diagnose

import (
	"encoding/base64"
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"time"
)

// claimsOf reads a JWT (RFC 7519) without verifying it: only who issued it can do that, and for what
// was sent by mistake that does not matter. Numbers stay json.Number, since a float would round large
// ones. ok is false for anything but three parts in base64url of which the first two are JSON.
func claimsOf(token string) (header, claims map[string]any, ok bool) {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return nil, nil, false
	}
	for i, into := range []*map[string]any{&header, &claims} {
		data, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(parts[i], "="))
		if err != nil {
			return nil, nil, false
		}
		d := json.NewDecoder(strings.NewReader(string(data)))
		d.UseNumber()
		if d.Decode(into) != nil {
			return nil, nil, false
		}
	}
	return header, claims, true
}

// jwt looks into a token that is a JWT. nil for an opaque token, which is as good as any. An encrypted
// JWT has five parts (RFC 7516) and cannot be read either.
func (b *bearer) jwt(token string) *mistake {
	if own := b.ownToken(); own != nil {
		if m := own.judge(token); m != nil {
			return m
		}
	}
	_, claims, ok := claimsOf(token)
	parts := strings.Count(token, ".") + 1
	switch {
	case !ok && strings.HasPrefix(token, "eyJ") && parts != 5 && b.Response != nil: // five: an encrypted one
		return &mistake{"secret_cut", "the token begins like a JWT but is not one: a part of it is missing", false}
	case !ok:
		return nil
	case strings.HasSuffix(token, "."):
		return &mistake{"secret_cut", "the token is a JWT without its signature", false}
	}
	var guessed *mistake // a token that is over now may have been good when it was sent: what is sure counts more
	for _, look := range []func(map[string]any) *mistake{b.times, b.kindOf, b.client, b.tenant, b.audience, b.scopes} {
		if m := look(claims); m != nil && m.proved {
			return m
		} else if guessed == nil {
			guessed = m
		}
	}
	return guessed
}

// leeway is what most libraries allow the clocks of two machines to differ. It counts for nbf and iat
// only: exp is compared without it.
const leeway = time.Minute

// times judges exp, nbf and iat. The time of a question is later than the request: what is not good yet
// then was not before, but what is over then may have been good. Such an expiry counts only if the
// vendor refused the token with 401, and is not proved.
func (b *bearer) times(claims map[string]any) *mistake {
	now := b.clock.now
	if now.IsZero() {
		return nil
	}
	if exp, ok := claimTime(claims, "exp"); ok && !now.Before(exp) {
		if b.clock.weak && (b.Response == nil || b.Response.Status != 401) {
			return nil
		}
		return &mistake{"token_expired", "the token expired at " + exp.UTC().Format(time.RFC3339) + ", by its own exp, " +
			now.Sub(exp).Round(time.Second).String() + " before " + b.moment(), !b.clock.weak}
	}
	for _, name := range []string{"nbf", "iat"} {
		if from, ok := claimTime(claims, name); ok && from.After(now.Add(leeway)) {
			return &mistake{"token_not_yet", "the token is not good before " + from.UTC().Format(time.RFC3339) + ", by its own " + name + ", " +
				from.Sub(now).Round(time.Second).String() + " after " + b.moment(), !b.clock.weak}
		}
	}
	return nil
}

// moment names the time that the claims were compared with.
func (b *bearer) moment() string {
	if b.clock.weak {
		return "this question"
	}
	return "the request"
}

// claimTime is a claim that is a NumericDate (RFC 7519, 2), seconds since 1970. Above 1e11 it is
// milliseconds or nonsense, and is not judged.
func claimTime(claims map[string]any, name string) (time.Time, bool) {
	number, _ := claims[name].(json.Number)
	seconds, err := number.Float64()
	if err != nil || seconds <= 0 || seconds > 1e11 {
		return time.Time{}, false
	}
	return time.Unix(int64(seconds), 0), true
}

// kindOf finds ID tokens, which are for the client itself, and refresh tokens. Cognito marks the former
// with token_use, Keycloak both with typ; elsewhere an ID token has the client as its audience and the
// nonce of a login.
func (b *bearer) kindOf(claims map[string]any) *mistake {
	id := b.Options["client_id"]
	switch {
	case claims["token_use"] == "id", claims["typ"] == "ID", id != "" && slices.Contains(textsOf(claims["aud"]), id) && claims["nonce"] != nil:
		return &mistake{"token_kind", "an ID token was sent: it says to the client who signed in, and opens no API", true}
	case claims["typ"] == "Refresh":
		return &mistake{"token_kind", "a refresh token was sent: it is traded for an access token at the token service", true}
	}
	return nil
}

// client compares the client that the token was issued to with the configured one. Which claim has it
// depends on the issuer; the first that is there decides.
func (b *bearer) client(claims map[string]any) *mistake {
	id := b.Options["client_id"]
	if id == "" {
		return nil
	}
	for _, name := range tokenTable.Clients {
		switch got, ok := claims[name].(string); {
		case !ok:
		case !strings.EqualFold(got, id):
			return &mistake{"wrong_id", "the token was issued to another client than the configured one (its " + name + ")", true}
		default:
			return nil
		}
	}
	return nil
}

// tenant compares the tenant of the token with the configured one, and its issuer with the host. A
// configured tenant that is a name and no UUID cannot be compared with the claim.
func (b *bearer) tenant(claims map[string]any) *mistake {
	if tenant := b.Options[b.facts.TenantOption]; b.facts.Tenant != "" && uuidText.MatchString(tenant) {
		if got, ok := claims[b.facts.Tenant].(string); ok && !strings.EqualFold(got, tenant) {
			return &mistake{"token_tenant", "the token belongs to another tenant than the configured one (its " + b.facts.Tenant + ")", true}
		}
	}
	issuer, _ := claims["iss"].(string)
	if u, err := url.Parse(issuer); err == nil && b.facts.IssuerIsHost && u.Host != "" && !strings.EqualFold(u.Host, b.Request.Host) {
		return &mistake{"token_tenant", "the token was issued by " + shownText(u.Host) + ", and sent to " + shownText(b.Request.Host), true}
	}
	return nil
}

// audience compares aud with what the vendor's tokens have, or with the configured audience. An
// audience of the same vendor but another of its clouds is token_cloud, any other is token_audience. A
// slash at the end and the letter case do not count.
func (b *bearer) audience(claims map[string]any) *mistake {
	got := textsOf(claims["aud"])
	wanted := b.facts.Audiences
	if audience := b.Options["audience"]; audience != "" {
		wanted = []string{audience}
	}
	if len(got) == 0 || len(wanted) == 0 {
		return nil
	}
	for _, text := range got {
		text = strings.TrimSuffix(text, "/")
		if !slices.ContainsFunc(wanted, func(w string) bool { return strings.EqualFold(strings.TrimSuffix(w, "/"), text) }) {
			continue
		}
		u, err := url.Parse(text)
		if err == nil && b.facts.AudienceIsHost && u.Host != "" && !strings.EqualFold(u.Host, b.Request.Host) &&
			slices.Contains(b.hosts, strings.ToLower(b.Request.Host)) {
			return &mistake{"token_cloud",
				"the token is for " + shownText(u.Host) + " (its aud), and was sent to " + shownText(b.Request.Host), true}
		}
		return nil
	}
	return &mistake{"token_audience", "the token is for " + shownText(strings.Join(got, ", ")) + " (its aud), and not for this API", true}
}

// scopes compares what the token may do with what the configuration asks for. It counts only where the
// vendor refuses the call for want of a right (403): scopes that a call does not need may be missing. A
// scope that ends in /.default (Microsoft) means all that were granted, and is no name in the
// token.
func (b *bearer) scopes(claims map[string]any) *mistake {
	if b.Response == nil || b.Response.Status != 403 {
		return nil
	}
	var has []string
	named := false
	for _, name := range tokenTable.Scopes {
		if _, ok := claims[name]; ok {
			named = true
		}
		for _, text := range textsOf(claims[name]) {
			has = append(has, strings.Fields(text)...)
		}
	}
	scope := strings.FieldsFunc(b.Options["scope"], func(r rune) bool { return r == ' ' || r == ',' })
	for _, want := range scope {
		if named && !strings.HasSuffix(want, "/.default") && !slices.Contains(has, want) {
			return &mistake{"token_scope", "the token lacks the scope " + shownText(want) + ", which the configuration asks for", false}
		}
	}
	if len(has) == 0 && (named || len(b.facts.Audiences) > 0) {
		return &mistake{"token_scope", "the token has no scope and no role at all", false}
	}
	return nil
}

// textsOf are the texts of a claim, which may be one or a list (RFC 7519, 4.1.3).
func textsOf(claim any) (texts []string) {
	switch claim := claim.(type) {
	case string:
		texts = append(texts, claim)
	case []any:
		for _, one := range claim {
			if text, ok := one.(string); ok {
				texts = append(texts, text)
			}
		}
	}
	return texts
}

// shownText is a text of a token as people may see it: it is somebody else's, and may hold anything. At
// most 100 characters, and no blanks, quotes or control characters, with which it could pass for a part
// of our sentence or steer a terminal.
func shownText(text string) string {
	text = strings.Map(func(r rune) rune {
		if r <= ' ' || r >= 0x7f || r == '"' {
			return '?'
		}
		return r
	}, strings.ReplaceAll(text, ", ", ","))
	if len(text) > 100 {
		text = text[:100] + "..."
	}
	return text
}
