package cli

import (
	"os"
	"path/filepath"
	"slices"

	"github.com/vendorsign/vendorsign/cli/config"
	"github.com/vendorsign/vendorsign/signers"
)

// checkedFile is a file while it is checked: its documents, its signers, and what was found so far.
type checkedFile struct {
	*config.File
	blocks []config.Block // its signers
	faults []config.Fault
}

// read parses a file and finds the faults of each of its signers and, for Caddy, of the routes around
// them. Traefik's routers are checked later, for all files together.
func (k *checking) read(f *checkedFile) {
	if err := f.Parse(); err != nil {
		f.faults = []config.Fault{f.Broken(err)}
		return
	}
	var directives *directives
	if f.Kind == config.KindCaddyfile { // the documents have the lines of the adapted JSON
		directives = newDirectives(f.Name, f.Data)
	}
	for _, document := range f.Documents {
		if f.IsYAML() {
			for _, e := range document.Repeated(nil) {
				f.faults = append(f.faults, config.Fault{Line: e.Line, Field: signers.ShownName(e.Key), What: "the key is given twice in its table, " +
					"and such a file is refused; put both into one"})
			}
		}
		blocks, faults := config.Discover(document, k.plugin)
		f.blocks, f.faults = append(f.blocks, blocks...), append(f.faults, faults...)
	}
	// Documents that are not Caddy's have no routes, and then there is nothing to examine.
	routes := readCaddy(f.Documents, directives)
	for _, b := range f.blocks {
		for _, found := range examine(b, k.referencesOnly) {
			if directives != nil {
				found.File, found.Line = routes.lineOf(b)
			}
			f.faults = append(f.faults, found)
			// A block with faults of its own is not reported as one that signs nothing, too.
			routes.faulty = append(routes.faulty, b.Value)
		}
	}
	if k.upgrade {
		f.faults = append(f.faults, upgrades(f, routes)...)
	}
	f.faults = append(f.faults, routes.examine(k.referencesOnly)...)
	f.faults = append(f.faults, routes.catchAlls(f)...)
}

// traefik returns the file's signers for Traefik.
func (f *checkedFile) traefik() (all []config.Block) {
	for _, b := range f.blocks {
		if b.Dialect == config.InTraefik {
			all = append(all, b)
		}
	}
	return all
}

// finish puts the faults in the order of their lines, and leaves out what was found twice.
func (f *checkedFile) finish() {
	slices.SortStableFunc(f.faults, func(a, b config.Fault) int { return a.Line - b.Line })
	for i := range f.faults {
		if f.faults[i].File == "" {
			f.faults[i].File = f.Name
		}
	}
	f.faults = slices.Compact(f.faults)
}

// readFile reads a file to check.
func readFile(file string) ([]byte, error) {
	data, err := config.ReadFile(file)
	// Reading a folder fails with a text that says nothing of what to write.
	if info, statErr := os.Stat(file); statErr == nil && info.IsDir() {
		return nil, usagef("%s is a folder; name the files in it, as in %s", file, filepath.Join(file, "*.yml"))
	}
	if err != nil {
		return nil, usagef("%w", err)
	}
	return data, nil
}
