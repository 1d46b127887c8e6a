package tokens

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

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

// Header lines without an end, in one answer or in answers 1xx before it, are given up.
func TestEndlessHeaderLinesAreReadUpToTheirLimit(t *testing.T) {
	for name, begin := range map[string]string{"of the answer": "HTTP/1.1 200 OK\r\n", "of 1xx": ""} {
		line := "Set-Cookie: a=" + strings.Repeat("x", 1000) + "\r\n"
		if begin == "" {
			line = "HTTP/1.1 103 Early Hints\r\n" + line + "\r\n"
		}
		var sent atomic.Int64
		closed := make(chan struct{})
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			defer close(closed)
			conn, _, err := w.(http.Hijacker).Hijack()
			if err != nil {
				t.Error(err)
				return
			}
			defer conn.Close()
			for text := begin; ; text = line {
				n, err := conn.Write([]byte(text))
				if sent.Add(int64(n)); err != nil {
					return
				}
			}
		}))
		answer, err := NewFetch(Client{})(signers.TokenRequest{Method: "POST", URL: server.URL})
		if err == nil || answer.Header != nil || strings.Contains(err.Error(), "xxx") {
			t.Errorf("%s: %d, %v", name, answer.Status, err)
		}
		<-closed
		// What the sockets buffer comes in addition.
		if n := sent.Load(); n > 9<<20 {
			t.Errorf("%s: %d bytes were sent", name, n)
		}
		server.Close()
	}
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

// A request waits for the token service for ten seconds, whether it says nothing or a byte now and then.
func TestAServiceThatDoesNotEndItsAnswerIsGivenUp(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		answer http.HandlerFunc
		want   string
	}{
		"silent": {func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, "did not answer"},
		"slow": {func(w http.ResponseWriter, r *http.Request) {
			tick := time.NewTicker(100 * time.Millisecond)
			defer tick.Stop()
			for {
				select {
				case <-r.Context().Done():
					return
				case <-tick.C:
					fmt.Fprint(w, "x")
					w.(http.Flusher).Flush()
				}
			}
		}, "did not end its answer in 10s"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := httptest.NewServer(test.answer)
			defer s.Close()
			_, err := NewFetch(Client{})(signers.TokenRequest{Method: "POST", URL: s.URL + "/canary"})
			if err == nil || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "canary") {
				t.Errorf("the error is %v", err)
			}
		})
	}
}
