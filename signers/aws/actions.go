//go:build go1.21

package aws

import (
	"fmt"
	"net/url"
	"regexp"
	"strings"

	"github.com/vendorsign/vendorsign/signers"
)

// actions are what a credential may be used for. Most of AWS' APIs are POST /, so paths say little about them.
type actions struct{ permitted *regexp.Regexp }

var actionPattern = regexp.MustCompile(`^[A-Za-z0-9*]{1,128}$`)

func newActions(patterns []string) (allowed *actions, fault string) {
	if len(patterns) == 0 {
		return nil, ""
	}
	var each []string
	for _, pattern := range patterns {
		if !actionPattern.MatchString(pattern) {
			return nil, "allow_actions must be names of actions, as in GetFindings or Describe*"
		}
		each = append(each, strings.ReplaceAll(pattern, "*", "[A-Za-z0-9]*"))
	}
	return &actions{permitted: regexp.MustCompile(`^(?:` + strings.Join(each, "|") + `)$`)}, ""
}

// refuse applies what an operator denies beyond paths.
func refuse(s *signer, m *signers.Message) error {
	if !s.copies && len(m.Header["X-Amz-Copy-Source"]) > 0 {
		return fmt.Errorf("aws: X-Amz-Copy-Source reads another object past allow, and needs copy_source allow: %w", signers.ErrRights)
	}
	if s.actions == nil {
		return nil
	}
	asked, err := actionsOf(m)
	if err != nil {
		return err
	}
	if len(asked) == 0 {
		return fmt.Errorf("aws: allow_actions permits only requests that name an action (X-Amz-Target, or Action in a query or form); "+
			"restrict others by allow: %w", signers.ErrRights)
	}
	for _, action := range asked {
		if !s.actions.permitted.MatchString(action) {
			return fmt.Errorf("aws: allow_actions does not permit this action: %w", signers.ErrRights)
		}
	}
	return nil
}

// actionsOf are all that a service may take for the action: of the header, the query, a form, and the path of newer protocols.
// All of them must be permitted, because services differ in which one counts.
func actionsOf(m *signers.Message) ([]string, error) {
	if header(m.Header, "Content-Encoding") != "" && len(m.Body) > 0 {
		return nil, fmt.Errorf("aws: a compressed body may hide an action from allow_actions: %w", signers.ErrRights)
	}
	var asked []string
	for _, value := range m.Header["X-Amz-Target"] {
		asked = append(asked, value[strings.LastIndexAny(value, ".#")+1:])
	}
	path, query, _ := strings.Cut(m.Target, "?")
	if i := strings.Index(path, "/operation/"); i >= 0 && strings.HasPrefix(path, "/service/") {
		asked = append(asked, path[i+len("/operation/"):])
	}
	asked, err := parameterActions(asked, query, true)
	if err != nil {
		return nil, err
	}
	// A service may read a form whatever its Content-Type is, but then a percent sign may be anything.
	isForm := strings.Contains(strings.ToLower(header(m.Header, "Content-Type")), "application/x-www-form-urlencoded")
	return parameterActions(asked, string(m.Body), isForm)
}

// parameterActions adds the values of parameters with the name Action, in any letter case and however they are escaped.
func parameterActions(asked []string, text string, strict bool) ([]string, error) {
	for _, pair := range strings.Split(strings.ReplaceAll(text, ";", "&"), "&") {
		name, value, _ := strings.Cut(pair, "=")
		decoded, err := url.QueryUnescape(name)
		if err == nil && strings.EqualFold(strings.TrimSpace(decoded), "action") {
			value, err = url.QueryUnescape(value)
			asked = append(asked, value)
		}
		if err != nil && strict {
			return nil, fmt.Errorf("aws: a parameter has a %% that begins no escape: %w", signers.ErrMessage)
		}
	}
	return asked, nil
}
