package program

import (
	"reflect"
	"testing"

	"github.com/vendorsign/vendorsign/signers"
)

func TestLetsAreShownInTheirOrderAndSecretsAreMarked(t *testing.T) {
	s := bound(t, []string{
		"let zone = [[opt.id]]",
		"let sum = [[body|sha256]]",
		"let copy = [[opt.key|reveal]]",
		"let hidden = [[opt.key|sha256|hex]]",
		"let first = [[nonce|hmac_sha256:opt.key]]",
		"let spelt = [[first|base64]]",
		"let second = [[zone|hmac_sha256:spelt]]",
		"let text = [[method]] [[target]]",
		"let sig = [[text|hmac_sha256:second|hex]]",
		"header X-Sum = [[sum|hex]] [[sig]]",
		"query key = [[copy]]",
	}, nil)
	m, at := posted()
	got, err := s.(interface {
		Lets(*signers.Message, *signers.Moment) ([]signers.Part, error)
	}).Lets(m, at)
	if err != nil {
		t.Fatal(err)
	}
	signature := ""
	for i := range got {
		if got[i].Secret {
			got[i].Text = ""
		} else if got[i].Label == "sig" {
			signature, got[i].Text = got[i].Text, ""
		}
	}
	want := []signers.Part{
		{Label: "zone", Text: "ID"},
		{Label: "sum", Text: "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"},
		{Label: "copy", Secret: true},
		{Label: "hidden", Secret: true},
		{Label: "first", Secret: true},
		{Label: "spelt", Secret: true},
		{Label: "second", Secret: true},
		{Label: "text", Text: "POST /a%20b/C?b=2&a=1&b=1"},
		{Label: "sig"},
	}
	if !reflect.DeepEqual(got, want) || len(signature) != 64 {
		t.Errorf("%+v\nwant\n%+v", got, want)
	}
}
