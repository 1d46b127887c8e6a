package config

import (
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/vendorsign/vendorsign/outbound"
	"github.com/vendorsign/vendorsign/signers"
)

// set converts as the gateway does, and says what the value must be if it is something else. Empty: it
// was taken. A value that is null counts as not given, unless the option is a list.
func (x *Reading) set(o signers.Option, v *Node) string {
	if v.Shape == Null {
		return emptyList(o)
	}
	if x.Dialect == InTraefik {
		return setWeakly(x.Values, o, v)
	}
	if o.Many() && v.Shape != List {
		return o.Name + " must be a list of strings"
	}
	delete(x.Values, o.Name) // of a key that came before
	for name := range x.Values.Sub(o.Name) {
		delete(x.Values, o.Name+"."+name)
	}
	return setJSON(x.Values, o, v)
}

// emptyList says what is wrong with a list without an entry; usually nothing.
func emptyList(o signers.Option) string {
	if err := signers.EmptyList(o, o.Name); err != nil {
		return err.Error()
	}
	return ""
}

// setJSON takes a value as Caddy does: of the type that the option has.
func setJSON(values signers.Values, o signers.Option, v *Node) string {
	read, faults := signers.FromJSON([]signers.Option{o}, slices.Concat([]byte("{"), marshal(o.Name), []byte(":"), v.JSON(), []byte("}")))
	if len(faults) > 0 {
		return faults[0].Text
	}
	maps.Copy(values, read)
	return ""
}

// setWeakly accepts texts for everything, as Traefik's plugin does: labels are only texts, and a YAML
// file may have numbers and booleans. A text with commas is a list, as Traefik's label parser makes of
// one. A method with a list of paths may have commas of its own; see outbound.SplitMethods.
func setWeakly(values signers.Values, o signers.Option, v *Node) string {
	switch {
	case o.Kind == signers.Block && v.Shape == Table:
		return setJSON(values, o, v)
	case o.Kind == signers.Block:
		return o.Name + " must be a block of options"
	// {env.NAME} without quotes is a mapping in YAML's flow style.
	case v.Shape == Table && single(o):
		return o.Name + " must be a string; put a reference in braces in quotes, or write env:NAME or file:/path"
	case o.Many() && v.Shape == List:
		size := 0
		for _, item := range v.List {
			if item.Shape == Table || item.Shape == List {
				return o.Name + " must be a list of strings"
			}
			size += len(item.Text) + 1
			if fault := outbound.LongList(o.Name, size); fault != "" {
				return fault
			}
			values[o.Name] = append(values[o.Name], item.Text)
		}
		if len(v.List) == 0 {
			return emptyList(o)
		}
		return ""
	case v.Shape == Table && o.Many():
		return o.Name + " must be a list of strings; put a reference in braces in quotes, or write env:NAME or file:/path"
	case v.Shape == Table || v.Shape == List:
		return o.Name + " must be a single value"
	case v.Text == "":
		return emptyList(o)
	case o.Many():
		if fault := outbound.LongList(o.Name, len(v.Text)); fault != "" {
			return fault
		}
		entries := strings.Split(v.Text, ",")
		if fault := outbound.SplitMethods(entries); fault != "" && o.Name == "allow" {
			return fault
		}
		values[o.Name] = entries
		return ""
	// Traefik hands it over as a number, and 0x10, 1e3 or 007 would come out as another text.
	case single(o) && v.Shape == Number && !decimal.MatchString(v.Text):
		return o.Name + " must be in quotes: without them it is a number, and read in another form"
	case !single(o) && strings.Contains(v.Text, "{"): // known when the gateway runs
		return ""
	case strings.HasPrefix(v.Text, KubernetesValue):
		values[o.Name] = []string{"{urn}"}
		return ""
	}
	if fault := values.Set(o, v.Text); fault != nil {
		return fault.Text
	}
	return ""
}

// KubernetesValue begins what Traefik replaces by the value of a Kubernetes secret.
const KubernetesValue = "urn:k8s:secret:"

// decimal are the numbers that come out as they went in.
var decimal = regexp.MustCompile(`^(0|-?[1-9]\d{0,17})$`)
