//go:build go1.21

package credentials

import (
	"errors"
	"os"
	"path/filepath"
	"regexp"
)

// auditName is the name of a file in the operator's folder: it cannot lead out of it, and is not hidden.
var auditName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$`)

// IsAuditName reports whether audit_file may have a value in Traefik.
func IsAuditName(name string) bool { return auditName.MatchString(name) }

// AuditFile returns the path of an audit_file in the operator's folder (VENDORSIGN_AUDIT_DIR): a label must not make the
// gateway write anywhere. The file need not exist. The errors are for the operator, and the folder must be there at load, so
// that the first event does not find it missing.
func (r References) AuditFile(name string) (string, error) {
	if !IsAuditName(name) {
		return "", errors.New("it must be the name of a file without a folder, of letters, digits, dots, hyphens and underscores")
	}
	if r.AuditDir == "" {
		return "", errors.New("audit files are kept only in the folder that " + varAuditDir + " names, and it is not set")
	}
	if info, err := os.Stat(r.AuditDir); !filepath.IsAbs(r.AuditDir) || err != nil || !info.IsDir() {
		return "", errors.New("the folder that " + varAuditDir + " names from the root is not there")
	}
	return filepath.Join(r.AuditDir, name), nil
}
