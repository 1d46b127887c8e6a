package config

import (
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/vendorsign/vendorsign/signers"
)

// set converts as the gateway does, and says what the value must be if it is something else.
func (x *Reading) set(o signers.Option, v *Node) string {
	if v.Shape == Null {
		return ""
	}
	if x.Dialect == InTraefik {
		return setWeakly(x.Values, o, v)
	}
	if o.Many() && v.Shape != List {
		return o.Name + " must be a list of texts"
	}
	return setJSON(x.Values, o, v)
}

func setJSON(values signers.Values, o signers.Option, v *Node) string {
	read, faults := signers.FromJSON([]signers.Option{o}, slices.Concat([]byte("{"), marshal(o.Name), []byte(":"), v.JSON(), []byte("}")))
	if len(faults) > 0 {
		return faults[0].Text
	}
	maps.Copy(values, read)
	return ""
}

// setWeakly takes texts for everything, as Traefik's plugin does: labels are nothing else.
func setWeakly(values signers.Values, o signers.Option, v *Node) string {
	switch {
	case o.Kind == signers.Block && v.Shape == Table:
		return setJSON(values, o, v)
	case o.Kind == signers.Block:
		return o.Name + " must be a block of options"
	case v.Shape == Table && single(o):
		return o.Name + " must be a text; a reference in braces stands in quotes, or is written env:NAME or file:/path"
	case o.Many() && v.Shape == List:
		for _, item := range v.List {
			if item.Shape == Table || item.Shape == List {
				return o.Name + " must be a list of texts"
			}
			values[o.Name] = append(values[o.Name], item.Text)
		}
		return ""
	case v.Shape == Table || v.Shape == List:
		return o.Name + " must be a single value"
	case v.Text == "":
		return ""
	case o.Many():
		values[o.Name] = strings.Split(v.Text, ",")
		return ""
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
