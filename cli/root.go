// Package cli holds the commands of Vendorsign.
//
// They run as `vendorsign` (cmd/vendorsign, which is built without Caddy) and as `caddy vendorsign`
// (package caddyplugin). So a command prints through its cobra.Command only, and ends with an ExitError
// where the exit status matters: 0 success, 1 negative result, 2 usage error.
//
//	root.go, arguments.go, exit.go, *help.go, version.go  the frame: mounting, arguments, statuses, help
//	gate.go, credential.go                               a vendor's options as flags
//	sign.go, line.go, signtokens.go                      sign: JSON lines in, JSON lines out
//	verify.go                                            verify: which app signed a line's request
//	explain*.go, shell*.go, standin.go, disguise.go      explain: what is signed, without secrets, and a curl command
//	diagnose*.go, report.go, differing.go                diagnose: package diagnose for people and programs
//	probe*.go, proxy.go, send.go, clienthost.go          send signed requests
//	simulate*.go, serve.go                               simulated vendors (package vendorsim)
//	check*.go, faults.go, caddy*.go, traefik*.go         check: faults of configurations
//	upgrade*.go, overlap.go                              check --upgrade: what a new version changes
//	preset*.go                                           preset: files of vendors that are data
//	app*.go                                              app: keys of applications
//
// # A new command
//
// A command is a function that returns a cobra.Command, and an entry in all (root.go). Its RunE returns
// nil, failf(...) for a negative result, or usagef(...) for a wrong call; it prints no error itself, and
// calls no os.Exit. One that exists for each vendor is built by eachVendor, with newGateFlags for the
// options. Results go to OutOrStdout, notes to ErrOrStderr. What people read is laid out by package
// screen; with --json, and for JSON lines, the keys are documented in the command's help and do not
// change.
//
// No secret is taken from the command line, where the list of processes shows it: flags of secrets take
// references (resolve). No command shows a secret but made-up ones, except app new, rotate and show
// --master, whose purpose it is, and sign, whose lines hold it already.
package cli

import (
	"context"
	"errors"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/vendorsign/vendorsign/signers"
	"github.com/vendorsign/vendorsign/signers/presets"
)

var rootLong = `Vendorsign signs requests for the APIs of vendors: ` + strings.Join(nativeVendors(), ", ") + `,
` + presetCount() + `, and schemes of your own.

In Caddy and Traefik it signs the requests that they proxy. These commands sign and check without a gateway.

Exit status: 0 success, 1 negative result, 2 usage error.`

// nativeVendors are the schemes that are code, but for those that are nobody's in particular: custom
// and login.
func nativeVendors() []string {
	return slices.DeleteFunc(signers.Natives(), func(name string) bool { return name == presets.CustomName || name == presets.LoginName })
}

// Run runs one command line without the program's name and returns its exit status. A cancelled context
// ends a command that serves. It reads the environment and files only as the command says, and may be
// called several times in one process, as tests do.
func Run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	root := &cobra.Command{Use: "vendorsign"}
	root.CompletionOptions.HiddenDefaultCmd = true
	help := helpCommand()
	root.AddCommand(help)
	root.SetHelpCommand(help)
	Mount(root, nil)
	root.SetArgs(args)
	root.SetIn(stdin)
	root.SetOut(stdout)
	root.SetErr(stderr)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return 0
	}
	var exit *ExitError
	if errors.As(err, &exit) {
		return exit.Code
	}
	return exitMisuse // cobra's own, about the command line
}

// all are the commands below the root. The help sorts them by name.
func all() []*cobra.Command {
	return []*cobra.Command{appCommand(), checkCommand(), signCommand(), explainCommand(), diagnoseCommand(), keysCommand(), presetCommand(),
		probeCommand(), proxyCommand(), simulateCommand(), verifyCommand(), versionCommand()}
}

// Mount makes parent a command with all others below it. exit, if it is not nil, turns how a command
// ended into the error that parent's own program knows how to exit with; by then the error is printed.
func Mount(parent *cobra.Command, exit func(*ExitError) error) {
	parent.Short = "Sign requests for the APIs of security vendors"
	parent.Long = rootLong
	parent.AddCommand(all()...)
	parent.RunE = chooseCommand
	parent.Version = ownVersion()
	parent.SetVersionTemplate("{{.Version}}\n")
	finish(parent, exit)
	helpAs(parent)
}
