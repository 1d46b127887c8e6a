package program

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/vendorsign/vendorsign/signers"
)

// bound makes a signer of operations, with id, key, names and n as values.
func bound(t testing.TB, operations []string, values map[string][]string) signers.Signer {
	t.Helper()
	p, err := Compile(operations, append([]Option{{Name: "mode"}}, ruled...), "", nil)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string][]string{"id": {"ID"}, "key": {"KEY"}, "names": {"X-Two", "x-one", "X-None"}, "n": {"3"}}
	maps.Copy(all, values)
	b, faults := Bind(p, all)
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	return NewSigner(b, Scheme{})
}

// posted is a request with something of everything.
func posted() (*signers.Message, *signers.Moment) {
	m := &signers.Message{Method: "POST", Host: "api.acme.example:8443", Target: "/a%20b/C?b=2&a=1&b=1", Body: []byte("hello"), Header: http.Header{
		"X-One": {" 1  a "}, "X-Two": {"2", "3"}, "X-Set": {"client"}, "Content-Type": {"text/plain"},
	}}
	return m, &signers.Moment{Time: time.Date(2026, 3, 4, 5, 6, 7, 89e6, time.UTC), Nonce: "NONCE", Token: "TOKEN", More: map[string]string{"org": "ORG"}}
}

