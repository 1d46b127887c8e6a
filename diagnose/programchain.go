package diagnose

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// chain is how a program makes its proof: from the secret over keys that are MACs of a value each, to
// the MAC of the text. Many clients are written from a description of these steps, and lose one, or
// exchange two. Tencent's is:
//
//	let secret = TC3[[opt.secret_key]]
//	let date_key = [[date|hmac_sha256:secret]]
//	let service_key = [[opt.service|hmac_sha256:date_key]]
//	let key = [['tc3_request'|hmac_sha256:service_key]]
//	...[[text|hmac_sha256:key|hex]]
//
//	root secret, links date, opt.service, 'tc3_request', text
type chain struct {
	root   string      // the name of the first key
	mac    string      // the filter of the last step
	links  []chainLink // the last one makes the proof
	places []string    // the operations of all links but the last
}

// chainLink is one step: the value whose MAC is made, and the filter that writes it for the next step,
// such as |hex.
type chainLink struct{ value, encoding string }

var (
	// A MAC within an operation: value, filter, key.
	macIn = regexp.MustCompile(`\[\[([^\[\]]*?)\|(hmac_\w+):([\w.]+)`)
	// An operation that makes a key: name, value, filter, key, encoding.
	macLet = regexp.MustCompile(`^let (\w+) = \[\[([^\[\]]*?)\|(hmac_\w+):([\w.]+)((?:\|(?:hex|base64))?)\]\]$`)
	// What the names of added operations begin with, so that they meet no name of a preset.
	chainName = "vendorsign_link_"
)

// chainOf reads the chain of the first proof that is sent, backwards from the proof to a key that no
// MAC makes; nil if it is not made by MACs. A chain of one link is a MAC with the secret itself.
func (w *programmed) chainOf() *chain {
	lets := make(map[string][]string)
	for _, line := range w.operations {
		if found := macLet.FindStringSubmatch(line); found != nil {
			lets[found[1]] = found
		}
	}
	for _, l := range w.leaves {
		found := macIn.FindStringSubmatch("[[" + l.part.Source)
		if l.kind != proofLeaf || found == nil {
			continue
		}
		c := &chain{root: found[3], mac: found[2], links: []chainLink{{value: found[1]}}}
		for lets[c.root] != nil {
			let := lets[c.root]
			c.links = append([]chainLink{{let[2], let[5]}}, c.links...)
			c.places, c.root = append([]string{let[0]}, c.places...), let[4]
		}
		return c
	}
	return nil
}

// write is the edit that makes the proof of other links. All keys are made before the proof, since a
// value of one may be defined after the operation of another.
func (c *chain) write(links []chainLink, says string) programEdit {
	var lines []string
	key := c.root
	for i, link := range links[:len(links)-1] {
		name := chainName + strconv.Itoa(i)
		lines = append(lines, "let "+name+" = [["+link.value+"|"+c.mac+":"+key+link.encoding+"]]")
		key = name
	}
	return c.replace(false, lines, links[len(links)-1].value+"|"+c.mac+":"+key, says)
}

// replace is the edit that puts other operations before the one with the proof, in place of those of
// the chain or (keep) after them, and another expression in place of the proof's. An edit that makes no
// valid program is dropped by variant.
func (c *chain) replace(keep bool, lines []string, proof, says string) programEdit {
	last := c.links[len(c.links)-1].value + "|" + c.mac + ":"
	from := regexp.MustCompile(`\[\[` + regexp.QuoteMeta(last) + `[\w.]+`)
	change := func(operations []string) (all []string) {
		more := lines
		for _, line := range operations {
			switch {
			case slices.Contains(c.places, line) && keep:
				all = append(all, line)
			case slices.Contains(c.places, line):
			case from.MatchString(line):
				all = append(append(all, more...), from.ReplaceAllLiteralString(line, "[["+proof))
				more = nil
			default:
				all = append(all, line)
			}
		}
		return all
	}
	return programEdit{change: change, cause: "wrong_construction", tier: alone, says: says}
}

