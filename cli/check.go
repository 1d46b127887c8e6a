package cli

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
)

const checkLong = `Check finds what the gateway would refuse in the signers of a configuration, for a pipeline that has no secrets: references
are taken to become good values, and neither variables nor files that they name are read.

It reads Caddy's JSON, Traefik's dynamic configuration (.yaml, .yml, .toml), the labels in Compose files, and Kubernetes
manifests; ` + "`caddy vendorsign check`" + ` reads Caddyfiles too. Each fault is a line: file, line, field, and what is wrong.

A signer without client_hosts behind a site or router for any Host is reported as a warning, and is no fault.

Exit status: 0 no fault, 1 faults, or no signer in any of the files, 2 a file that is missing or of no known kind. A file
without a signer beside others is told on standard error only.`

type checking struct {
	plugin, format string
	referencesOnly bool
}

func checkCommand() *cobra.Command {
	k := new(checking)
	c := &cobra.Command{
		Use: "check FILE...", Short: "Find faults in a gateway's configuration, without its secrets", Long: checkLong,
		Example: "  $ vendorsign check compose.yaml traefik/*.yml\n  $ caddy vendorsign check --references-only Caddyfile",
		Args:    cobra.MinimumNArgs(1),
		RunE:    k.run,
	}
	c.Flags().StringVar(&k.plugin, "plugin", "vendorsign", "the `NAME` that Traefik's static configuration gives the plugin")
	c.Flags().StringVar(&k.format, "format", "text", "write faults as `text|json`, one a line")
	c.Flags().BoolVar(&k.referencesOnly, "references-only", false, "a secret that is written out is a fault")
	return c
}

func (k *checking) run(c *cobra.Command, files []string) error {
	if k.format != "text" && k.format != "json" {
		return misuse("--format must be text or json")
	}
	contents := make([][]byte, len(files))
	for i, file := range files {
		var err error
		if contents[i], err = os.ReadFile(file); err != nil {
			return misuse("%w", err)
		}
		if kindOf(file, contents[i]) == "" {
			return misuse("%s: %w", file, errNoCaddy)
		}
	}
	total, faulty, signing, all := 0, 0, 0, 0
	operators := operatorFaults(k.plugin, files, contents)
	for i, file := range files {
		count, faults, warnings := k.file(file, contents[i], operators[file])
		for _, w := range warnings {
			c.PrintErrf("warning: %s\n", w)
		}
		total += count
		wrong := len(slices.DeleteFunc(slices.Clone(faults), func(f fault) bool { return f.Level != "" }))
		all += wrong
		switch {
		case wrong > 0:
			faulty++
		case count == 0:
			c.PrintErrf("%s: no signer in it\n", file)
		default:
			signing++
		}
		for _, f := range faults {
			line := f.String()
			if k.format == "json" {
				text, err := json.Marshal(f)
				if err != nil {
					return err
				}
				line = string(text)
			}
			fmt.Fprintln(c.OutOrStdout(), line)
		}
	}
	switch {
	case faulty > 0:
		return no("%s in %d of %s", counted(all, "fault"), faulty, counted(len(files), "file"))
	case total == 0:
		return no("no signer in any file; if the plugin has another name there, say so with --plugin")
	}
	if k.format == "text" {
		fmt.Fprintf(c.OutOrStdout(), "%s in %s, no fault\n", counted(total, "signer"), counted(signing, "file"))
	}
	return nil
}

func counted(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return strconv.Itoa(n) + " " + what + "s"
}

// kindOf tells a file's kind by its name, as the other commands do; empty: none that this program reads.
func kindOf(file string, data []byte) string {
	switch extension := strings.ToLower(filepath.Ext(file)); extension {
	case ".yaml", ".yml":
		return "yaml"
	case ".toml", ".json":
		return extension[1:]
	}
	if json.Valid(data) {
		return "json"
	}
	if AdaptCaddyfile == nil {
		return ""
	}
	return "caddyfile"
}