func TestValuesAndFiltersGiveWhatTheyAreFor(t *testing.T) {
	const helloHex = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"
	tests := []struct{ template, want string }{
		{`[[method]] [[scheme]] [[host]]`, "POST https api.acme.example:8443"},
		{`[[path]] [[query]] [[target]]`, "/a%20b/C b=2&a=1&b=1 /a%20b/C?b=2&a=1&b=1"},
		{`[[nonce]] [[body_len]] [[opt.id]]`, "NONCE 5 ID"},
		{`[['a | b : ]] \'c\'']]`, "a | b : ]] 'c'"},
		{`[['it\'s [[not]] a value']] [['a\\'|upper]][['[[b']]`, `it's [[not]] a value A\[[b`},
		{`a\\b`, `a\b`},
		{`[[header.x-two]]|[[header.X-None]]|[[header.Host]]`, "2, 3||api.acme.example:8443"},
		{`[[header.X-Set]]`, ""}, // it is set below
		{`[[token|reveal]] [[token.org|reveal]]`, "TOKEN ORG"},
		{`[[body|sha256|hex]]`, helloHex},
		{`[[body|first:3|base64]] [[body|hex|first:4]]`, "aGVs 6865"},
		{`[[body|md5|hex]]`, "5d41402abc4b2a76b9719d911017c592"},
		{`[[body|sha1|base64url]]`, "qvTGHdzF6KLavt4PO0gs2a6pQ00"},
		{`[[body|sha384|hex|first:8]] [[body|sha512|hex|first:8]]`, "59e17487 9b71d224"},
		{`[[body|hmac_sha256:opt.key|hex]]`, macHex("KEY", "hello")},
		{`[['x'|hmac_sha256:opt.key|hmac_sha256:opt.key|hex]]`, macHex("KEY", macRaw("KEY", "x"))},
		{`[['6869'|unhex|base64]] [['aGk='|unbase64|hex]]`, "aGk= 6869"},
		{"[['aBc\u00c4\u00e4'|upper]] [['aBc\u00c4\u00e4'|lower]]", "ABC\u00c4\u00e4 abc\u00c4\u00e4"},
		{`<[['  a  b '|trim]]> <[['  a \t b '|collapse]]>`, "<a  b> < a b >"},
		{`[['a b/c~d+e%'|urlencode]]`, "a%20b%2Fc~d%2Be%25"},
		{`[['a"\\\n<&>'|json]]`, `"a\"\\\n<&>"`},
		{`[[query|canon_query]] [['b=%7e&a&c=+'|canon_query]]`, "a=1&b=1&b=2 a=&b=~&c=%20"},
		{`[['a=z&a=%C3%A9&b0&b%5B&%2B&+'|canon_query|decoded_order]] [['b&a'|decoded_order]]`, "%20=&%2B=&a=z&a=%C3%A9&b0=&b%5B= b&a"},
		// Names and values that begin alike are in order also where the longer one goes on with the lowest bytes.
		{`[['a%00=1&a=%00&a=%01&=x&a=&%00=y&a=2'|canon_query|decoded_order]]`, "=x&%00=y&a=&a=%00&a=%01&a=2&a%00=1"},
		{`[['a=%zz%4&%'|canon_query]] [['/a]]b']] a]]b`, "%25=&a=%25zz%254 /a]]b a]]b"},
		{`[[query|sort_query]] [['&b=%7e&&a'|sort_query]]`, "a=1&b=1&b=2 a&b=%7e"},
		{`[['/dbs/a%20b'|cosmos_type]] [['/dbs/a%20b'|cosmos_link]] [['/dbs/a/colls'|cosmos_type]] [['/dbs/a/colls'|cosmos_link]]`, "dbs dbs/a b colls dbs/a"},
		{`[['/a%2fb/%7e/%41$:+/%C3%BC//.'|canon_path]] [['/%zz/%/a b'|canon_path]]`, "/a%2Fb/~/A%24%3A%2B/%C3%BC//. /%25zz/%25/a%20b"},
		{`[['a-b:1\na1:2\na_:3\nab:4\na:5\n'|azure_headers|json]]<[[''|azure_headers]]>`, `"a:5\na_:3\na1:2\nab:4\na-b:1\n"<>`},
		{`[['/dbs'|cosmos_type]]<[['/dbs'|cosmos_link]]>`, "dbs<>"},
		{`[['a-b-c'|after:-]] [['abc'|after:-]] [['a:b'|after::]]`, "b-c abc b"},
		{`[['v1_x'|strip_prefix:v1_]] [['x'|strip_prefix:v1_]] [['/a'|end_with:/]] [['/a/'|end_with:/]]`, "x x /a/ /a/"},
		{`[[header.X-None|or:none]] [[method|or:none]] [[header.X-None|or:'']]`, "none POST "},
		{`[[method|when:header.X-One]]<[[method|when:header.X-None]]>[[method|when:body]]`, "POST<>POST"},
		{`[[body|hex|if_method:GET,POST]]<[[body|hex|if_method:GET]]>`, "68656c6c6f<>"},
		{`[[method|if:opt.mode:on]]<[[method|if:opt.mode:off]]>[['d'|if:opt.mode:'']]`, "POST<>"},
		{`[[body|hmac_sha256:opt.key|hex|if_method:POST]]`, macHex("KEY", "hello")},
		{`[[opt.id|if_method:GET]]<[[opt.id|lower|if_method:GET]]>[[opt.id|lower|if_method:POST]]`, "<>id"},
		{`[[now|unix]] [[now|unix_ms]]`, "1772600767 1772600767089"},
		{`[[now|http_date]] [[now|utc_date]]`, "Wed, 04 Mar 2026 05:06:07 GMT Wed, 04 Mar 2026 05:06:07 UTC"},
		{`[[now|iso]] [[now|iso_ms]] [[now|iso_basic]]`, "2026-03-04T05:06:07Z 2026-03-04T05:06:07.089Z 20260304T050607Z"},
		{`[[now|date]] [[now|date_basic]] [[now|edgegrid]]`, "2026-03-04 20260304 20260304T05:06:07+0000"},
		{`[[now|format:2006/01/02 15:04]]`, "2026/03/04 05:06"},
		{`[[now|add:60|unix]] [[now|add:-7|add:opt.n|unix]]`, "1772600827 1772600763"},
		{`[['api:8443'|without_port]] [['[::1]:443'|without_port]] [['[::1]'|without_port]] [[host|without_port]]`, "api [::1] [::1] api.acme.example"},
		{`[[header_names:x-*,content-type,host]]`, "content-type;host;x-one;x-two"},
		{`[[header_list:opt.names:'; ']]`, "x-two:2,3; x-one:1 a"},
	}
	for _, test := range tests {
		for _, let := range []bool{false, true} { // the same in a let, and in a text
			operations := []string{"header X-Out = " + test.template, "header X-Set = 1"}
			if let {
				operations = []string{"let value = " + test.template, "header X-Out = [[value]]", "header X-Set = 1"}
			}
			s := bound(t, operations, map[string][]string{"mode": {"on"}})
			m, at := posted()
			at.Date = s.Date(at.Time)
			if err := s.Sign(m, at); err != nil || m.Header.Get("X-Out") != test.want {
				t.Errorf("%s is %q, %v, want %q", test.template, m.Header.Get("X-Out"), err, test.want)
			}
		}
	}
}