// chainEdits are the ways to make a proof by other steps than the vendor's, from the option that is the secret. All are in the tier alone:
// a chain with four links has over a hundred, and each is a program to compile.
func (w *programmed) chainEdits(secret string) (all []programEdit) {
	c := w.chainOf()
	if c == nil {
		return nil
	}
	add := func(e programEdit) { all = append(all, e) }
	all = append(all, c.hashes()...)
	n := len(c.links)
	for i := range n {
		for _, step := range []string{"|sha256", "|sha256|hex", "|sha256|base64", "|md5|hex", "|first:8", "|first:10"} {
			links := slices.Clone(c.links)
			links[i].value += step
			add(c.write(links, "a hash or a part of a value was signed, and the vendor signs the value itself"))
		}
	}
	if n < 2 {
		return all
	}
	for _, root := range slices.Compact([]string{c.root, "opt." + secret}) {
		bare := *c
		bare.root = root
		add(bare.write(c.links[n-1:], "the text was signed with the secret itself, and not with the key that is made of it"))
	}
	for _, encoding := range []string{"", "|hex", "|base64"} {
		for most := max(1, n-2); most < n; most++ { // the last key may be left as it is
			links := slices.Clone(c.links)
			for i := range links[:most] {
				links[i].encoding = encoding
			}
			if slices.Equal(links, c.links) {
				continue
			}
			add(c.write(links, "the keys on the way from the secret to the signature were written in another form between the steps"))
		}
	}
	for i := range n - 1 {
		for _, encoding := range []string{"", "|hex", "|base64"} {
			links := slices.Clone(c.links)
			if links[i].encoding = encoding; !slices.Equal(links, c.links) {
				add(c.write(links, "one of the keys on the way from the secret to the signature was written in another form than the others"))
			}
		}
	}
	for _, order := range linkOrders(n) {
		links := make([]chainLink, len(order))
		for i, at := range order {
			links[i].value, links[i].encoding = c.links[at].value, c.links[min(i, n-1)].encoding
		}
		says := "the steps from the secret to the signature were made in another order"
		if len(order) < n {
			says = "a step from the secret to the signature was left out"
		}
		add(c.write(links, says))
	}
	return append(all, c.joins()...)
}

// linkOrders are other orders of n steps and of fewer of them; where there are many, two are exchanged
// or one is left out.
func linkOrders(n int) [][]int {
	if n <= 4 {
		return arrangements(n)
	}
	right := inOrder(n)
	var all [][]int
	for i := range n {
		all = append(all, slices.Delete(slices.Clone(right), i, i+1))
		for k := i + 1; k < n; k++ {
			order := slices.Clone(right)
			order[i], order[k] = k, i
			all = append(all, order)
		}
	}
	return all
}

// hashes are hashes of the text that are not its MAC with the key: without the key, joined with it,
// with key and text exchanged. Both the secret and the last key of the chain are tried as the key.
func (c *chain) hashes() (all []programEdit) {
	value, name, hash := c.links[len(c.links)-1].value, chainName+"text", strings.TrimPrefix(c.mac, "hmac_")
	keys := []string{c.root}
	if n := len(c.places); n > 0 {
		keys = append(keys, macLet.FindStringSubmatch(c.places[n-1])[1])
	}
	all = append(all, c.replace(true, nil, value+"|"+hash, "the text was hashed without the key, and a MAC (HMAC) is asked for"))
	for _, key := range keys {
		joined := "the key was joined with the text and hashed, and a MAC (HMAC) is asked for"
		for _, s := range []string{"", ":", `\n`} {
			before := "let " + name + " = [[" + key + "]]" + s + "[[" + value + "]]"
			after := "let " + name + " = [[" + value + "]]" + s + "[[" + key + "]]"
			all = append(all, c.replace(true, []string{before}, name+"|"+hash, joined), c.replace(true, []string{after}, name+"|"+hash, joined))
		}
		all = append(all, c.replace(true, []string{c.asKey(name, value)}, key+"|"+c.mac+":"+name, "key and text of the MAC were exchanged"))
	}
	return all
}

// asKey is the operation that makes a public value one that may be a key. Programs take as a key only
// what has something of a secret in it. Here that is the secret for requests with the method NONE, of
// which there are none, so that nothing of it is in the text.
func (c *chain) asKey(name, value string) string {
	return "let " + name + " = [[" + c.root + "|if_method:NONE]][[" + value + "]]"
}

// joins are one MAC of all values, in place of one for each, and the same steps with key and text
// exchanged. Python's hmac.new takes the key first,
// PHP's hash_hmac the data, so they are easily exchanged.
func (c *chain) joins() (all []programEdit) {
	name := chainName + "text"
	for _, s := range []string{"", `\n`, ":", ".", "&"} {
		var values []string
		for _, link := range c.links {
			values = append(values, "[["+link.value+"]]")
		}
		all = append(all, c.replace(false, []string{"let " + name + " = " + strings.Join(values, s)}, name+"|"+c.mac+":"+c.root,
			"one MAC of all values was made, and the vendor makes one after the other"))
		all = append(all, c.replace(false, []string{"let " + name + " = [[" + c.root + "]]" + s + strings.Join(values, s)},
			name+"|"+strings.TrimPrefix(c.mac, "hmac_"), "the secret was joined with all values and hashed, and the vendor makes a MAC of each"))
	}
	var lines []string
	key := c.root
	for i, link := range c.links[:len(c.links)-1] {
		value, next := chainName+"value_"+strconv.Itoa(i), chainName+strconv.Itoa(i)
		lines = append(lines, c.asKey(value, link.value), "let "+next+" = [["+key+"|"+c.mac+":"+value+link.encoding+"]]")
		key = next
	}
	swapped, last := "key and text of each MAC were exchanged", c.links[len(c.links)-1].value
	all = append(all, c.replace(false, lines, last+"|"+c.mac+":"+key, swapped))
	return append(all, c.replace(false, append(slices.Clone(lines), c.asKey(name, last)), key+"|"+c.mac+":"+name, swapped))
}
