package cli

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/vendorsign/vendorsign/cli/config"
	"github.com/vendorsign/vendorsign/cli/screen"
)

const checkLong = `Check finds what a gateway would refuse, or send unsigned, with a configuration. It is for pipelines without secrets: it
assumes that references resolve, and reads neither the variables nor the files that they name.

A fault is something that the gateway refuses, or a route on which every request would be refused or leave unsigned. A
warning is something that affects only some requests, or that is probably a mistake. Each is one line: file, line, field,
what is wrong and what to write. Check files that belong together (Compose labels and Traefik's files) in one call.

With --upgrade it also reports what this version changes for a configuration, and what to write; docs/upgrade.md has the
whole list. These lines are neither faults nor warnings.

It reads Caddy's JSON, Traefik's dynamic configuration (.yaml, .yml, .toml), the labels in Compose files, and Kubernetes
manifests; ` + "`caddy vendorsign check`" + ` also reads Caddyfiles.

Exit status: 0 no fault; 1 faults, or no signer in any file; 2 a file is missing or of an unknown kind; 3 with --strict,
warnings but no faults. If only some files have no signer, they are named on standard error.`

// checking is what the flags of check say. The work goes like this:
//
//	read each file        config.File.Parse, then config.Discover: the signers in it
//	  each signer         examine (faults.go): what its gateway would refuse of its options
//	  Caddy's routes      readCaddy, caddyFile.examine: which requests pass which signer, and where they go
//	all files together    traefikCheck: routers, middlewares and services, as Traefik merges them
//	                      operators: what the environment of Traefik's process permits
//	report                faults by file and line, and the exit status
//
// A new fault of one option belongs into outbound.Check, where gateways find it as well; one that only
// a route shows goes into checkcaddy.go or checktraefik.go; docs/check.md lists them.
type checking struct {
	// What Traefik's static configuration calls the plugin, and text or json.
	plugin, format string
	// A secret that is written out is a fault, for repositories that must hold none.
	referencesOnly bool
	// Warnings alone end with a status of their own, 3.
	strict bool
	// What a configuration will notice of this version is reported, too.
	upgrade bool
}

// checkCommand is `check`. It starts no gateway and reads no secret, so that a pipeline can run it.
func checkCommand() *cobra.Command {
	k := new(checking)
	c := &cobra.Command{
		Use: "check FILE...", Short: "Find faults in a gateway's configuration, without its secrets", Long: checkLong,
		Example: "  $ vendorsign check compose.yaml traefik/*.yml\n  $ vendorsign check --references-only --strict CONFIG",
		Args:    asUsed,
		RunE:    k.run,
	}
	c.Flags().StringVar(&k.plugin, "plugin", "vendorsign", "the `NAME` that Traefik's static configuration gives the plugin")
	c.Flags().StringVar(&k.format, "format", "text", "write faults as `text|json`, one per line")
	c.Flags().BoolVar(&k.strict, "strict", false, "end with status 3 if there are warnings")
	c.Flags().BoolVar(&k.upgrade, "upgrade", false, "also report what this version changes for the configuration")
	c.Flags().BoolVar(&k.referencesOnly, "references-only", false, "a secret in plain text is a fault")
	return c
}

// run reads all files before it checks any: a router in one may use a middleware in another.
func (k *checking) run(c *cobra.Command, files []string) error {
	if k.format != "text" && k.format != "json" {
		return usagef("--format must be text or json")
	}
	all := make([]*checkedFile, len(files))
	for i, file := range files {
		data, err := readFile(file)
		if err != nil {
			return err
		}
		all[i] = &checkedFile{File: config.NewFile(file, data)}
		if all[i].Kind == "" {
			return usagef("%s: %w", file, config.ErrNoCaddy)
		}
	}
	// All files are parsed before routes are looked at: Traefik merges its providers into one
	// configuration.
	for _, f := range all {
		k.read(f)
	}
	k.traefik(all)
	k.operators(all)
	return k.report(c, all)
}

// report writes what was found, and returns how the command ends. A fault of the level upgrade counts
// neither as a fault nor as a warning.
func (k *checking) report(c *cobra.Command, files []*checkedFile) error {
	// Signers and files with one; files with faults, and with warnings alone; faults and warnings.
	total, signing, faulty, doubtful, faults, warnings := 0, 0, 0, 0, 0, 0
	for _, f := range files {
		f.finish()
		total += len(f.blocks)
		wrong, doubts := 0, 0
		for _, found := range f.faults {
			switch found.Level {
			case "":
				wrong++
			case config.LevelWarning:
				doubts++
			}
			if err := k.write(c, found); err != nil {
				return err
			}
		}
		faults += wrong
		warnings += doubts
		if wrong > 0 {
			faulty++
		} else if doubts > 0 {
			doubtful++
		}
		if len(f.blocks) > 0 {
			signing++
		} else if len(f.faults) == 0 {
			c.PrintErrf("%s: no signer in it\n", f.Name)
		}
	}
	and := ""
	if warnings > 0 {
		and = ", " + counted(warnings, "warning")
	}
	switch {
	case faulty > 0:
		return failf("%s in %d of %s%s", counted(faults, "fault"), faulty, counted(len(files), "file"), and)
	// A check that found no signer checked nothing, and a pipeline must notice that.
	case total == 0:
		return failf("no signer in any file; if Traefik's static configuration gives the plugin another name, use --plugin NAME")
	case warnings > 0 && k.strict:
		return &ExitError{Code: exitDoubt, Err: fmt.Errorf("%s in %d of %s", counted(warnings, "warning"), doubtful, counted(len(files), "file"))}
	}
	if k.format == "text" {
		fmt.Fprintf(c.OutOrStdout(), "%s in %s, no fault%s\n", counted(total, "signer"), counted(signing, "file"), and)
	}
	return nil
}

// write writes one fault, as text or as JSON.
func (k *checking) write(c *cobra.Command, f config.Fault) error {
	line := f.String()
	if k.format == "json" {
		text, err := json.Marshal(f)
		if err != nil {
			return err
		}
		line = string(text)
	}
	out := c.OutOrStdout()
	if k.format == "text" {
		line = strings.TrimSuffix(screen.Of(out).Line(line), "\n")
	}
	_, err := fmt.Fprintln(out, line)
	return err
}

// counted is a number with what is counted: "1 fault", "2 faults".
func counted(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return strconv.Itoa(n) + " " + what + "s"
}
