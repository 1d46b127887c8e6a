package cli

import (
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/vendorsign/vendorsign/signers"
)

// set converts as the gateway does, and says what the value must be if it is something else.
func (x *examined) set(o signers.Option, v *node) string {
	if v.shape == isNull {
		return ""
	}
	if x.dialect == inTraefik {
		return setWeakly(x.values, o, v)
	}
	if o.Many() && v.shape != isList {
		return o.Name + " must be a list of texts"
	}
	return setJSON(x.values, o, v)
}

func setJSON(values signers.Values, o signers.Option, v *node) string {
	read, faults := signers.FromJSON([]signers.Option{o}, slices.Concat([]byte("{"), marshal(o.Name), []byte(":"), v.json(), []byte("}")))
	if len(faults) > 0 {
		return faults[0].Text
	}
	maps.Copy(values, read)
	return ""
}

// setWeakly takes texts for everything, as Traefik's plugin does: labels are nothing else.
func setWeakly(values signers.Values, o signers.Option, v *node) string {
	switch {
	case o.Kind == signers.Block && v.shape == isTable:
		return setJSON(values, o, v)
	case o.Kind == signers.Block:
		return o.Name + " must be a block of options"
	case v.shape == isTable && single(o):
		return o.Name + " must be a text; a reference in braces stands in quotes, or is written env:NAME or file:/path"
	case o.Many() && v.shape == isList:
		for _, item := range v.list {
			if item.shape == isTable || item.shape == isList {
				return o.Name + " must be a list of texts"
			}
			values[o.Name] = append(values[o.Name], item.text)
		}
		return ""
	case v.shape == isTable || v.shape == isList:
		return o.Name + " must be a single value"
	case v.text == "":
		return ""
	case o.Many():
		values[o.Name] = strings.Split(v.text, ",")
		return ""
	case single(o) && v.shape == isNumber && !decimal.MatchString(v.text):
		return o.Name + " must be in quotes: without them it is a number, and read in another form"
	case !single(o) && strings.Contains(v.text, "{"): // known when the gateway runs
		return ""
	case strings.HasPrefix(v.text, kubernetesValue):
		values[o.Name] = []string{"{urn}"}
		return ""
	}
	if fault := values.Set(o, v.text); fault != nil {
		return fault.Text
	}
	return ""
}

// kubernetesValue begins what Traefik replaces by the value of a Kubernetes secret.
const kubernetesValue = "urn:k8s:secret:"

// decimal are the numbers that come out as they went in.
var decimal = regexp.MustCompile(`^(0|-?[1-9]\d{0,17})$`)