func TestAPartOfALetLeavesTheLet(t *testing.T) {
	s := bound(t, []string{"let all = [[body]]", "header A = [[all|first:2|hex]]", "header B = [[all|hex]]", "header C = [[all|sha256|hex]]"}, nil)
	m, at := posted()
	if err := s.Sign(m, at); err != nil || m.Header.Get("A") != "6865" || m.Header.Get("B") != "68656c6c6f" || s.Traits().BodyFirst != 0 ||
		m.Header.Get("C") != "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824" {
		t.Errorf("signed is %v, %v", m.Header, err)
	}
}

func macRaw(key, text string) string {
	mac := hmac.New(sha256.New, []byte(key))
	mac.Write([]byte(text))
	return string(mac.Sum(nil))
}

func macHex(key, text string) string { return hex.EncodeToString([]byte(macRaw(key, text))) }

func TestLinesOfHeadersAreThoseThatGoOut(t *testing.T) {
	s := bound(t, []string{
		"header x-b = [[opt.id]]", "header? x-c = [[header.X-None]]",
		"let lines = [[header_lines:x-*,host]]", "header X-Sum = [[lines|hex]]",
		"header x-a = below", "delheader X-Two",
	}, nil)
	m, at := posted()
	m.Header["X-A"], m.Header["X-C"] = []string{"client"}, []string{"client"}
	if err := s.Sign(m, at); err != nil {
		t.Fatal(err)
	}
	got, _ := hex.DecodeString(m.Header.Get("X-Sum"))
	if want := "host:api.acme.example:8443\nx-b:ID\nx-one:1 a\nx-set:client\n"; string(got) != want {
		t.Errorf("the lines are %q, want %q", got, want)
	}
	if m.Header["X-C"] != nil || m.Header["X-Two"] != nil || m.Header.Get("X-A") != "below" {
		t.Errorf("what goes out is %v", m.Header)
	}
}

func TestTrimmedLinesKeepTheBlanksInsideAValueAndSortSeveralValues(t *testing.T) {
	s := bound(t, []string{"header x-b = [[' I  D ']]", "let lines = [[header_lines_trimmed:x-*,content-type,host|lower]]", "header X-Sum = [[lines|hex]]"}, nil)
	m, at := posted()
	m.Header["X-Two"], m.Header["Content-Type"] = []string{"b  B ", "\ta", "A \t c"}, []string{" multipart/x;  boundary=A  b "}
	if err := s.Sign(m, at); err != nil {
		t.Fatal(err)
	}
	got, _ := hex.DecodeString(m.Header.Get("X-Sum"))
	const want = "content-type:multipart/x;  boundary=a  b\nhost:api.acme.example:8443\nx-b:i  d\nx-one:1  a\nx-set:client\nx-two:a \t c,a,b  b\n"
	if string(got) != want {
		t.Errorf("the lines are %q, want %q", got, want)
	}
}

