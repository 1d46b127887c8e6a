package diagnose

import (
	"regexp"
	"strings"
)

func init() { readers["carbonblack"] = (*diagnosis).readCarbonBlack }

// What keys of Carbon Black Cloud look like.
var (
	cbSecret = regexp.MustCompile(`^[A-Z0-9]{24,25}$`)
	cbID     = regexp.MustCompile(`^[A-Z0-9]{10}$`)
)

// readCarbonBlack compares the token with the configured key. Nothing is signed, so there is no clock.
func (d *diagnosis) readCarbonBlack() {
	d.hostIn()
	if d.Options["api_id"] == "" && d.Options["api_secret_key"] == "" && (d.Options["oauth_app_id"] != "" || d.Options["csp_api_token"] != "") {
		d.readBearer()
		return
	}
	d.takeSecret("api_secret_key")
	id := d.option("api_id", "")
	value, others, sent := d.header("X-Auth-Token")
	value = strings.TrimSpace(value)
	var causes []string
	if !sent || value == "" {
		value, causes = d.misplacedToken()
		if value == "" {
			d.missing("X-Auth-Token")
			d.stuck = true
			return
		}
	}
	values := append([]string{value}, others...)
	for i, v := range values {
		v = strings.TrimSpace(v)
		name, rest := scheme(v)
		if b, ok := anyBase64(rest); ok && strings.EqualFold(name, "basic") && strings.ContainsAny(string(b), ":/") {
			rest = strings.Replace(string(b), ":", "/", 1)
		}
		if name != "" && (d.secret == "" || !strings.Contains(d.secret, " ")) && strings.Contains(rest, "/") && !strings.HasPrefix(rest, "/") && name != d.trueSecret() {
			v = rest
			causes = append(causes, "prefix_wrong")
		}
		values[i] = v
	}
	d.carbonBlackVisible(values[0], id, causes)
	if d.secret == "" {
		return
	}
	for _, v := range values {
		d.wants = append(d.wants, want{raw: []byte(v), causes: causes, exact: true})
		if b, ok := anyBase64(v); ok && strings.Contains(string(b), "/") {
			d.wants = append(d.wants, want{raw: b, causes: append([]string{"secret_base64"}, causes...), exact: true})
		}
		if strings.Contains(v, "%") {
			d.wants = append(d.wants, want{raw: []byte(unescape(v, false)), causes: append([]string{"secret_altered"}, causes...), exact: true})
		}
	}
	d.token = true
	d.carbonBlackFrames(id, values[0])
}

func (d *diagnosis) carbonBlackFrames(id, value string) {
	if id == "" { // then what follows the slash is as right as it can be
		_, id, _ = strings.Cut(value, "/")
	}
	secret, key := newSlot("api_secret_key", d.trueSecret()), newSlot("api_id", strings.TrimSpace(id))
	f := &frame{slots: []*slot{secret, key}, layouts: []layout{{join: lines("/")}}, macs: []mac{identity}}
	d.frames = []*frame{f}
	d.later = func() {
		d.fillSecret(secret, id)
		key.wrong("secret_quoted", frequent, "{"+id+"}", "<"+id+">", "["+id+"]", "{{"+id+"}}", "${"+id+"}", "("+id+")")
		key.wrong("id_whitespace", frequent, id+" ", " "+id, id+"\n", `"`+id+`"`, "'"+id+"'", id+"\r\n", id+"\t")
		key.wrong("wrong_id", usual, strings.ToLower(id), strings.ToUpper(id), "")
		swapped := func(separator string) func([]string, func(int, string)) {
			return func(t []string, w func(int, string)) { w(1, t[1]); w(-1, separator); w(0, t[0]) }
		}
		f.layouts = append(f.layouts, layout{swapped("/"), "ids_swapped", frequent})
		for _, separator := range []string{":", " / ", " ", "", "//", "\\", "|", ",", "-", "_", ";", "%2F", "%2f", "/ ", " /", "."} {
			f.layouts = append(f.layouts, layout{lines(separator), "token_separator", frequent}, layout{swapped(separator), "ids_swapped", usual})
		}
		f.layouts = append(f.layouts,
			layout{func(t []string, w func(int, string)) { w(0, t[0]) }, "token_separator", frequent},
			layout{func(t []string, w func(int, string)) { w(1, t[1]) }, "token_separator", usual},
			layout{func(t []string, w func(int, string)) { w(0, t[0]); w(-1, "/") }, "token_separator", usual},
			layout{func(t []string, w func(int, string)) { w(-1, "/"); w(1, t[1]) }, "secret_empty", usual},
			layout{func(t []string, w func(int, string)) { w(-1, `"`); lines("/")(t, w); w(-1, `"`) }, "secret_quoted", frequent},
			layout{func(t []string, w func(int, string)) { w(-1, "'"); lines("/")(t, w); w(-1, "'") }, "secret_quoted", frequent},
			layout{func(t []string, w func(int, string)) { w(-1, "{"); lines("/")(t, w); w(-1, "}") }, "secret_quoted", frequent},
			layout{func(t []string, w func(int, string)) { w(-1, "<"); lines("/")(t, w); w(-1, ">") }, "secret_quoted", frequent},
			layout{func(t []string, w func(int, string)) { w(-1, "["); lines("/")(t, w); w(-1, "]") }, "secret_quoted", frequent},
			layout{func(t []string, w func(int, string)) { w(-1, "b'"); lines("/")(t, w); w(-1, "'") }, "secret_quoted", usual},
			layout{func(t []string, w func(int, string)) { lines("/")(t, w); w(-1, "/") }, "token_separator", usual},
			layout{func(t []string, w func(int, string)) { lines("/")(t, w); w(-1, "\\n") }, "id_whitespace", usual})
	}
}

