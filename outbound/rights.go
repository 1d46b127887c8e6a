//go:build go1.21

package outbound

import (
	"net/http"
	"strings"

	"github.com/vendorsign/vendorsign/signers"
)

// Rights are what somebody may request, in addition to what the credential may: entries as in the option allow. They never
// change. Package apps makes them for its apps; the gate compares a request with them once more when it is sent.
type Rights struct {
	list       rules
	conditions []conditional
}

// NewRights reads entries as in the option allow. Without any, everything is permitted, and the rights are nil. The error is
// that of allow.
func NewRights(entries []string) (*Rights, error) {
	if len(entries) == 0 {
		return nil, nil
	}
	list, conditions, err := newAllow(entries)
	if err != nil {
		return nil, err
	}
	return &Rights{list: list, conditions: conditions}, nil
}

// Permit refuses what is not among the rights: nil, or a problem as for allow (403, or 400 for a path that servers read
// differently). Of r it only looks at the body and its type, for entries with parameters.
func Permit(a *Rights, r *http.Request, m *signers.Message) *Problem {
	if a == nil {
		return nil
	}
	path, _, _ := strings.Cut(m.Target, "?")
	return admitAllowed(a.list, a.conditions, r, m, path)
}
