package cli

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/vendorsign/vendorsign/cli/screen"
)

// The exit statuses. What fails although it was called correctly (a port in use) is a 1 too.
const (
	exitNo     = 1
	exitMisuse = 2
	exitDoubt  = 3 // of check --strict: warnings alone
)

// ExitError is how a command ends without success. The error is printed by then.
type ExitError struct {
	Code int
	Err  error // what was printed
}

// Error is the text of the cause alone: the command's name is put before it where it is printed.
func (e *ExitError) Error() string { return e.Err.Error() }

// Unwrap returns the cause.
func (e *ExitError) Unwrap() error { return e.Err }

// ExitCode is the status that the process exits with.
func (e *ExitError) ExitCode() int { return e.Code }

// failf is the error of a command with a negative result, with the status 1.
func failf(format string, a ...any) error {
	return &ExitError{Code: exitNo, Err: fmt.Errorf(format, a...)}
}

// usagef is the error of a command that was called incorrectly, with the status 2 and a line that names
// --help.
func usagef(format string, a ...any) error {
	return &ExitError{Code: exitMisuse, Err: fmt.Errorf(format, a...)}
}

// finish makes c and the commands below it fail in the same way: the error is printed here and not by cobra, whose
// root may be Caddy's. Caddy prints no error that comes with a status of its own. Arguments are checked inside RunE
// for the same reason: there the error can be given a status.
func finish(c *cobra.Command, exit func(*ExitError) error) {
	// First those below, which would inherit from c otherwise and print twice.
	for _, sub := range c.Commands() {
		finish(sub, exit)
	}
	c.SilenceErrors, c.SilenceUsage = true, true
	end := func(c *cobra.Command, err error, code int) error {
		if err == nil {
			return nil
		}
		var e *ExitError
		if !errors.As(err, &e) {
			e = &ExitError{Code: code, Err: err}
		}
		c.PrintErr(screen.Of(c.ErrOrStderr()).Line(fmt.Sprintf("%s: %v", c.CommandPath(), e)))
		if e.Code == exitMisuse {
			c.PrintErrf("See '%s --help'.\n", c.CommandPath())
		}
		if exit != nil {
			return exit(e)
		}
		return e
	}
	// Both are wrapped, so every command ends here, however it was built.
	checkArgs, run := c.Args, c.RunE
	c.Args = cobra.ArbitraryArgs
	c.RunE = func(c *cobra.Command, args []string) error {
		if checkArgs != nil {
			if err := checkArgs(c, args); err != nil {
				return end(c, err, exitMisuse)
			}
		}
		return end(c, run(c, args), exitNo)
	}
	flagError := c.FlagErrorFunc()
	c.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		// After a word that names no command, every flag is unknown: the word is the mistake.
		if words := c.Flags().Args(); len(words) > 0 && c.HasAvailableSubCommands() {
			return end(c, chooseCommand(c, words), exitMisuse)
		}
		return end(c, flagError(c, oneHyphen(err)), exitMisuse)
	})
}
