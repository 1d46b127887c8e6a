package cli

import (
	"encoding/json"
	"fmt"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"
)

// modulePath is our module. In a Caddy with plugins the program is another module and this one is built
// in.
const modulePath = "github.com/vendorsign/vendorsign"

// build is what a program knows about its own making, as the Go toolchain recorded it.
type build struct {
	Version string `json:"version"`
	// The commit, where the program was built in its checkout, and its time.
	Revision string `json:"revision,omitempty"`
	Time     string `json:"time,omitempty"` // of the commit
	// The checkout was not clean.
	Modified bool   `json:"modified,omitempty"`
	Go       string `json:"go"`
	Platform string `json:"platform,omitempty"`
}

// versionCommand prints what the Go toolchain recorded about the build. It fails for a program without
// that.
func versionCommand() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "version",
		Short: "Show the version, and what it was built from",
		Long: `Version shows the version of Vendorsign in this program, the commit it was built from (known to programs
that were built in a checkout), and the version of Go that built it.`,
		Args: asUsed,
		RunE: func(c *cobra.Command, _ []string) error {
			b, ok := ownBuild()
			if !ok {
				return failf("this program was built without build information")
			}
			if asJSON {
				return json.NewEncoder(c.OutOrStdout()).Encode(b)
			}
			fmt.Fprintln(c.OutOrStdout(), b)
			return nil
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "write a JSON object")
	return c
}

// ownVersion is the line that version and --version print.
func ownVersion() string {
	b, ok := ownBuild()
	if !ok {
		return "vendorsign, built without build information"
	}
	return b.String()
}

// ownBuild is what this program knows; not ok without build information.
func ownBuild() (b build, ok bool) {
	info, ok := debug.ReadBuildInfo()
	if ok {
		b = readBuild(info)
	}
	return b, ok
}

// readBuild finds our module in the program's build information: as the main module, as a dependency of
// a Caddy, or replaced by a checkout.
func readBuild(info *debug.BuildInfo) build {
	b := build{Version: "unknown", Go: info.GoVersion}
	main := info.Main.Path == modulePath
	// Our module is the main one in vendorsign, and a dependency in any Caddy.
	modules := append([]*debug.Module{&info.Main}, info.Deps...)
	for _, m := range modules {
		if m.Path != modulePath {
			continue
		}
		// A program built with a replace directive, as xcaddy does for a checkout, has the version of what replaced
		// it.
		if m.Replace != nil {
			m = m.Replace
		}
		if b.Version = m.Version; b.Version == "" || b.Version == "(devel)" {
			b.Version = "devel" // a checkout
		}
	}
	settings := make(map[string]string)
	for _, s := range info.Settings {
		settings[s.Key] = s.Value
	}
	b.Platform = strings.Trim(settings["GOOS"]+"/"+settings["GOARCH"], "/")
	if main { // else it is the commit of the program around us
		b.Revision, b.Time, b.Modified = settings["vcs.revision"], settings["vcs.time"], settings["vcs.modified"] == "true"
	}
	return b
}

// String is one line for people:
//
//	vendorsign v0.2.0 (0123456789ab of 2026-01-02), go1.25.0, linux/amd64
func (b build) String() string {
	line := "vendorsign " + b.Version
	if b.Revision != "" {
		line += fmt.Sprintf(" (%.12s of %.10s", b.Revision, b.Time)
		if b.Modified {
			line += ", modified"
		}
		line += ")"
	}
	line += ", " + b.Go
	if b.Platform != "" {
		line += ", " + b.Platform
	}
	return line
}
