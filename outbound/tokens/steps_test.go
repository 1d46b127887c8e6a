package tokens

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/vendorsign/vendorsign/signers"
)

// stepped is a source of two steps, whose second one takes what the first one brought, and which can log out.
func stepped() *signers.TokenSource {
	return &signers.TokenSource{
		Nonce: "uuid", Options: []string{"user", "password"},
		Next: func(s *signers.TokenStep) (signers.TokenRequest, bool, error) {
			n := len(s.Answers)
			if n == 2 || n > 0 && s.Answers[n-1].Status != 200 {
				return signers.TokenRequest{}, false, nil
			}
			return signers.TokenRequest{Method: "POST", URL: "https://" + s.Host, Body: s.Nonce}, true, nil
		},
		Parse: func(s *signers.TokenStep) (signers.Token, error) {
			last := s.Answers[len(s.Answers)-1]
			if last.Status != 200 {
				return signers.Token{}, errors.New("refused")
			}
			return signers.Token{Text: string(s.Answers[0].Body), More: map[string]string{"org": string(last.Body)}, Expires: s.Time.Add(time.Hour)}, nil
		},
		End: func(s *signers.TokenStep) (signers.TokenRequest, error) {
			return signers.TokenRequest{Method: "DELETE", URL: "https://" + s.Host, Body: s.Current.Text + " " + s.Current.More["org"]}, nil
		},
	}
}

// service answers with what was asked before it, and remembers what it was asked.
type service struct {
	asked   []signers.TokenRequest
	answers []signers.TokenAnswer
}

func (s *service) fetch(r signers.TokenRequest) (signers.TokenAnswer, error) {
	s.asked = append(s.asked, r)
	if len(s.answers) == 0 {
		return signers.TokenAnswer{Status: 200, Body: []byte("x")}, nil
	}
	answer := s.answers[0]
	s.answers = s.answers[1:]
	return answer, nil
}

func (s *service) service() Service {
	drawn := 0
	return Service{Fetch: s.fetch, Local: true, Nonce: func(kind string) (string, error) {
		drawn++
		return kind + strings.Repeat("!", drawn), nil
	}}
}

func TestATokenOfTwoStepsIsFetchedWithANonceForEach(t *testing.T) {
	s := &service{answers: []signers.TokenAnswer{{Status: 200, Body: []byte("T")}, {Status: 200, Body: []byte("O")}}}
	k := New(stepped(), "vendor", false, start)
	token, failure := Get(k, start, s.service(), nil)
	if failure != nil || token.Text != "T" || token.More["org"] != "O" {
		t.Fatalf("%+v, %v", token, failure)
	}
	if len(s.asked) != 2 || s.asked[0].Body != "uuid!" || s.asked[1].Body != "uuid!!" || s.asked[0].URL != "https://vendor" {
		t.Errorf("asked %+v", s.asked)
	}
	if got := Settled(k, start); got.Text != "T" || got.More["org"] != "O" {
		t.Errorf("the settled token is %+v", got)
	}
}

func TestWhatComesWithATokenIsSharedWithIt(t *testing.T) {
	store := Folder(t.TempDir(), "this")
	for n, want := range []int{2, 0} {
		s := &service{answers: []signers.TokenAnswer{{Status: 200, Body: []byte("T")}, {Status: 200, Body: []byte("O")}}}
		service := s.service()
		share, err := NewShare(store, "vendor", "the credential", "this")
		if err != nil {
			t.Fatal(err)
		}
		service.Share = share
		token, failure := Get(New(stepped(), "vendor", false, start), start, service, nil)
		if failure != nil || token.Text != "T" || token.More["org"] != "O" || len(s.asked) != want {
			t.Errorf("gateway %d: %+v, %v after %d requests, want %d", n, token, failure, len(s.asked), want)
		}
	}
}

// Each attempt with a wrong password brings an account closer to being locked: 1, 2, 4, 8 and 15 minutes, and a quarter more.
func TestARefusedCredentialIsTriedLessAndLess(t *testing.T) {
	for name, answer := range map[string]signers.TokenAnswer{
		"401": {Status: 401}, "403": {Status: 403}, "invalid_client": {Status: 400, Body: []byte(`{"error":"invalid_client"}`)},
		"a byte order mark": {Status: 400, Body: []byte("\ufeff" + `{"error":"invalid_client"}`)},
		"another status":    {Status: 422, Body: []byte(`{"error":"unauthorized_client"}`)},
	} {
		s := new(service)
		k := New(stepped(), "vendor", false, start)
		var said []string
		now := start
		for n, wait := range []time.Duration{1, 2, 4, 8, 15, 15} {
			wait *= time.Minute
			s.answers = []signers.TokenAnswer{answer}
			Get(k, now, s.service(), func(news string) { said = append(said, news) })
			if len(s.asked) != n+1 {
				t.Fatalf("%s: %d requests after %v, want %d", name, len(s.asked), now.Sub(start), n+1)
			}
			for _, early := range []time.Duration{0, wait / 2, wait - time.Second} {
				Get(k, now.Add(early), s.service(), nil)
			}
			Invalidate(k, "T", now.Add(time.Second))
			if len(s.asked) != n+1 {
				t.Errorf("%s: asked again within %v of refusal %d", name, wait, n+1)
			}
			now = now.Add(wait + wait/4 + time.Second)
		}
		want := "the token service has refused the credential twice; check user and password; next attempt after 2m"
		if len(said) != 2 || said[0] != "the token could not be renewed: refused" || !strings.HasPrefix(said[1], want) {
			t.Errorf("%s: said %q", name, said)
		}
	}
}

