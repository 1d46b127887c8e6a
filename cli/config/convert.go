package config

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/vendorsign/vendorsign/signers"
)

// set converts as the gateway does.
func (x *Reading) set(s signers.Setting, v *Node) error {
	if v.Shape == Null {
		return nil
	}
	if x.Dialect == InTraefik {
		return setWeakly(s, v)
	}
	if s.List != nil && v.Shape != List {
		return fmt.Errorf("%s must be a list of texts", s.Name)
	}
	data := slices.Concat([]byte("{"), marshal(s.Name), []byte(":"), v.JSON(), []byte("}"))
	return signers.FromJSON([]signers.Setting{s}, data)
}

// setWeakly takes texts for everything, as Traefik's decoder does: labels are nothing else.
func setWeakly(s signers.Setting, v *Node) error {
	switch {
	case s.Block != nil && v.Shape == Table:
		return signers.FromJSON([]signers.Setting{s}, slices.Concat([]byte("{"), marshal(s.Name), []byte(":"), v.JSON(), []byte("}")))
	case s.Block != nil:
		return fmt.Errorf("%s must be a block of options", s.Name)
	case v.Shape == Table && s.Text != nil:
		return fmt.Errorf("%s must be a text; a reference in braces stands in quotes, or is written env:NAME or file:/path", s.Name)
	case s.List != nil && v.Shape == List:
		for _, item := range v.List {
			if item.Shape == Table || item.Shape == List {
				return fmt.Errorf("%s must be a list of texts", s.Name)
			}
			*s.List = append(*s.List, item.Text)
		}
		return nil
	case v.Shape == Table || v.Shape == List:
		return fmt.Errorf("%s must be a single value", s.Name)
	case s.List != nil:
		if v.Text != "" {
			*s.List = strings.Split(v.Text, ",")
		}
		return nil
	case s.Text != nil && v.Shape == Number && !decimal.MatchString(v.Text):
		return fmt.Errorf("%s must be in quotes: without them it is a number, and read in another form", s.Name)
	case s.Number != nil && v.Text != "":
		n, err := strconv.ParseInt(v.Text, 0, 32)
		if err != nil && !strings.Contains(v.Text, "{") {
			return s.Set("") // which says what it must be
		}
		*s.Number = int(n)
		return nil
	case s.Number != nil:
		return nil
	case s.Flag != nil:
		on, err := strconv.ParseBool(v.Text)
		if err != nil && v.Text != "" && !strings.Contains(v.Text, "{") {
			return fmt.Errorf("%s must be true or false", s.Name)
		}
		*s.Flag = on
		return nil
	}
	*s.Text = v.Text
	if strings.HasPrefix(v.Text, KubernetesValue) {
		*s.Text = "{urn}"
	}
	return nil
}

// kubernetesValue begins what Traefik replaces by the value of a Kubernetes secret.
const KubernetesValue = "urn:k8s:secret:"

// decimal are the numbers that come out as they went in.
var decimal = regexp.MustCompile(`^(0|-?[1-9]\d{0,17})$`)
