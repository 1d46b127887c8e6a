package cli

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/vendorsign/vendorsign/signers"
)

// set converts as the gateway does.
func (x *blockReading) set(s signers.Setting, v *node) error {
	if v.shape == isNull {
		return nil
	}
	if x.dialect == inTraefik {
		return setWeakly(s, v)
	}
	if s.List != nil && v.shape != isList {
		return fmt.Errorf("%s must be a list of texts", s.Name)
	}
	data := slices.Concat([]byte("{"), marshal(s.Name), []byte(":"), v.json(), []byte("}"))
	return signers.FromJSON([]signers.Setting{s}, data)
}

// setWeakly takes texts for everything, as Traefik's decoder does: labels are nothing else.
func setWeakly(s signers.Setting, v *node) error {
	switch {
	case s.Block != nil && v.shape == isTable:
		return signers.FromJSON([]signers.Setting{s}, slices.Concat([]byte("{"), marshal(s.Name), []byte(":"), v.json(), []byte("}")))
	case s.Block != nil:
		return fmt.Errorf("%s must be a block of options", s.Name)
	case v.shape == isTable && s.Text != nil:
		return fmt.Errorf("%s must be a text; a reference in braces stands in quotes, or is written env:NAME or file:/path", s.Name)
	case s.List != nil && v.shape == isList:
		for _, item := range v.list {
			if item.shape == isTable || item.shape == isList {
				return fmt.Errorf("%s must be a list of texts", s.Name)
			}
			*s.List = append(*s.List, item.text)
		}
		return nil
	case v.shape == isTable || v.shape == isList:
		return fmt.Errorf("%s must be a single value", s.Name)
	case s.List != nil:
		if v.text != "" {
			*s.List = strings.Split(v.text, ",")
		}
		return nil
	case s.Text != nil && v.shape == isNumber && !decimal.MatchString(v.text):
		return fmt.Errorf("%s must be in quotes: without them it is a number, and read in another form", s.Name)
	case s.Number != nil && v.text != "":
		n, err := strconv.ParseInt(v.text, 0, 32)
		if err != nil && !strings.Contains(v.text, "{") {
			return s.Set("") // which says what it must be
		}
		*s.Number = int(n)
		return nil
	case s.Number != nil:
		return nil
	case s.Flag != nil:
		on, err := strconv.ParseBool(v.text)
		if err != nil && v.text != "" && !strings.Contains(v.text, "{") {
			return fmt.Errorf("%s must be true or false", s.Name)
		}
		*s.Flag = on
		return nil
	}
	*s.Text = v.text
	if strings.HasPrefix(v.text, kubernetesValue) {
		*s.Text = "{urn}"
	}
	return nil
}

// kubernetesValue begins what Traefik replaces by the value of a Kubernetes secret.
const kubernetesValue = "urn:k8s:secret:"

// decimal are the numbers that come out as they went in.
var decimal = regexp.MustCompile(`^(0|-?[1-9]\d{0,17})$`)
