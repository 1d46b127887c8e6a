//go:build go1.21

// Command pages writes the documentation of presets: docs/vendors/NAME.md for each file of the folder, and
// docs/presets.md, the table of all.
//
//	NAME.json --presets.Parse--> Preset --Scheme, Traits--> page       docs/vendors/NAME.md
//	                                                   \--> row        a line of docs/presets.md
//	                                                   \--> navigation an entry of mkdocs.yml
//
// It is run by go generate in signers/presets. What a page says is derived from what the preset does, so both
// cannot differ: traits come from a signer, and the description from the operations (words.go). Sentences of the
// author's own are in docs of the file. Tests load the examples of each page in real gateways.
//
// To change what all pages say, change page.go; for one vendor's page, its file. Each page is in the repository,
// so review the diff.
package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"

	"github.com/vendorsign/vendorsign/signers"
	"github.com/vendorsign/vendorsign/signers/presets"
)

// It writes nothing if a file cannot be read. A preset that does not load is named on standard error and has no
// page.
func main() {
	pages, left, err := generate(".")
	for _, reason := range left {
		fmt.Fprintln(os.Stderr, "no page: "+reason)
	}
	for name, text := range pages {
		if err == nil {
			err = os.WriteFile(filepath.Join("..", "..", "docs", name), []byte(text), 0o644)
		}
	}
	if err == nil {
		err = navigate("../../mkdocs.yml", pages)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// generate makes the pages of the preset files in dir, by their names below docs. Of a file that this version
// cannot use it makes none, and says why in left: the format may be newer than the program.
func generate(dir string) (pages map[string]string, left []string, err error) {
	files, err := filepath.Glob(filepath.Join(dir, "*.json"))
	if err != nil {
		return nil, nil, err
	}
	sort.Strings(files)
	pages = make(map[string]string)
	var rows []string
	// In alphabetical order, which is that of the table, too.
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			return nil, nil, err
		}
		p, err := presets.Parse(data)
		if err != nil {
			left = append(left, filepath.Base(file)+": "+err.Error())
			continue
		}
		traits, err := traitsOf(p)
		if err != nil {
			left = append(left, filepath.Base(file)+": "+err.Error())
			continue
		}
		pages["vendors/"+p.Name+".md"] = page(p, traits)
		rows = append(rows, row(p, traits))
	}
	pages["presets.md"] = strings.Replace(overview, "ROWS", strings.Join(rows, "\n"), 1)
	return pages, left, nil
}

// navigate writes the pages into the navigation of the site. A test demands that every page is in it.
func navigate(file string, pages map[string]string) error {
	old, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	text, err := navigation(string(old), pages)
	if err != nil {
		return err
	}
	return os.WriteFile(file, []byte(text), 0o644)
}

// The lines of mkdocs.yml around the entries that are made. What is outside of them is written by hand, and stays.
const (
	entriesFrom = "      # go generate ./signers/presets writes the lines from here\n"
	entriesTo   = "      # to here\n"
)

// navigation is the text of mkdocs.yml with an entry for each page. It fails if the two lines are not there: it
// would not know where.
//
//   - veracode: vendors/veracode.md
func navigation(old string, pages map[string]string) (string, error) {
	before, rest, begins := strings.Cut(old, entriesFrom)
	_, after, ends := strings.Cut(rest, entriesTo)
	if !begins || !ends {
		return "", errors.New("mkdocs.yml has no lines for presets")
	}
	var names []string
	for name := range pages {
		if strings.HasPrefix(name, "vendors/") {
			names = append(names, name)
		}
	}
	sort.Strings(names)
	entries := ""
	for _, name := range names {
		entries += "      - " + strings.TrimSuffix(strings.TrimPrefix(name, "vendors/"), ".md") + ": " + name + "\n"
	}
	return before + entriesFrom + entries + entriesTo + after, nil
}

// traitsOf are those of a signer with examples for all options that are required. Making the signer also runs the
// preset's vectors, so that no page describes a preset which does not work.
func traitsOf(p *presets.Preset) (signers.Traits, error) {
	signer, faults := p.Scheme().Signer(presets.Examples(p))
	if len(faults) > 0 {
		return signers.Traits{}, signers.FaultsError(p.Name, faults)
	}
	return signer.Traits(), nil
}

// row is the line of a preset in the table of all.
//
//	| [`veracode`](vendors/veracode.md) | Veracode REST and XML APIs | signs | client |
func row(p *presets.Preset, traits signers.Traits) string {
	sends := "signs"
	if traits.SendsSecret {
		sends = "reveals"
	}
	return fmt.Sprintf("| [`%s`](vendors/%s.md) | %s | %s | %s |", p.Name, p.Name, cell(p.Title), sends, p.Proof)
}
