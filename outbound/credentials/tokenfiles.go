//go:build go1.21

package credentials

import (
	"errors"
	"io"
	"os"
	"path/filepath"
)

// Authority reads a file in PEM of at most 1 MiB, such as that of token_ca: bundles of certificates are larger than secrets.
// Where it may be is restricted as for secrets.
func (r References) Authority(path string) ([]byte, error) {
	// The same way as for secrets, with its checks of what was opened.
	f, err := r.open(secretFile, path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, 1<<20+1))
	if err != nil || len(data) > 1<<20 {
		return nil, errors.New("it is not a file of certificates")
	}
	return data, nil
}

// Folder checks a token_cache and returns its real path: a label must not make the gateway write anywhere. The folder must be
// there and be writable, which is tried by a file that is removed at once.
func (r References) Folder(path string) (string, error) {
	if !filepath.IsAbs(path) {
		return "", errors.New("it must be an absolute path")
	}
	if r.Confined && r.TokenDir == "" {
		return "", errors.New("tokens are kept only below the folder that VENDORSIGN_TOKEN_DIR names, and it is not set")
	}
	resolved, err := filepath.EvalSymlinks(path)
	if r.Confined {
		dir, fault := filepath.EvalSymlinks(r.TokenDir)
		if fault != nil {
			return "", errors.New("the folder that VENDORSIGN_TOKEN_DIR names is not there")
		}
		// Whether something outside of the folder exists must not be told, so a path that does not resolve is compared as it is written.
		clean := filepath.Clean(path)
		if err != nil && !below(clean, dir) && !below(clean, filepath.Clean(r.TokenDir)) ||
			err == nil && resolved != dir && !below(resolved, dir) {
			return "", errors.New("it is not below VENDORSIGN_TOKEN_DIR")
		}
	}
	if err != nil {
		return "", errors.New("the folder is not there")
	}
	// Whether the gateway may write there is only certain once it has. A fault at load is seen; one at the first renewal costs a token.
	f, err := os.CreateTemp(resolved, ".vendorsign-*")
	if err != nil {
		return "", errors.New("the gateway cannot write to the folder")
	}
	f.Close()
	return resolved, os.Remove(f.Name())
}
