//go:build go1.21

// Command pages writes the documentation of presets: docs/vendors/NAME.md for each file of the folder, and docs/presets.md, the
// table of all.
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

// generate makes the pages of the preset files in dir, by their names below docs. Of a file that this version cannot use it
// makes none, and says why.
func generate(dir string) (pages map[string]string, left []string, err error) {
	files, err := filepath.Glob(filepath.Join(dir, "*.json"))
	if err != nil {
		return nil, nil, err
	}
	sort.Strings(files)
	pages = make(map[string]string)
	var rows []string
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

// navigate writes the pages into the navigation of the site.
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

// The lines of mkdocs.yml around the entries that are made.
const (
	entriesFrom = "      # go generate ./signers/presets writes the lines from here\n"
	entriesTo   = "      # to here\n"
)

// navigation is the text of mkdocs.yml with an entry for each page.
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

// traitsOf are those of a signer with examples for all options that are required.
func traitsOf(p *presets.Preset) (signers.Traits, error) {
	signer, faults := p.Scheme().Signer(presets.Examples(p))
	if len(faults) > 0 {
		return signers.Traits{}, signers.FaultsError(p.Name, faults)
	}
	return signer.Traits(), nil
}

// row is the line of a preset in the table of all.
func row(p *presets.Preset, traits signers.Traits) string {
	sends := "signs"
	if traits.SendsSecret {
		sends = "reveals"
	}
	return fmt.Sprintf("| [`%s`](vendors/%s.md) | %s | %s | %s |", p.Name, p.Name, cell(p.Title), sends, p.Proof)
}