// With a token that is still good, a 401 of the vendor must not have the gateway ask a token service again that refuses it.
func TestAVendors401DoesNotShortenTheWaitAfterARefusal(t *testing.T) {
	s := &service{answers: []signers.TokenAnswer{{Status: 200, Body: []byte("T")}, {Status: 200, Body: []byte("O")}}}
	k := New(stepped(), "vendor", false, start)
	Get(k, start, s.service(), nil)
	late := start.Add(55 * time.Minute)
	s.answers = []signers.TokenAnswer{{Status: 401}}
	if token, failure := Get(k, late, s.service(), nil); failure != nil || token.Text != "T" {
		t.Fatalf("the old token is not used: %+v, %v", token, failure)
	}
	asked := len(s.asked)
	Invalidate(k, "T", late.Add(time.Second))
	Get(k, late.Add(2*time.Second), s.service(), nil)
	if len(s.asked) != asked {
		t.Errorf("asked again after %d requests", asked)
	}
}

func TestAnOutageIsNoRefusal(t *testing.T) {
	for name, answer := range map[string]signers.TokenAnswer{
		"500": {Status: 500}, "429": {Status: 429}, "invalid_scope": {Status: 400, Body: []byte(`{"error":"invalid_scope"}`)},
		"a page": {Status: 400, Body: []byte("<html>invalid_client")},
	} {
		s := &service{answers: []signers.TokenAnswer{answer}}
		k := New(stepped(), "vendor", false, start)
		Get(k, start, s.service(), nil)
		if token, failure := Get(k, start.Add(2*time.Second), s.service(), nil); failure != nil {
			t.Errorf("%s: not asked again after two seconds: %+v, %v", name, token, failure)
		}
	}
}

func TestASessionIsEndedOnceAndBegunAnew(t *testing.T) {
	answers := func() []signers.TokenAnswer {
		return []signers.TokenAnswer{{Status: 200, Body: []byte("T")}, {Status: 200, Body: []byte("O")}}
	}
	s := &service{answers: answers()}
	k := New(stepped(), "vendor", false, start)
	if End(k, s.service(), start) != nil {
		t.Error("a session is ended that there is not")
	}
	Get(k, start, s.service(), nil)
	shared := s.service()
	shared.Local = false
	if End(k, shared, start) != nil {
		t.Error("a session is ended that other gateways may use")
	}
	end := End(k, s.service(), start)
	if end == nil {
		t.Fatal("the session is not ended")
	}
	end()
	if last := s.asked[len(s.asked)-1]; last.Method != "DELETE" || last.Body != "T O" {
		t.Errorf("ended by %+v", last)
	}
	if End(k, s.service(), start) != nil {
		t.Error("a session is ended twice")
	}
	s.answers = answers()
	if token, failure := Get(k, start, s.service(), nil); failure != nil || token.Text != "T" {
		t.Errorf("no new session: %+v, %v", token, failure)
	}
}

func TestATokenIsUsedNoLongerThanItMay(t *testing.T) {
	s := &service{answers: []signers.TokenAnswer{{Status: 200, Body: []byte("T")}, {Status: 200, Body: []byte("O")}, {Status: 200, Body: []byte("T2")}, {Status: 200, Body: []byte("O")}}}
	service := s.service()
	service.Lifetime = 10 * time.Minute
	k := New(stepped(), "vendor", false, start)
	Get(k, start, service, nil)
	if token, _ := Get(k, start.Add(7*time.Minute), service, nil); token.Text != "T" {
		t.Errorf("renewed too early: %q", token.Text)
	}
	if token, _ := Get(k, start.Add(10*time.Minute), service, nil); token.Text != "T2" {
		t.Errorf("used too long: %q", token.Text)
	}
}

func TestARefusalThatOnlyTheSourceKnowsCountsAsOne(t *testing.T) {
	from := stepped()
	from.Denied = func(s *signers.TokenStep) bool { return s.Answers[len(s.Answers)-1].Status == 302 }
	s := &service{answers: []signers.TokenAnswer{{Status: 302}}}
	k := New(from, "vendor", false, start)
	Get(k, start, s.service(), nil)
	Get(k, start.Add(50*time.Second), s.service(), nil)
	if len(s.asked) != 1 {
		t.Errorf("asked %d times within a minute", len(s.asked))
	}
}

func TestTooManyStepsAndOddTokensAreRefused(t *testing.T) {
	endless := &signers.TokenSource{Next: func(*signers.TokenStep) (signers.TokenRequest, bool, error) { return signers.TokenRequest{}, true, nil }}
	s := new(service)
	if _, failure := Get(New(endless, "vendor", false, start), start, s.service(), nil); failure == nil || len(s.asked) != 4 {
		t.Errorf("%v after %d requests", failure, len(s.asked))
	}
	odd := stepped()
	odd.Parse = func(*signers.TokenStep) (signers.Token, error) {
		return signers.Token{Text: "T", More: map[string]string{"cookie": "a\r\nX: 1"}}, nil
	}
	if _, failure := Get(New(odd, "vendor", false, start), start, new(service).service(), nil); failure == nil {
		t.Error("a cookie with a line end is used")
	}
}

func TestATokenThatIsMadeHereTakesNoRequest(t *testing.T) {
	made := &signers.TokenSource{
		Next: func(*signers.TokenStep) (signers.TokenRequest, bool, error) {
			return signers.TokenRequest{}, false, nil
		},
		Parse: func(s *signers.TokenStep) (signers.Token, error) {
			return signers.Token{Text: "J", Expires: s.Time.Add(time.Minute)}, nil
		},
	}
	s := new(service)
	k := New(made, "vendor", false, start)
	if token, failure := Get(k, start, s.service(), nil); failure != nil || token.Text != "J" || len(s.asked) != 0 {
		t.Errorf("%+v, %v after %d requests", token, failure, len(s.asked))
	}
}