// file counts the signers of a file and finds its faults, in the order of its lines.
func (k *checking) file(file string, data []byte, more []fault) (count int, faults, warnings []fault) {
	var documents []*node
	var broken *fault
	kind := kindOf(file, data)
	switch kind {
	case "yaml":
		documents, broken = parseYAML(data)
	case "toml":
		documents, broken = parseTOML(data)
	case "json":
		documents, broken = parseJSON(data)
	case "caddyfile":
		documents, broken = adapted(file, data)
	}
	if broken != nil {
		if broken.File == "" {
			broken.File = file
		}
		return 0, []fault{*broken}, nil
	}
	d := &discovery{plugin: k.plugin}
	for _, document := range documents {
		d.walk(document, "")
	}
	faults = d.faults
	for _, b := range d.blocks {
		for _, f := range examine(b, k.referencesOnly) {
			if kind == "caddyfile" { // the lines are of the JSON that it became
				f.Line = directiveLine(data, b)
			}
			faults = append(faults, f)
		}
	}
	faults = append(faults, more...)
	slices.SortStableFunc(faults, func(a, b fault) int { return a.Line - b.Line })
	for i := range faults {
		faults[i].File = file
	}
	for _, w := range catchAlls(documents, k.plugin) {
		w.File = file
		for _, b := range d.blocks {
			if kind == "caddyfile" && b.field == w.Field {
				w.Line, w.Field = directiveLine(data, b), b.vendor+"_sign"
			}
		}
		warnings = append(warnings, w)
	}
	return len(d.blocks), slices.Compact(faults), slices.Compact(warnings)
}

// The two ways in which the Caddyfile's adapter says where it stumbled.
var (
	adapterAt     = regexp.MustCompile(`(?s)^(.*?), at ([^\n]+?):(\d+)(?:, at .*| import chain.*)?$`)
	adapterBefore = regexp.MustCompile(`(?s)^([^\n]+?):(\d+): (.*)$`)
	adapterTokens = regexp.MustCompile(`^parsing caddyfile tokens for '([^']+)': `)
)

// adapted makes JSON of a Caddyfile. The adapter ends at the first fault.
func adapted(file string, data []byte) ([]*node, *fault) {
	config, err := AdaptCaddyfile(file, data)
	if err == nil {
		return parseJSON(config)
	}
	f := &fault{Line: 1, What: err.Error()}
	if m := adapterTokens.FindStringSubmatch(f.What); m != nil {
		f.Field, f.What = m[1], strings.TrimPrefix(f.What, m[0])
	}
	line := ""
	if m := adapterAt.FindStringSubmatch(f.What); m != nil {
		f.What, f.File, line = m[1], m[2], m[3]
	} else if m := adapterBefore.FindStringSubmatch(f.What); m != nil {
		f.File, line, f.What = m[1], m[2], m[3]
	}
	if n, err := strconv.Atoi(line); err == nil {
		f.Line = n
	}
	return nil, f
}

// directiveLine finds the block in a Caddyfile: the vendor's directive, that with the block's host if there are more.
func directiveLine(data []byte, b block) int {
	lines := strings.Split(string(data), "\n")
	first := 0
	var host string
	if hosts := b.value.get("host").list; len(hosts) > 0 {
		host = hosts[0].text
	}
	for i, line := range lines {
		if !slices.Contains(strings.Fields(line), b.vendor+"_sign") {
			continue
		}
		if first == 0 {
			first = i + 1
		}
		for _, below := range lines[i+1:] {
			words := strings.Fields(below)
			if len(words) > 1 && words[0] == "host" && slices.Contains(words[1:], host) {
				return i + 1
			}
			if len(words) > 0 && (words[0] == "}" || strings.HasSuffix(words[0], "_sign")) {
				break
			}
		}
	}
	return max(1, first)
}
