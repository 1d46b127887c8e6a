package diagnose

import "strings"

// readKey compares secret and ID, joined in one header, with the configured key, as Carbon Black has
// it:
//
//	X-Auth-Token: ABCDEFGHIJKLMNO123456789/ABCDEFGHIJ
//
// Nothing is signed, so there is no clock. The two parts are the slots of a frame whose "hash" is the
// text itself (identity): the search that finds wrong texts finds wrong separators, orders and parts of
// a key as well.
func (d *diagnosis) readKey() {
	p := d.profile
	d.hostIn()
	if d.configuredID() == "" && d.Options[p.Secret] == "" && (d.Options["oauth_app_id"] != "" || d.Options["csp_api_token"] != "") {
		d.readBearer()
		return
	}
	d.takeSecret(p.Secret)
	d.token = d.secret != ""
	id := d.configuredID()
	values := d.headers(p.ProofHeader)
	var causes []string
	if values[0] == "" {
		values[0], causes = d.misplacedKey()
		if d.unproved(values[0]) {
			return
		}
	}
	for i, v := range values {
		name, rest := scheme(v)
		if b, ok := anyBase64(rest); ok && strings.EqualFold(name, "basic") && strings.ContainsAny(string(b), ":/") {
			rest = strings.Replace(string(b), ":", "/", 1)
		}
		if name != "" && (d.secret == "" || !strings.Contains(d.secret, " ")) && strings.Contains(rest, "/") && !strings.HasPrefix(rest, "/") &&
			name != d.trueSecret() {
			v = rest
			causes = append(causes, "prefix_wrong")
		}
		values[i] = v
	}
	if d.secret == "" {
		d.keyVisible(values[0], id, causes)
		return
	}
	d.optionsSwapped()
	for _, v := range values {
		d.wants = append(d.wants, candidate{raw: []byte(v), causes: causes, exact: true})
		if b, ok := anyBase64(v); ok && strings.Contains(string(b), "/") {
			d.wants = append(d.wants, candidate{raw: b, causes: append([]string{"secret_base64"}, causes...), exact: true})
		}
		if strings.Contains(v, "%") {
			d.wants = append(d.wants, candidate{raw: []byte(unescape(v, false)), causes: append([]string{"secret_altered"}, causes...), exact: true})
		}
	}
	if id == "" { // then what follows the slash is as right as it can be
		_, id, _ = strings.Cut(values[0], "/")
	}
	d.joinedKey(strings.TrimSpace(id))
}

// misplacedKey looks for the key in other headers, by the names under which clients send keys. It
// returns the value in the vendor's form, SECRET/ID, with wrong_header as its cause; empty if there is
// none. Without the secret only a value with a slash can be the key.
func (d *diagnosis) misplacedKey() (value string, causes []string) {
	own := d.profile.ProofHeader
	for _, name := range known.KeyHeaders {
		v := d.header(name)
		if v == "" {
			continue
		}
		if name == "Authorization" || name == "Cookie" || name == "Proxy-Authorization" {
			if scheme, rest := scheme(v); scheme != "" {
				v = rest
			}
			if b, ok := anyBase64(v); ok && strings.ContainsAny(string(b), ":/") && !strings.Contains(v, "/") {
				v = strings.Replace(string(b), ":", "/", 1)
			}
		}
		if d.secret == "" && !strings.Contains(v, "/") {
			d.fact("wrong_scheme", "another credential was sent in ", name, ", and none in ", own)
			continue
		}
		d.details["wrong_header"] = "the credential was sent in the header " + name + ", and the vendor reads " + own
		return v, []string{"wrong_header"}
	}
	return "", nil
}

// keyVisible looks at the form of a key without the configured secret: quotes, blanks, its separator,
// and whether the part behind it is the configured ID, or the two have each other's shape.
func (d *diagnosis) keyVisible(value, id string, causes []string) {
	d.factsOf(causes)
	p := d.profile
	first, second, joined := strings.Cut(value, "/")
	switch {
	case d.quotedOrNot(value):
	case strings.ContainsAny(value, " \t"):
		d.fact("secret_whitespace")
	case !joined || first == "" || second == "" || strings.Contains(second, "/"):
		d.fact("token_separator")
	case id != "" && first == id && second != id, p.IDShape.MatchString(first) && p.KeyShape.MatchString(second):
		d.fact("ids_swapped", "the ID comes before the secret; the secret must come first")
	case id != "" && second != id && bareID(second) == id:
		d.fact("id_whitespace")
	case id != "" && second != id:
		d.fact("wrong_id", "the API ID in the token is not the configured one")
	}
}

// joinedKey is the comparison with secret/ID: the frame with the two parts, and the ways to join them
// wrongly.
func (d *diagnosis) joinedKey(id string) {
	slash := d.profile.Separator
	secret, key := newSlot(d.profile.Secret, d.trueSecret()), newSlot(d.profile.ID, id)
	f := d.hashed([]*slot{secret, key}, identity)
	d.frames = []*frame{f}
	d.later = func() {
		d.fillSecret(secret)
		for _, w := range d.wants {
			if part, _, _ := strings.Cut(string(w.raw), slash); len(part) > 3 && (strings.HasPrefix(d.trueSecret(), part) ||
				strings.HasSuffix(d.trueSecret(), part)) {
				secret.wrong("secret_cut", alone, part)
			}
		}
		key.change(d.changes("id in a key"))
		swapped := []int{1, 0}
		f.lay("ids_swapped", frequent, layout{order: swapped, separator: slash})
		for _, s := range known.KeySeparators {
			f.lay("token_separator", frequent, layout{separator: s})
			f.lay("ids_swapped", usual, layout{order: swapped, separator: s})
		}
		f.lay("token_separator", frequent, layout{order: []int{0}})
		f.lay("token_separator", usual, layout{order: []int{1}}, layout{order: []int{0}, after: slash}, layout{separator: slash, after: slash})
		f.lay("secret_empty", usual, layout{order: []int{1}, before: slash})
		for _, around := range []string{`""`, "''", "{}", "<>", "[]"} {
			f.lay("secret_quoted", frequent, layout{separator: slash, before: around[:1], after: around[1:]})
		}
		f.lay("secret_quoted", usual, layout{separator: slash, before: "b'", after: "'"})
		f.lay("id_whitespace", usual, layout{separator: slash, after: "\\n"})
	}
}

// readBearer looks at a bearer token of a vendor that also takes keys. The token is fetched and
// therefore unknown, so only its form can be judged.
func (d *diagnosis) readBearer() {
	value := d.header("Authorization")
	d.stuck = true
	switch name, rest := scheme(value); {
	case value == "" && d.Request.Header.Get(d.profile.ProofHeader) != "":
		d.fact("wrong_scheme", d.profile.ProofHeader, " was sent, and the configured credential is sent as a bearer token in Authorization")
	case value == "":
		d.missing("Authorization")
	case name == "":
		d.fact("prefix_missing")
	case name != "Bearer":
		d.fact("prefix_wrong")
	case rest == d.Options["csp_api_token"] || rest == d.Options["oauth_app_secret"]:
		d.fact("secret_sent", "the credential itself was sent as the bearer token; it must be exchanged for one first")
	default:
		d.stuck = false
	}
}
