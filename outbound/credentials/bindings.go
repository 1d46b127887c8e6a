//go:build go1.21

package credentials

import (
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"sync"

	"github.com/vendorsign/vendorsign/signers"
)

// maxBindings bounds the operator's file, which has a line for each secret.
const maxBindings = 4 << 20

// binding says what a secret may be used for: with one vendor, at some hosts.
type binding struct {
	vendor string
	hosts  *hostList
}

// bindings are the operator's, by the reference of the secret. They never change. The file has an entry for each secret or
// for the files of a folder, so that somebody who may write labels for one team cannot send another team's secrets to their
// own host:
//
//	{
//	  "env:VENDORSIGN_ACME":          {"vendor": "acme", "hosts": ["api.acme.example"]},
//	  "file:/run/secrets/team-a/*":   {"vendor": "acme", "hosts": ["*.acme.example:8443"]}
//	}
type bindings struct {
	exact map[string]binding
	// patterns and matching have the same order: the binding of patterns[i] is matching[i].
	patterns []string
	matching []binding
}

// The bindings that were read last: all middlewares share them.
var (
	bindingsMu   sync.Mutex
	bindingsLast *bindings
	bindingsFrom []FileState
)

// readBindings reads the file that VENDORSIGN_BINDINGS names, if it has changed since the last time. A file that cannot be
// read is an error, and permits nothing: what was read before is not used in its place, since the change may have been to
// forbid something.
func readBindings(path string) (*bindings, error) {
	if !filepath.IsAbs(path) {
		return nil, errors.New("must be the absolute path of a file")
	}
	from := []FileState{StateOf(VarBindings, path)}
	bindingsMu.Lock()
	defer bindingsMu.Unlock()
	// A thousand middlewares are loaded in a row, and each asks.
	if bindingsLast != nil && SameFiles(from, bindingsFrom) {
		return bindingsLast, nil
	}
	data, err := readBindingsFile(path)
	if err != nil {
		return nil, err
	}
	b, err := parseBindings(data)
	if err != nil {
		return nil, err
	}
	bindingsLast = b
	bindingsFrom = from
	return b, nil
}

// readBindingsFile reads a regular file of at most maxBindings bytes. Its errors do not show the path.
func readBindingsFile(path string) ([]byte, error) {
	if info, err := os.Stat(path); err != nil || !info.Mode().IsRegular() {
		return nil, errors.New("the file does not exist, or is not a regular file") // not ErrNotExist: that would wait for it
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, errors.New("the file cannot be read")
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxBindings+1))
	if err != nil || len(data) > maxBindings {
		return nil, errors.New("the file cannot be read, or is too large")
	}
	return data, nil
}

// parseBindings takes an object whose keys are references, "env:NAME" or "file:/path". In the path an asterisk matches any
// characters except a slash. The values are objects with the vendor and a list of hosts. Repeated keys are refused: readers
// differ about which of them counts (UniqueKeys). Errors name the reference, which is no secret.
func parseBindings(data []byte) (*bindings, error) {
	if err := UniqueKeys(data); err != nil {
		return nil, err
	}
	var all map[string]map[string]json.RawMessage
	if err := json.Unmarshal(data, &all); err != nil || all == nil {
		return nil, errors.New("the file must be an object of objects with vendor and hosts")
	}
	references := make([]string, 0, len(all))
	for reference := range all {
		references = append(references, reference)
	}
	sort.Strings(references)
	b := &bindings{exact: make(map[string]binding)}
	for _, reference := range references {
		one, err := parseBinding(all[reference])
		if err != nil {
			return nil, errors.New(reference + ": " + err.Error())
		}
		path := strings.TrimPrefix(reference, "file:")
		switch {
		case strings.HasPrefix(reference, "env:") && len(reference) > len("env:"):
			b.exact[reference] = one
		case path == reference || path != filepath.Clean(path) || !filepath.IsAbs(path):
			return nil, errors.New(reference + ": must be env:NAME or file:/path, without . and .. in the path")
		case strings.ContainsAny(path, `*?[\`):
			if _, err := filepath.Match(path, ""); err != nil || strings.ContainsAny(path, `?[\`) {
				return nil, errors.New(reference + ": the only sign in a path is *")
			}
			b.patterns = append(b.patterns, path)
			b.matching = append(b.matching, one)
		default:
			b.exact[reference] = one
		}
	}
	return b, nil
}

// parseBinding reads the vendor and the hosts of one secret. Unknown keys are refused: a misspelt one could be a limit that
// is missing. An empty list of hosts is refused as well; it could mean all or none.
func parseBinding(object map[string]json.RawMessage) (binding, error) {
	var b binding
	var hosts []string
	for name := range object {
		if name != "vendor" && name != "hosts" {
			return b, errors.New("may have only the keys vendor and hosts")
		}
	}
	if json.Unmarshal(object["vendor"], &b.vendor) != nil || json.Unmarshal(object["hosts"], &hosts) != nil || len(hosts) == 0 {
		return b, errors.New("needs vendor, a string, and hosts, a list of strings")
	}
	// A misspelt vendor would bind the secret to nobody, and only be found when it is used.
	if _, err := signers.Lookup(b.vendor); err != nil {
		return b, err
	}
	list, err := parseHosts(hosts)
	if err != nil {
		return b, errors.New("hosts: " + err.Error())
	}
	b.hosts = list
	return b, nil
}

// findBindings returns what binds a secret: its own entry, or else every pattern that matches its path; each of them has to
// permit a use. Paths are compared as they are written: other paths to the same file are not known, and so are bound by
// nothing, which permits nothing (PermitUses).
//
//	file:/run/secrets/team-a/x     -> the entry of file:/run/secrets/team-a/*
//	file:/run/secrets/team-a/x/y   -> nothing: the asterisk matches no slash
//	file:/run/secrets/../a         -> nothing: not a clean path
func findBindings(b *bindings, reference string) []binding {
	if one, ok := b.exact[reference]; ok {
		return []binding{one}
	}
	path := strings.TrimPrefix(reference, "file:")
	if path == reference || path != filepath.Clean(path) {
		return nil
	}
	var found []binding
	for i, pattern := range b.patterns {
		if ok, err := filepath.Match(pattern, path); ok && err == nil {
			found = append(found, b.matching[i])
		}
	}
	return found
}
