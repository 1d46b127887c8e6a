//go:build go1.21

package outbound

import (
	"net/http"
	"strings"

	"github.com/vendorsign/vendorsign/signers"
)

// Rights are what somebody may request, in addition to what the credential may: entries as in the option allow.
type Rights struct {
	list       rules
	conditions []conditional
}

// NewRights reads entries as in the option allow. Without any, everything is permitted, and the rights are nil.
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

// Permit refuses what is not among the rights.
func Permit(a *Rights, r *http.Request, m *signers.Message) *Problem {
	if a == nil {
		return nil
	}
	path, _, _ := strings.Cut(m.Target, "?")
	return admitAllowed(a.list, a.conditions, r, m, path)
}

// RatePaths makes the matcher of a rate's paths, for limits.ParseRates.
func RatePaths(patterns string) (func(path string) bool, error) { return ratePaths(patterns) }