// misplacedToken looks for the token in other headers.
func (d *diagnosis) misplacedToken() (value string, causes []string) {
	for _, name := range []string{"Authorization", "X-Api-Key", "X-Api-Token", "Auth-Token", "Api-Key", "Token", "X-Token", "X-Auth", "X-Access-Token", "Apikey", "X-Authorization", "X-Auth-Key", "Proxy-Authorization", "Cookie"} {
		v, _, sent := d.header(name)
		if v = strings.TrimSpace(v); !sent || v == "" {
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
			d.fact("wrong_scheme", "another credential was sent in ", name, ", and none in X-Auth-Token")
			continue
		}
		d.details["wrong_header"] = "the credential was sent in the header " + name + ", and the vendor reads X-Auth-Token"
		return v, []string{"wrong_header"}
	}
	return "", nil
}

// carbonBlackVisible looks at the form of the token.
func (d *diagnosis) carbonBlackVisible(value, id string, causes []string) {
	first, second, joined := strings.Cut(value, "/")
	secret := d.trueSecret()
	if secret != "" {
		if cbID.MatchString(secret) && cbSecret.MatchString(id) && d.answer.kind != accepted {
			d.fact("ids_swapped", "the configured secret looks like an API ID, and the ID like a secret: they are swapped")
		}
		return
	}
	for _, c := range causes {
		d.fact(c)
	}
	switch {
	case placeholderText.MatchString(value):
		d.fact("secret_placeholder")
	case strings.Trim(value, `"'<>{}[]`) != value:
		d.fact("secret_quoted")
	case strings.ContainsAny(value, " \t"):
		d.fact("secret_whitespace")
	case !joined || strings.Contains(second, "/"):
		d.fact("token_separator")
	case first == "" || second == "":
		d.fact("token_separator")
	case id != "" && first == id && second != id, cbID.MatchString(first) && cbSecret.MatchString(second):
		d.fact("ids_swapped", "the ID stands before the secret; the secret comes first")
	case id != "" && second != id && bareID(second) == id:
		d.fact("id_whitespace")
	case id != "" && second != id:
		d.fact("wrong_id", "the API ID in the token is not the configured one")
	}
}

// readBearer looks at a bearer token, which is fetched and therefore unknown.
func (d *diagnosis) readBearer() {
	value, _, sent := d.header("Authorization")
	switch name, rest := scheme(strings.TrimSpace(value)); {
	case !sent && d.Request.Header.Get("X-Auth-Token") != "":
		d.fact("wrong_scheme", "X-Auth-Token was sent, and the configured credential is sent as a bearer token in Authorization")
		d.stuck = true
	case !sent || strings.TrimSpace(value) == "":
		d.missing("Authorization")
		d.stuck = true
	case name == "":
		d.fact("prefix_missing")
		d.stuck = true
	case name != "Bearer":
		d.fact("prefix_wrong")
		d.stuck = true
	case rest == d.Options["csp_api_token"] || rest == d.Options["oauth_app_secret"]:
		d.fact("secret_sent", "the credential itself was sent as the bearer token; it must be exchanged for one first")
		d.stuck = true
	}
}
