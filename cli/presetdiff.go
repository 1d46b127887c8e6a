package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/vendorsign/vendorsign/signers/presets"
)

// presetDiffCommand compares two revisions of a preset, or two presets.
func presetDiffCommand() *cobra.Command {
	return &cobra.Command{
		Use: "diff OLD NEW", Short: "Say what changed between two revisions of a preset", Args: asUsed,
		Long: `Diff compares two presets key by key: removed lines begin with -, added ones with +. What to review before an update comes
first: a secret that is now sent, a guard that was removed, another host.

Exit status: 0 no difference; 1 differences, or a file that is no preset; 2 usage error.`,
		Example: "  $ vendorsign preset diff ./acme-1.json ./acme.json",
		RunE: func(c *cobra.Command, args []string) error {
			var files [2]*presetFile
			var read [2]*presets.Preset
			for i, name := range args {
				var err error
				if files[i], err = readPreset(name); err != nil {
					return err
				}
				if read[i], err = files[i].parse(); err != nil {
					return err
				}
			}
			return diffPresets(c.OutOrStdout(), files, read[0], read[1])
		},
	}
}

// diffPresets writes what changed from old to young: alarms first, then each key with the lines that
// are gone (-) and new (+). A change is a negative result, as of diff.
func diffPresets(out io.Writer, files [2]*presetFile, old, young *presets.Preset) error {
	var digests [2]string
	for i, f := range files {
		digest, err := presets.Digest(f.data)
		if err != nil {
			return failf("%s: %w", f.name, err)
		}
		digests[i] = digest[:16]
	}
	fmt.Fprintf(out, "%s, revision %d, SHA-256 %s\n%s, revision %d, SHA-256 %s\n", old.Name, old.Revision, digests[0], young.Name,
		young.Revision, digests[1])
	// The digest is over the content and not over its layout; see presets.Digest.
	if digests[0] == digests[1] {
		return nil
	}
	for _, alarm := range alarms(old, young) {
		fmt.Fprintln(out, "review: "+alarm)
	}
	if old.Revision == young.Revision {
		fmt.Fprintln(out, "review: the revision is the same")
	}
	before, after := entries(old), entries(young)
	for i := range before {
		var lines []string
		for _, line := range without(before[i].lines, after[i].lines) {
			lines = append(lines, "  - "+shorten(line, 200))
		}
		for _, line := range without(after[i].lines, before[i].lines) {
			lines = append(lines, "  + "+shorten(line, 200))
		}
		// The order of operations and of refusals has a meaning.
		if len(lines) == 0 && !slices.Equal(before[i].lines, after[i].lines) {
			lines = []string{"  the order changed"}
		}
		if len(lines) > 0 {
			fmt.Fprintf(out, "%s\n%s\n", before[i].key, strings.Join(lines, "\n"))
		}
	}
	return failf("%s and %s differ", files[0].name, files[1].name)
}

// without are the texts of a list that another one does not have.
func without(list, other []string) []string {
	return slices.DeleteFunc(slices.Clone(list), func(text string) bool { return slices.Contains(other, text) })
}

// alarms are the changes that concern the safety of a credential: where it may be sent, which endpoints
// are closed, and whether the secret itself leaves.
func alarms(old, young *presets.Preset) (all []string) {
	// The worst change comes first: a secret that stayed here and now leaves.
	if before, after := sending(old), sending(young); before != after {
		all = append(all, "it "+before+", and "+after+" now")
	}
	for _, o := range old.Options {
		i := slices.IndexFunc(young.Options, func(n presets.Option) bool { return n.Name == o.Name })
		if i >= 0 && o.Secret && !young.Options[i].Secret {
			all = append(all, "option "+o.Name+" is no longer secret")
		}
	}
	// What is gone may have protected the credential; what is new is in the lines below.
	for _, guard := range without(old.Guards, young.Guards) {
		all = append(all, "guard "+guard+" is gone")
	}
	for _, header := range without(old.Hides, young.Hides) {
		all = append(all, "hidden header "+header+" is gone")
	}
	for _, host := range without(young.Hosts, old.Hosts) {
		all = append(all, "host "+host+" is new")
	}
	if old.HostsOnly && !young.HostsOnly {
		all = append(all, "any other host may be configured now (hosts_only)")
	}
	if old.Multiplexed && !young.Multiplexed || len(old.MultiplexedPaths) == 0 && len(young.MultiplexedPaths) > 0 && old.Multiplexed {
		all = append(all, "fewer endpoints are closed as multiplexed")
	}
	return all
}

// entry is a key of a preset, its value in lines that are compared one by one.
type entry struct {
	key   string
	lines []string
}

// entries are all keys that a preset may have, in the order of a file, but for its format and revision. A list is compared
// entry by entry, so that one more option is one line and not the whole list; the page is compared by its lines.
func entries(p *presets.Preset) (all []entry) {
	v := reflect.ValueOf(*p)
	for i := range v.NumField() {
		key := v.Type().Field(i).Tag.Get("json")
		switch field := v.Field(i); {
		case key == "" || key == "preset" || key == "revision":
		case key == "docs":
			all = append(all, entry{key, strings.Split(p.Docs, "\n")})
		case key == "guard_vectors":
			all = append(all, entry{"guard_vectors, refused", p.GuardVectors.Refused}, entry{"guard_vectors, passed", p.GuardVectors.Passed})
		case field.Type() == reflect.TypeFor[[]string]():
			all = append(all, entry{key, field.Interface().([]string)})
		case field.Kind() == reflect.Slice && field.Type() != reflect.TypeFor[json.RawMessage]():
			e := entry{key: key}
			for j := range field.Len() {
				e.lines = append(e.lines, asLine(given(field.Index(j).Interface()))...)
			}
			all = append(all, e)
		default:
			all = append(all, entry{key, asLine(field.Interface())})
		}
	}
	return all
}

// asLine is a value in JSON, as the only line of an entry; nothing, if it is not set.
func asLine(value any) []string {
	text, err := json.Marshal(value)
	if err != nil || slices.Contains([]string{`""`, "null", "false", "0"}, string(text)) {
		return nil
	}
	return []string{string(text)}
}

// given is what is set of a value, as an object: empty texts, nulls and false are left out, as in a
// file.
func given(value any) any {
	text, err := json.Marshal(value)
	if err != nil {
		return value
	}
	var object map[string]any
	if err := json.Unmarshal(text, &object); err != nil {
		return value
	}
	for key, member := range object {
		switch m := member.(type) {
		case nil:
			delete(object, key)
		case string:
			if m == "" {
				delete(object, key)
			}
		case bool:
			// required is true where it is missing.
			if !m && key != "required" {
				delete(object, key)
			}
		case map[string]any:
			object[key] = given(m)
		}
	}
	return object
}