func TestAzuresQueryHasALineForEachName(t *testing.T) {
	for query, want := range map[string]string{
		"": "", "b=2&a=1": "\na:1\nb:2", "A=z&a=b%20c&B": "\na:b c,z\nb:", "a;b=c": "\na;b:c",
	} {
		if got, ok := azureQuery(query); !ok || got != want {
			t.Errorf("%q gives %q, want %q", query, got, want)
		}
	}
}

func TestParametersGoBehindThoseThatTheClientSent(t *testing.T) {
	tests := []struct{ target, want string }{
		{"/p", "/p?id=ID&sum=%2Fp%3Fid%3DID"},
		{"/p?", "/p?id=ID&sum=%2Fp%3Fid%3DID"},
		{"/p?a=1", "/p?a=1&id=ID&sum=%2Fp%3Fa%3D1%26id%3DID"},
		{"/p?sum=x&a=%7e;ID=2&%69d=3", "/p?a=%7e&id=ID&sum=%2Fp%3Fa%3D%257e%26id%3DID"},
		{"/p?gone=1", "/p?id=ID&sum=%2Fp%3Fid%3DID"},
	}
	for _, test := range tests {
		s := bound(t, []string{"query id = [[opt.id]]", "query sum = [[target]]", "query? none = [[header.X-None]]", "delquery gone"}, nil)
		m := &signers.Message{Method: "GET", Host: "h", Target: test.target, Header: make(http.Header)}
		if err := s.Sign(m, &signers.Moment{}); err != nil || m.Target != test.want {
			t.Errorf("%s becomes %s, %v, want %s", test.target, m.Target, err, test.want)
		}
		if want := []string{"id", "sum", "none", "gone"}; !reflect.DeepEqual(s.Traits().Params, want) {
			t.Errorf("it owns %q, want %q", s.Traits().Params, want)
		}
	}
}

func TestWhatCannotBeSignedChangesNothing(t *testing.T) {
	tests := []struct {
		name       string
		operations []string
		change     func(m *signers.Message, at *signers.Moment)
	}{
		{"a header with a line end", []string{"header A = 1", "query q = 1", "header B = [[header.X-One]]", "delheader X-Two"},
			func(m *signers.Message, at *signers.Moment) { m.Header["X-One"] = []string{"a\r\nHost: evil"} }},
		{"a parameter with a line end", []string{"header A = 1", "query q = [[header.X-One]]"},
			func(m *signers.Message, at *signers.Moment) { m.Header["X-One"] = []string{"a\nb"} }},
		{"an id that is no hexadecimal", []string{"header A = [[header.X-One|unhex|base64]]"},
			func(m *signers.Message, at *signers.Moment) { m.Header["X-One"] = []string{"xy"} }},
		{"a key that a header has to turn on", []string{"let key = [[opt.key|when:header.X-One]]", "header A = [[target|hmac_sha256:key|hex]]"},
			func(m *signers.Message, at *signers.Moment) { delete(m.Header, "X-One") }},
		{"a key for another method", []string{"let key = [[opt.key|if_method:GET]]", "header A = [[body|hmac_sha256:key|hex]]"},
			func(m *signers.Message, at *signers.Moment) {}},
	}
	for _, test := range tests {
		s := bound(t, test.operations, nil)
		m, at := posted()
		test.change(m, at)
		before := fmt.Sprintf("%q", *m)
		if err := s.Sign(m, at); !errors.Is(err, signers.ErrMessage) || !strings.HasPrefix(err.Error(), "operations line ") {
			t.Errorf("%s: the error is %v", test.name, err)
		}
		if after := fmt.Sprintf("%q", *m); after != before {
			t.Errorf("%s: the message became\n%s from\n%s", test.name, after, before)
		}
	}
	s := bound(t, []string{"header A = [[token|reveal]]"}, nil)
	m, at := posted()
	at.Token = ""
	if err := s.Sign(m, at); err == nil || m.Header["A"] != nil {
		t.Error("a request is signed without its token")
	}
}

