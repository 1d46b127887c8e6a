package cli

import (
	"regexp"
	"strconv"
	"strings"
)

// isLabels reports whether e holds the labels of a container.
func isLabels(e entry) bool { return strings.EqualFold(e.key, "labels") }

var labelIndex = regexp.MustCompile(`^(.*)\[(\d+)\]$`)

// labelTree makes of a container's labels the tables that they are in Traefik. An entry's field is its label, or the part of
// the label that leads to it.
func labelTree(labels entry) *node {
	all := labels.value.table
	for _, item := range labels.value.list {
		key, value, _ := strings.Cut(item.text, "=")
		all = append(all[:len(all):len(all)], entry{key: key, line: item.line, value: textNode(value, item.line)})
	}
	root := &node{shape: isTable}
	for _, l := range all {
		key := strings.TrimSpace(l.key)
		if !strings.HasPrefix(strings.ToLower(key), "traefik.") || l.value.shape == isTable || l.value.shape == isList {
			continue
		}
		root.addLabel(key, textNode(interpolate(l.value.text), l.line))
	}
	return root
}

func (n *node) addLabel(key string, value *node) {
	words := strings.Split(key, ".")
	for i, word := range words {
		field := strings.Join(words[:i+1], ".")
		name, index := word, -1
		if m := labelIndex.FindStringSubmatch(word); m != nil {
			if at, err := strconv.Atoi(m[2]); err == nil && at < 1000 {
				name, index = m[1], at
			}
		}
		if before := n.fold(name); i == len(words)-1 && index < 0 && before.shape == isText { // given twice
			n.table = append(n.table, entry{key: name, line: value.line, field: field, value: value})
			return
		}
		if n = n.child(name, value.line, field); index >= 0 {
			n = n.item(index, value.line)
		}
	}
	value.table = n.table
	*n = *value
}

// child returns the table below key, which is made if it is not there. Its place is that of its first label.
func (n *node) child(key string, line int, field string) *node {
	for _, e := range n.table {
		if strings.EqualFold(e.key, key) {
			return e.value
		}
	}
	e := entry{key: key, line: line, field: field, value: &node{shape: isTable, line: line}}
	n.table = append(n.table, e)
	return e.value
}

// item returns an item of a list, which grows to hold it.
func (n *node) item(i, line int) *node {
	n.shape = isList
	for len(n.list) <= i {
		n.list = append(n.list, &node{shape: isTable, line: line})
	}
	return n.list[i]
}

var composeVariable = regexp.MustCompile(`\$\{[^}]*\}|\$[A-Za-z_]\w*`)

// interpolate puts a placeholder where Compose puts a variable, and one dollar for two.
func interpolate(text string) string {
	parts := strings.Split(text, "$$")
	for i := range parts {
		parts[i] = composeVariable.ReplaceAllString(parts[i], "{variable}")
	}
	return strings.Join(parts, "$")
}
