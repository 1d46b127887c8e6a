//go:build go1.21

package aws

import (
	"fmt"
	"net/url"
	"regexp"
	"strings"

	"github.com/vendorsign/vendorsign/signers"
	"github.com/vendorsign/vendorsign/signers/wire"
)

// actions are what a credential may be used for. Most of AWS's APIs are POST /, so paths say little
// about them: the option allow cannot tell GetItem from DeleteTable. It names actions and not what
// they act on.
type actions struct{ permitted *regexp.Regexp }

// actionPattern is what an entry of allow_actions looks like. Names of actions have letters and
// digits alone, so an entry needs no escaping in a regular expression.
var actionPattern = regexp.MustCompile(`^[A-Za-z0-9*]{1,128}$`)

// newActions compiles the patterns of allow_actions, in which * is any letters and digits.
// Describe* and GetFindings become ^(?:Describe[A-Za-z0-9]*|GetFindings)$. Letter case counts.
// Without patterns the result is nil, and any action is permitted. The text says what is wrong with
// a pattern.
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

// refuse applies what an operator denies beyond paths. Its errors wrap signers.ErrRights, which
// gateways answer with 403; those of requests that cannot be decoded wrap signers.ErrMessage. A
// request that names no action is refused too: otherwise leaving the name out would pass the list.
func refuse(s *signer, m *signers.Message) error {
	if !s.copies && copiesObject(m) {
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

// copiesObject reports whether a request names an object to copy. Such a PUT to a permitted path
// reads an object of any path, or of another bucket. In a query such a name is a header too:
// presigned URLs have headers there.
func copiesObject(m *signers.Message) bool {
	if len(m.Header["X-Amz-Copy-Source"]) > 0 {
		return true
	}
	return strings.Contains(m.Target, "?") && wire.WithoutParams(m.Target, copyNames) != m.Target
}

// copyNames is the parameter, as wire.WithoutParams takes names.
var copyNames = setOf([]string{"x-amz-copy-source"})

var (
	// operationPath is that of newer protocols (smithy-rpc-v2): /service/NAME/operation/NAME.
	operationPath = regexp.MustCompile(`(?i)/operation/+([^/]*)`)
	// unmarkedAction is Action in a body that does not say it is a form: a service may read it as one.
	unmarkedAction = regexp.MustCompile(`(?i)(?:^|[&;?\s])(?:a|%41|%61)(?:c|%43|%63)(?:t|%54|%74)` +
		`(?:i|%49|%69)(?:o|%4f|%6f)(?:n|%4e|%6e)\s*=([^&;\s]*)`)
)

// actionsOf are all that a service may take for the action: of the header (protocols awsJson), of
// the query or a form (awsQuery and ec2Query), and of the path (smithy-rpc-v2). All of them must be
// permitted, because services differ in which one counts. A body that cannot be read is refused,
// and so is a broken escape, which one server drops and another takes as text.
//
//	X-Amz-Target: DynamoDB_20120810.GetItem            GetItem
//	POST /?Action=A with the form Action=B             A, B
//	/service/X/operation/GetY                          GetY
//	the body "x Action=C&y" of no type                 C
func actionsOf(m *signers.Message) ([]string, error) {
	if encoding := header(m.Header, "Content-Encoding"); encoding != "" && !strings.EqualFold(encoding, "identity") && len(m.Body) > 0 {
		return nil, fmt.Errorf("aws: an encoded body may hide an action from allow_actions: %w", signers.ErrRights)
	}
	var asked []string
	// DynamoDB_20120810.GetItem: the action comes last.
	for _, value := range m.Header["X-Amz-Target"] {
		asked = append(asked, value[strings.LastIndexAny(value, ".#")+1:])
	}
	path, query, _ := strings.Cut(m.Target, "?")
	path, err := url.PathUnescape(path)
	if err != nil {
		return nil, errEscape
	}
	for _, found := range operationPath.FindAllStringSubmatch(path, -1) {
		asked = append(asked, found[1])
	}
	texts := []string{query}
	if strings.Contains(strings.ToLower(header(m.Header, "Content-Type")), "application/x-www-form-urlencoded") {
		texts = append(texts, string(m.Body))
	} else {
		// A body that is not called a form may be read as one by a service that ignores the type.
		for _, found := range unmarkedAction.FindAllSubmatch(m.Body, maxActions+1) {
			asked = append(asked, string(found[1]))
		}
	}
	for _, text := range texts {
		if strings.Count(text, "&")+strings.Count(text, ";") >= wire.MaxParameters {
			return nil, wire.ErrParameters("aws", len(texts) > 1)
		}
		// Some servers separate parameters at semicolons, too.
		for _, pair := range strings.Split(strings.ReplaceAll(text, ";", "&"), "&") {
			name, value, _ := strings.Cut(pair, "=")
			name, err := url.QueryUnescape(name)
			if err == nil {
				value, err = url.QueryUnescape(value)
			}
			if err != nil {
				return nil, errEscape
			}
			switch strings.ToLower(strings.TrimSpace(name)) {
			case "action":
				asked = append(asked, value)
			case "x-amz-target":
				asked = append(asked, value[strings.LastIndexAny(value, ".#")+1:])
			}
		}
	}
	if len(asked) > maxActions {
		return nil, fmt.Errorf("aws: the request names more than %d actions: %w", maxActions, signers.ErrMessage)
	}
	return asked, nil
}

// maxActions is how many actions a request may name. One would do, but some clients say the same in two places.
const maxActions = 100

// errEscape is the error of what cannot be decoded. It is made once and quotes nothing.
var errEscape = fmt.Errorf("aws: the path or a parameter has a %% that begins no escape: %w", signers.ErrMessage)
