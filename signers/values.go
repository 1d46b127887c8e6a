//go:build go1.21

package signers

import (
	"sort"
	"strconv"
	"strings"
)

// Values are the options of a configuration that are set, by name. Single values are lists of one. An option of a block is
// named block.option. A value may be a reference to a secret until the gateway resolves it.
type Values map[string][]string

// Text is the option's only value, or empty.
func (v Values) Text(name string) string {
	if values := v[name]; len(values) > 0 {
		return values[0]
	}
	return ""
}

// Number is the option's value, 0 if it has none.
func (v Values) Number(name string) int64 {
	n, _ := strconv.ParseInt(v.Text(name), 10, 64)
	return n
}

// Flag reports whether the option is true.
func (v Values) Flag(name string) bool { return v.Text(name) == "true" }

// Has reports whether the option, or one of the block of that name, is set.
func (v Values) Has(name string) bool {
	if len(v[name]) > 0 {
		return true
	}
	for key := range v {
		if strings.HasPrefix(key, name+".") {
			return true
		}
	}
	return false
}

// Set gives an option the value that text spells, or a list one more entry. A flag without text is true. The fault says what
// the value must be, and never shows it.
func (v Values) Set(o Option, text string) *Fault {
	value, fault := normal(&o, text)
	if fault != "" {
		return &Fault{Option: o.Name, Text: o.Name + " " + fault}
	}
	switch {
	case o.Kind == List || o.Kind == Lines:
		v[o.Name] = append(v[o.Name], value)
	case value == "":
		delete(v, o.Name)
	default:
		v[o.Name] = []string{value}
	}
	return nil
}

// Names returns the names with this prefix that have values, sorted: faults and options then have the same order each time.
func (v Values) Names(prefix string) []string {
	names := make([]string, 0, len(v))
	for name := range v {
		if strings.HasPrefix(name, prefix) {
			names = append(names, name)
		}
	}
	sort.Strings(names)
	return names
}

// Copy returns a copy that shares no list.
func (v Values) Copy() Values {
	own := make(Values, len(v))
	for name, values := range v {
		own[name] = append([]string(nil), values...)
	}
	return own
}

// Only returns the values of these options, those of their blocks included.
func (v Values) Only(options []Option) Values {
	own := make(Values, len(options))
	for _, o := range options {
		if o.Kind == Block {
			for key, values := range v {
				if strings.HasPrefix(key, o.Name+".") {
					own[key] = values
				}
			}
		} else if len(v[o.Name]) > 0 {
			own[o.Name] = v[o.Name]
		}
	}
	return own
}

// Sub is a block as it is given: by its names in their spelling.
func (v Values) Sub(name string) map[string]string {
	var block map[string]string
	for key, values := range v {
		if strings.HasPrefix(key, name+".") && len(values) > 0 {
			if block == nil {
				block = make(map[string]string)
			}
			block[strings.TrimPrefix(key, name+".")] = values[0]
		}
	}
	return block
}

// Block returns the values of a block by the names of its options, which may be spelt in snake_case, camelCase or as a header.
// An unknown option, or one that is set in two spellings, is a fault.
func (v Values) Block(name string, options []Option) (Values, []Fault) {
	block := v.Sub(name)
	keys := make([]string, 0, len(block))
	for key := range block {
		keys = append(keys, key)
	}
	sort.Strings(keys)
	own := make(Values, len(block))
	for _, key := range keys {
		o, ok := FindSpelt(options, key)
		if !ok {
			return nil, []Fault{Unknown(options, key)}
		}
		if len(own[o.Name]) > 0 {
			return nil, []Fault{{Option: o.Name, Text: o.Name + " is given twice, in two spellings"}}
		}
		if fault := own.Set(o, block[key]); fault != nil {
			return nil, []Fault{*fault}
		}
	}
	return own, nil
}
