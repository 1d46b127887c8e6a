package aws

import (
	"testing"
	"time"

	"github.com/vendorsign/vendorsign/signers"
)

func TestTheChainIsAskedForAProfileAndAnotherKey(t *testing.T) {
	source, faults := newSource(values(t, "credentials=chain", "profile=prod&x", "role_arn="+exampleRole, "region=eu-west-1"))
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	step := &signers.TokenStep{Time: exampleTime, Current: signers.Token{Text: "t", More: map[string]string{"access_key_id": "AKIDOLD"}}}
	r, more, err := source.Next(step)
	want := "chain:?profile=prod%26x&region=eu-west-1&role_arn=arn%3Aaws%3Aiam%3A%3A123456789012%3Arole%2FFederatedWebIdentityRole" +
		"&role_session_name=vendorsign&replaces=AKIDOLD"
	if err != nil || !more || r.URL != want {
		t.Errorf("the request is %s, %v, %v; want %s", r.URL, more, err, want)
	}
	if !source.Hosted || !source.Unshared || source.Grant != "chain" || len(source.Addresses("any")) > 0 {
		t.Errorf("the source is %v, %v, %s", source.Hosted, source.Unshared, source.Grant)
	}
}

func TestKeysOfAProfileNeedNoSessionAndNoEnd(t *testing.T) {
	settings := []string{"credentials=chain"}
	token, _, err := answered(t, settings, 200, nil, `{"AccessKeyId":"AKIDEXAMPLE","SecretAccessKey":"s","Token":""}`)
	id, secret, session := sessionOf(&signers.Moment{Token: token.Text, More: token.More})
	if err != nil || id != "AKIDEXAMPLE" || secret != "s" || session != "" || token.Text == "" || !token.Expires.IsZero() {
		t.Errorf("got %s, %s, %q until %v, %v", id, secret, session, token.Expires, err)
	}
	token, _, err = answered(t, settings, 200, nil, exampleContainer)
	if err != nil || !token.Expires.Equal(exampleTime.Add(time.Hour)) {
		t.Errorf("until %v, %v", token.Expires, err)
	}
	for _, body := range []string{"", "{}", `{"AccessKeyId":"AKID\n","SecretAccessKey":"s"}`} {
		if _, _, err := answered(t, settings, 200, nil, body); err == nil {
			t.Errorf("%q is taken", body)
		}
	}
}
