package cli

import (
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/vendorsign/vendorsign/cli/config"
	"github.com/vendorsign/vendorsign/signers"
	"github.com/vendorsign/vendorsign/signers/presets"
	"github.com/vendorsign/vendorsign/vendorsim"
)

// presetPort is the port of a vendor that a preset file describes.
const presetPort = 9100

// presetCommand simulates the vendor of a preset file by the file's operations, which the simulator reads with code of its own.
func (s *simulation) presetCommand() *cobra.Command {
	var set []string
	c := &cobra.Command{
		Use:   "preset FILE",
		Short: "Simulate the vendor of a preset file",
		Long: `Simulate the vendor that a preset file describes, on port 9100 of 127.0.0.1 unless --listen says otherwise. It evaluates
the operations for each request with its own code, checks the date and the nonce, and gives the refusals that the file
describes. If the file says how a token is fetched, the simulator also has those endpoints, on the same port whatever their
host, and accepts the tokens that it issued.

Without --set it accepts a made-up credential, and prints it. Secret options take a reference, never the secret itself:
{env.NAME} or env:NAME, {file./path} or file:/path. Separate the parts of a list with commas.`,
		Args: asUsed,
	}
	life := presetFlags(c, &set)
	c.RunE = func(c *cobra.Command, args []string) error {
		// The file's text, and not a compiled preset: the simulator shares no code with the signers.
		data, err := config.ReadFile(args[0])
		if err != nil {
			return usagef("%w", err)
		}
		return s.runPreset(c, args[0], data, set, *life)
	}
	return c
}

// builtInCommand simulates the vendor of a built-in preset.
func (s *simulation) builtInCommand(name string) *cobra.Command {
	return s.namedCommand(name, "Simulate "+name, "", func([]string) ([]byte, error) {
		text, _ := presets.File(name)
		return []byte(text), nil
	})
}

// genericCommand simulates a vendor with a scheme that is no preset: what a preset declares of a token is an option of it.
func (s *simulation) genericCommand(name string) *cobra.Command {
	return s.namedCommand(name, "Simulate any vendor with "+name, " Options are those of the scheme.", func(set []string) ([]byte, error) {
		values := map[string]string{}
		for _, text := range set { // as they are written: what is declared is no secret, and no reference
			name, value, _ := strings.Cut(text, "=")
			values[name] = value
		}
		return vendorsim.GenericPreset(name, values)
	})
}

// namedCommand simulates a vendor whose preset is made of the values of --set. It is not listed in the
// help, for there are many.
func (s *simulation) namedCommand(name, short, more string, preset func(set []string) ([]byte, error)) *cobra.Command {
	var set []string
	c := &cobra.Command{
		Use: name, Short: short, Args: asUsed, Hidden: true,
		Long: short + ", as `simulate preset` does for a preset file." + more,
	}
	life := presetFlags(c, &set)
	c.RunE = func(c *cobra.Command, _ []string) error {
		data, err := preset(set)
		if err != nil {
			return usagef("%w", err)
		}
		return s.runPreset(c, name, data, set, *life)
	}
	return c
}

// presetFlags gives a command --set and --token-ttl, and returns where the latter's value will be.
func presetFlags(c *cobra.Command, set *[]string) (life *time.Duration) {
	c.Flags().StringArrayVar(set, "set", nil, "the value of an option, `NAME=VALUE`; repeat it for each option")
	return c.Flags().Duration("token-ttl", 0, "how long an issued token lives, as a `TIME` such as 3s (default: what the preset says, or 1h)")
}

// runPreset simulates the vendor of a preset with the values of --set, or with made-up ones.
func (s *simulation) runPreset(c *cobra.Command, name string, data []byte, set []string, life time.Duration) error {
	preset, err := vendorsim.ReadPreset(data)
	if err != nil {
		return usagef("%s: %s", name, presetMistake(data, err))
	}
	// Without --set the credential is made up, and may be printed.
	st := simulated{vendor: preset.Name, demo: len(set) == 0, config: vendorsim.Config{Preset: data, TokenTTL: life}}
	if st.demo {
		st.config.Credential, err = vendorsim.DemoPreset(data)
	} else {
		st.config.Credential, err = presetCredential(preset, set)
	}
	if err != nil {
		return usagef("%w", err)
	}
	return s.run(c, presetPort, []simulated{st})
}

// presetCredential reads --set NAME=VALUE. A secret must be a reference, as everywhere on a command
// line.
func presetCredential(preset *vendorsim.PresetFile, set []string) (map[string]string, error) {
	credential := map[string]string{}
	for _, text := range set {
		name, value, ok := strings.Cut(text, "=")
		if !ok || name == "" {
			return nil, usagef("--set takes NAME=VALUE; the options are %s", strings.Join(preset.Options(), ", "))
		}
		if !slices.Contains(preset.Options(), name) {
			return nil, usagef("--set: %s", signers.Unknown(signers.WithNames(nil, preset.Options()), name).Text)
		}
		if preset.Secret(name) && !config.References.Is(value) {
			return nil,
				usagef("--set %s takes a reference, {env.NAME} or env:NAME, {file./path} or file:/path, and not the secret itself", name)
		}
		resolved, err := config.References.Value(value)
		if err != nil {
			return nil, usagef("--set %s: %w", name, err)
		}
		credential[name] = resolved
	}
	return credential, nil
}