func TestFaultsNameTheOptionAndShowNoValue(t *testing.T) {
	operations := []string{
		"let key = [[opt.key|unhex]]", "header A = [[body|hmac_sha256:key|hex]]", "header B = [[now|add:opt.n|unix]]",
		"let list = [[header_list:opt.names:x]]",
	}
	tests := []struct{ option, value, want string }{
		{"key", "canary", "key must be hexadecimal"},
		{"key", "", "key is required: it is the key of a MAC"},
		{"key", "00\n", "key contains a control character or line break"},
		{"n", "canary", "n must be a whole number"},
		{"names", "canary:", "names: canary: is not a header name"},
		{"names", "Connection", "names: Connection belongs to the gateway, and may change after signing"},
	}
	p, err := Compile(operations, ruled, "", nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range tests {
		values := map[string][]string{"id": {"ID"}, "key": {"00"}, "names": {"X-A"}, "n": {"3"}}
		values[test.option] = []string{test.value}
		_, faults := Bind(p, values)
		if len(faults) != 1 || faults[0].Option != test.option || faults[0].Text != test.want {
			t.Errorf("%s %q: %v, want %s", test.option, test.value, faults, test.want)
		}
	}
}

// An option that takes the key out is to blame, and is not empty itself: the line says where to look.
func TestAKeyThatAnOptionTakesOutIsAFaultOfItsLine(t *testing.T) {
	p, err := Compile([]string{"let key = [[opt.key|if:opt.id:full]]", "header A = [[path|hmac_sha256:key|hex]]"}, ruled, "", nil)
	if err != nil {
		t.Fatal(err)
	}
	_, faults := Bind(p, map[string][]string{"key": {"k"}, "id": {"none"}})
	if want := "operations line 2: the key of a MAC is empty with these options"; len(faults) != 1 || faults[0].Text != want {
		t.Errorf("the faults are %v, want %s", faults, want)
	}
}

func TestTraitsSayWhatOfABodyIsCovered(t *testing.T) {
	tests := []struct {
		name, template string
		first          int64
		methods        []string
		covered        bool
	}{
		{"none", "[[target]]", 0, nil, false},
		{"all", "[[body|sha256|hex]]", 0, nil, true},
		{"all in a text", "[[body|base64]]", 0, nil, true},
		{"some", "[[body|first:100|sha256|hex]]", 100, nil, true},
		{"as much as an option says", "[[body|first:opt.n|sha256|hex]]", 3, nil, true},
		{"of some methods", "[[body|first:opt.n|sha256|hex|when:body|if_method:PUT,POST]]", 3, []string{"PUT", "POST"}, true},
		{"of some methods, and of all", "[[body|hex|if_method:POST]][[body|first:9|hex]]", 0, nil, true},
		{"the length", "[[body_len]]", -1, nil, true},
		{"none, as an option says", "[[body|hex|if:opt.mode:full]]", 0, nil, false},
	}
	for _, test := range tests {
		s := bound(t, []string{"header A = " + test.template}, nil)
		traits := s.Traits()
		if covered := traits.Body != signers.NoBody; covered != test.covered || traits.BodyFirst != test.first ||
			!reflect.DeepEqual(traits.BodyMethods, test.methods) {
			t.Errorf("%s: covered %v, %d, %v", test.name, covered, traits.BodyFirst, traits.BodyMethods)
		}
	}
}

func TestADateIsWhatTheGatewayHandsOver(t *testing.T) {
	s := bound(t, []string{"let later = [[now|add:60|unix]]", "header A = [[later]] [[now|iso]] [[now|unix]] [[now|iso]]"}, nil)
	m, at := posted()
	at.Date = s.Date(at.Time)
	if at.Date != "2026-03-04T05:06:07Z" || !s.Traits().Second {
		t.Errorf("the date is %q", at.Date)
	}
	at.Date = "VERBATIM"
	if err := s.Sign(m, at); err != nil || m.Header.Get("A") != "1772600827 VERBATIM 1772600767 VERBATIM" {
		t.Errorf("signed is %q, %v", m.Header.Get("A"), err)
	}
	for _, filter := range []string{"unix_ms", "iso_ms", "format:15:04:05.000000"} {
		if bound(t, []string{"header A = [[now|" + filter + "]]"}, nil).Traits().Second {
			t.Errorf("%s is taken for the same in a second", filter)
		}
	}
}

func TestPeopleSeeThePartsOfTheTextThatCounts(t *testing.T) {
	s := bound(t, []string{
		"let day = [[now|date]]", "let head = [[method]]:",
		`let text = [[head]][[target]]\n[[opt.key]][[day]]\n`, "let sum = [[body|sha256|hex]]",
		"let signing_key = [[day|hmac_sha256:opt.key]]", "header A = [[text|hmac_sha256:signing_key|hex]]",
	}, nil)
	m, at := posted()
	at.Date = s.Date(at.Time)
	parts, err := s.Canonical(m, at)
	if err != nil {
		t.Fatal(err)
	}
	want := []signers.Part{
		{Label: "head", Text: "POST:"}, {Label: "target", Text: "/a%20b/C?b=2&a=1&b=1\n"},
		{Label: "key", Text: "KEY", Secret: true}, {Label: "day", Text: "2026-03-04\n"},
	}
	if !reflect.DeepEqual(parts, want) {
		t.Errorf("the parts are\n%+v, want\n%+v", parts, want)
	}
}

func TestTheProofIsSaidWhereAShellCouldMakeIt(t *testing.T) {
	tests := []struct {
		name       string
		operations []string
		want       signers.Proof
	}{
		{"a static header", []string{"header A = key=[[opt.key|reveal]];id=[[opt.id]]"}, signers.Proof{Header: "A", Value: "key={key};id={id}"}},
		{"a token", []string{"header A = Bearer [[token|reveal]]"}, signers.Proof{Header: "A", Value: "Bearer {token}"}},
		{"basic authentication", []string{"let pair = [[opt.id]]:[[opt.key]]", "header A = Basic [[pair|base64|reveal]]"}, signers.Proof{Header: "A", Value: "basic({id}:{key})"}},
		{"one MAC", []string{"let sum = [[target|hmac_sha256:opt.key|hex]]", "header A = ACME [[opt.id]]:[[sum]]", "header B = [[now|unix]]"},
			signers.Proof{Header: "A", Value: "ACME {id}:{signature}", Hash: "HMAC-SHA256", Encoding: "hex", Key: "key"}},
		{"one MAC over a hash", []string{"let text = [[target]][[body|sha256|hex]]", "header A = [[text|hmac_sha1:opt.key|base64]]"},
			signers.Proof{Header: "A", Value: "{signature}", Hash: "HMAC-SHA1", Encoding: "base64", Key: "key"}},
		{"a chain", []string{"let k = [['x'|hmac_sha256:opt.key]]", "header A = [[target|hmac_sha256:k|hex]]"}, signers.Proof{Header: "A"}},
		{"a MAC over a text that reveals", []string{"header A = [[opt.id|reveal|hmac_sha256:opt.key|hex]]"},
			signers.Proof{Header: "A", Value: "{signature}", Hash: "HMAC-SHA256", Encoding: "hex", Key: "key"}},
		{"a key in another form", []string{"let k = [[opt.key|unhex]]", "header A = [[target|hmac_sha256:k|hex]]"}, signers.Proof{Header: "A"}},
	}
	for _, test := range tests {
		if got := bound(t, test.operations, map[string][]string{"key": {"00"}}).Traits().Proof; got != test.want {
			t.Errorf("%s: %+v, want %+v", test.name, got, test.want)
		}
	}
}
