package config

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// isLabels reports whether e holds the labels of a container.
func isLabels(e Entry) bool { return strings.EqualFold(e.Key, "labels") }

// labelIndex finds the index of a list's item in a word of a label.
var labelIndex = regexp.MustCompile(`^(.*)\[(\d+)\]$`)

// labelTree makes of a container's labels the tables that they are in Traefik. An entry's field is its
// label, or the part of the label that leads to it. Labels that are not Traefik's are left out.
//
//	traefik.http.routers.r.rule=Host(`x`)
//	traefik.http.routers.r.tls.domains[0].main=x
//	->  {"traefik":{"http":{"routers":{"r":{"rule":"Host(`x`)","tls":{"domains":[{"main":"x"}]}}}}}}
func labelTree(labels Entry) *Node {
	root := &Node{Shape: Table}
	for _, l := range pairs(labels) {
		key := strings.TrimSpace(l.Key)
		if !strings.HasPrefix(strings.ToLower(key), "traefik.") || l.Value.Shape == Table || l.Value.Shape == List || leftOut(key) {
			continue
		}
		root.addLabel(key, TextNode(Interpolate(l.Value.Text), l.Line))
	}
	root.closeGaps()
	return root
}

// labelRoots are the beginnings of the labels that Traefik decodes together, compared without case.
var labelRoots = []string{"traefik.http", "traefik.tcp", "traefik.udp", "traefik.tls.stores.default"}

// labelFault is what is wrong with the name of a label; empty: nothing. One such label costs the container all of its labels
// (DecodeToNode in github.com/traefik/paerser), and so its routers and middlewares.
//
//	TRAEFIK.http.routers.r.rule   traefik.http.routers..rule   traefik.http.routers.[0].rule
//
// A label that Traefik leaves out costs only itself.
func labelFault(key string) string {
	name := strings.TrimSpace(key)
	ours := slices.ContainsFunc(labelRoots, func(root string) bool {
		return len(name) >= len(root) && strings.EqualFold(name[:len(root)], root)
	})
	words := strings.Split(name, ".")
	const none = ", and then it takes no label of this container"
	switch {
	case !ours:
	case name != key:
		return "the label's name begins or ends with white space, which Traefik takes for a part of it" + none + "; take it out"
	case words[0] != "traefik":
		return "the label begins with " + words[0] + ", which Traefik does not take for traefik" + none + "; write traefik in lower case"
	case slices.ContainsFunc(words, func(word string) bool { return word == "" || word[0] == '[' }):
		return "the label has no name between two dots, which Traefik does not take" + none + "; name it"
	case leftOut(name):
		list := name[:strings.LastIndex(name, "[")]
		return "Traefik takes no indexes in a list of its own, and leaves this label out; write all in one, as in " + list + "=one,two"
	}
	return ""
}

// leftOut reports whether Traefik leaves a label out that gives a list of its own a text by an index (setSlice in
// github.com/traefik/paerser). Lists of a plugin have such items.
//
//	traefik.http.routers.r.middlewares[0] -> true        traefik.http.middlewares.m.plugin.p.acme.allow[0] -> false
func leftOut(name string) bool {
	words := strings.Split(name, ".")
	plugin := len(words) > 4 && strings.EqualFold(words[2], "middlewares") && strings.EqualFold(words[4], "plugin")
	return strings.HasSuffix(name, "]") && !plugin
}

// pairs are the labels of a container, which may be a table or a list of NAME=VALUE.
func pairs(labels Entry) []Entry {
	all := labels.Value.Table
	for _, item := range labels.Value.List {
		key, value, _ := strings.Cut(item.Text, "=")
		all = append(all[:len(all):len(all)], Entry{Key: key, Line: item.Line, Value: TextNode(value, item.Line)})
	}
	return all
}

// closeGaps removes the items of lists whose indexes no label has, as Traefik does.
func (n *Node) closeGaps() {
	n.List = slices.DeleteFunc(n.List, func(item *Node) bool { return item.Shape == Table && len(item.Table) == 0 })
	for _, item := range n.List {
		item.closeGaps()
	}
	for _, e := range n.Table {
		e.Value.closeGaps()
	}
}

// addLabel puts a label's value at its path. Names are compared without case, as in Traefik; a word such as
// domains[0] is an item of a list, up to 999.
func (n *Node) addLabel(key string, value *Node) {
	words := strings.Split(key, ".")
	for i, word := range words {
		field := strings.Join(words[:i+1], ".")
		name, index := word, -1
		if m := labelIndex.FindStringSubmatch(word); m != nil {
			if at, err := strconv.Atoi(m[2]); err == nil && at < 1000 {
				name, index = m[1], at
			}
		}
		if n.latest(name).Value.given(index, i == len(words)-1) { // twice: Traefik drops one of them
			n.Table = append(n.Table, Entry{Key: name, Line: value.Line, Field: field, Value: &Node{Shape: Table, Line: value.Line}})
		}
		if n = n.child(name, value.Line, field); index >= 0 {
			n = n.item(index, value.Line)
		}
	}
	value.Table = n.Table
	*n = *value
}

// latest is FoldEntry for the last of several.
func (n *Node) latest(key string) Entry {
	found := Entry{Value: new(Node)}
	for _, e := range n.Table {
		if strings.EqualFold(e.Key, key) {
			found = e
		}
	}
	return found
}

// given reports whether a label's value has a place already: as a text, as a list, or as the item of that index.
func (n *Node) given(index int, last bool) bool {
	if index < 0 {
		return last && (n.Shape == Text || n.Shape == List)
	}
	return n.Shape == Text || last && len(n.List) > index && n.List[index].Shape == Text
}

// child returns the table below key, which is made if it is not there. Its place is that of its first label.
func (n *Node) child(key string, line int, field string) *Node {
	if known := n.latest(key); known.Key != "" {
		return known.Value
	}
	e := Entry{Key: key, Line: line, Field: field, Value: &Node{Shape: Table, Line: line}}
	n.Table = append(n.Table, e)
	return e.Value
}

// item returns an item of a list, which grows to hold it.
func (n *Node) item(i, line int) *Node {
	n.Shape = List
	for len(n.List) <= i {
		n.List = append(n.List, &Node{Shape: Table, Line: line})
	}
	return n.List[i]
}

// composeVariable finds ${NAME} with Compose's operators, and $NAME.
var composeVariable = regexp.MustCompile(`\$\{(\w+)([^}]*)\}|\$([A-Za-z_]\w*)|\$\{[^}]*\}`)

// ComposeValue begins the placeholder of a variable that Compose fills in: its value is not known here. ComposeDefault ends that of one
// with a default that is written out, and is no reference.
const (
	ComposeValue   = "{variable "
	ComposeDefault = " or its default}"
)

// Interpolate puts a placeholder where Compose puts a variable, and one dollar for two. Those of different variables are different, as
// their values are.
//
//	a ${X:-y} $$b $C ${D:?missing}  ->  a {variable X or its default} $b {variable C} {variable D}
func Interpolate(text string) string {
	parts := strings.Split(text, "$$")
	for i := range parts {
		parts[i] = composeVariable.ReplaceAllStringFunc(parts[i], func(variable string) string {
			m := composeVariable.FindStringSubmatch(variable)
			value, ok := strings.CutPrefix(strings.TrimPrefix(m[2], ":"), "-")
			if ok && value != "" && !Unknown(value) {
				return ComposeValue + m[1] + ComposeDefault
			}
			return ComposeValue + m[1] + m[3] + "}"
		})
	}
	return strings.Join(parts, "$")
}
