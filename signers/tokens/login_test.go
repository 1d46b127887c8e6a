package tokens

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/vendorsign/vendorsign/signers"
	"github.com/vendorsign/vendorsign/signers/program"
)

// form is a login by a form for people: it answers with a redirect, to a page of errors if it refuses.
const form = `{"login":{"steps":[{"method":"POST","url":"https://[[host]]/login.html","body":"u=[[opt.user|form]]","moved":"error",
	"take":["token = cookie:SESSION"]}]}}`

func bindForm(t *testing.T, declaration string) *signers.TokenSource {
	t.Helper()
	list, err := Parse([]byte(declaration))
	if err != nil {
		t.Fatal(err)
	}
	all := func(string) bool { return true }
	m, err := Compile(list[0], []program.Option{{Name: "user"}}, nil, "", all)
	if err != nil {
		t.Fatal(err)
	}
	source, faults := m.Bind(map[string][]string{"user": {"u"}})
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	return source
}

func TestARedirectIsASuccessOnlyOfAStepThatSaysSoAndNotToItsErrors(t *testing.T) {
	plain := strings.Replace(form, `"moved":"error",`, "", 1)
	for _, test := range []struct {
		name, declaration, location, want string
		status                            int
	}{
		{"a form that lets in", form, "https://h.example/", "", 302},
		{"a form without a redirect", form, "", "", 200},
		{"a form that refuses", form, "https://h.example/login.html?Error", "the login was refused", 302},
		{"a form that is not there", form, "", "the token service answered 404", 404},
		{"an API", plain, "https://eu.h.example/", "the token service redirects to eu.h.example", 302},
	} {
		header := http.Header{"Set-Cookie": {"SESSION=S1; Path=/"}}
		if test.location != "" {
			header.Set("Location", test.location)
		}
		step := &signers.TokenStep{Host: "h.example", Time: time.Unix(1e9, 0), Nonce: "n"}
		step.Answers = append(step.Answers, signers.TokenAnswer{Status: test.status, Header: header})
		token, err := bindForm(t, test.declaration).Parse(step)
		switch {
		case test.want == "" && (err != nil || token.Text != "S1"):
			t.Errorf("%s: the token is %q, %v", test.name, token.Text, err)
		case test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)):
			t.Errorf("%s: %v, want %s", test.name, err, test.want)
		}
	}
}

// What refuses the credential itself must not be asked again and again: accounts are locked for it.
func TestALoginSaysWhichAnswersRefuseTheCredential(t *testing.T) {
	listed := strings.Replace(form, `"steps"`, `"denied":["status 400","body login_failed"],"steps"`, 1)
	for _, test := range []struct {
		name, declaration, location, body string
		status                            int
		want                              bool
	}{
		{"a form that refuses", form, "https://h.example/login.html?Error", "", 302, true},
		{"a form that lets in", form, "https://h.example/", "", 302, false},
		{"a status that is not listed", form, "", "", 400, false},
		{"a status that is listed", listed, "", "", 400, true},
		{"a text that is listed", listed, "", `{"code":"err_login_failed_wrong_username_or_password"}`, 500, true},
		{"an outage", listed, "", "", 503, false},
	} {
		step := &signers.TokenStep{Host: "h.example", Time: time.Unix(1e9, 0), Answers: []signers.TokenAnswer{
			{Status: test.status, Header: http.Header{"Location": {test.location}}, Body: []byte(test.body)}}}
		if got := bindForm(t, test.declaration).Denied(step); got != test.want {
			t.Errorf("%s: %v, want %v", test.name, got, test.want)
		}
	}
}

// A line end in an address would begin another line of the request that carries the credential.
func TestAnAddressWithAControlCharacterIsNotAskedFor(t *testing.T) {
	list, err := Parse([]byte(strings.Replace(form, "login.html", "[[opt.user]]", 1)))
	if err != nil {
		t.Fatal(err)
	}
	m, err := Compile(list[0], []program.Option{{Name: "user", Lines: true}}, nil, "", func(string) bool { return true })
	if err != nil {
		t.Fatal(err)
	}
	source, faults := m.Bind(map[string][]string{"user": {"a", "b"}})
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	r, more, err := source.Next(&signers.TokenStep{Host: "h.example", Time: time.Unix(1e9, 0), Nonce: "n"})
	if err == nil || more || err.Error() != "the address of the token service would hold a control character" {
		t.Errorf("%q is asked for, %v", r.URL, err)
	}
}
