package tokens

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/vendorsign/vendorsign/signers"
)

// An answer without an end takes no more than 1 MiB, and its connection is closed.
func TestAnEndlessAnswerIsReadUpToItsLimit(t *testing.T) {
	closed := make(chan struct{})
	page := []byte(strings.Repeat("x", 64<<10))
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer close(closed)
		for {
			if _, err := w.Write(page); err != nil {
				return
			}
		}
	}))
	defer server.Close()
	answer, err := NewFetch(Client{})(signers.TokenRequest{Method: "POST", URL: server.URL})
	if err != nil || answer.Status != http.StatusOK || len(answer.Body) != 1<<20 {
		t.Errorf("status %d with %d bytes, %v", answer.Status, len(answer.Body), err)
	}
	<-closed
}

// A redirect could carry the credential elsewhere: it is an answer, and nothing follows it.
func TestARedirectIsNotFollowed(t *testing.T) {
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("the redirect was followed") }))
	defer other.Close()
	for _, status := range []int{301, 302, 303, 307, 308} {
		server := httptest.NewServer(http.RedirectHandler(other.URL, status))
		answer, err := NewFetch(Client{})(signers.TokenRequest{Method: "POST", URL: server.URL, Body: "client_secret=canary"})
		if err != nil || answer.Status != status || answer.Header.Get("Location") != other.URL {
			t.Errorf("%d: %+v, %v", status, answer, err)
		}
		server.Close()
	}
}
