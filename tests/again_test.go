package tests

import (
	"bytes"
	"context"
	"encoding/base64"
	"io"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"

	"github.com/vendorsign/vendorsign/tests/interpret"
)

// A middleware in front calls the plugin again with the same body, as Traefik's retry does. It keeps its request as it was, and the
// body arrives whole as often as nothing of it was sent.
func TestARequestThatComesAgainIsAsItWas(t *testing.T) {
	bothPlugins(t, func(t *testing.T, p interpret.Plugin) {
		const text = "a=1&b=2"
		sent := false
		var bodies []string
		block := map[string]any{"integrationKey": "DIX", "secretKey": "canary", "host": "vendor.example.com"}
		handler, err := p.New(map[string]any{"duo": block},
			http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
				if r.Header.Get("Authorization") == "" {
					t.Error("it is not signed")
				}
				if sent {
					body, err := io.ReadAll(r.Body)
					bodies = append(bodies, string(body))
					if err != nil {
						bodies = append(bodies, err.Error())
					}
				}
			}))
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		came := httptest.NewRequest("POST", "/api", io.MultiReader(strings.NewReader(text))).WithContext(ctx)
		came.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		came.Header.Set("X-Mine", "kept")
		came.Body, came.ContentLength = io.NopCloser(came.Body), -1
		for _, sends := range []bool{false, false, true} {
			sent = sends
			attempt := came.Clone(ctx)
			answer := httptest.NewRecorder()
			handler.ServeHTTP(answer, attempt)
			if answer.Code != http.StatusOK {
				t.Errorf("answered %d %s", answer.Code, answer.Body)
			}
			h := attempt.Header
			if len(h) != 2 || h.Get("X-Mine") != "kept" || attempt.Host != came.Host || attempt.RequestURI != came.RequestURI {
				t.Errorf("the request in front has become %s %s %v", attempt.Host, attempt.RequestURI, h)
			}
		}
		if len(bodies) != 1 || bodies[0] != text {
			t.Errorf("the bodies were %q", bodies)
		}
		// What was sent, at least in part, is not sent again.
		answer := httptest.NewRecorder()
		handler.ServeHTTP(answer, came.Clone(ctx))
		if answer.Code != http.StatusBadRequest || len(bodies) != 1 {
			t.Errorf("the next attempt is answered %d, and the bodies were %q", answer.Code, bodies)
		}
	})
}

// rewound is a body that a middleware in front keeps, as Traefik's buffering does: it goes back to its start before each attempt.
type rewound struct{ *strings.Reader }

// A middleware in front that keeps the body sends it whole with each attempt, whatever became of the one before.
func TestABodyThatIsKeptInFrontComesAgain(t *testing.T) {
	bothPlugins(t, func(t *testing.T, p interpret.Plugin) {
		const text = "a=1&b=2"
		for _, block := range []map[string]any{
			{"duo": map[string]any{"integrationKey": "DIX", "secretKey": "canary", "host": "vendor.example.com"}},
			{"threatconnect": map[string]any{"accessId": "1", "secretKey": "canary", "host": "vendor.example.com"}}, // it streams
		} {
			for _, length := range []int64{int64(len(text)), -1} {
				sends := false
				var bodies []string
				handler, err := p.New(block, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
					if sends {
						body, err := io.ReadAll(r.Body)
						if err != nil {
							t.Error(err)
						}
						bodies = append(bodies, string(body))
					}
				}))
				if err != nil {
					t.Fatal(err)
				}
				ctx, cancel := context.WithCancel(context.Background())
				kept := rewound{strings.NewReader(text)}
				for i := range 4 {
					sends = i > 0
					kept.Reset(text)
					attempt := httptest.NewRequest("POST", "/api", nil).WithContext(ctx)
					attempt.Header.Set("Content-Type", "application/x-www-form-urlencoded")
					attempt.Body, attempt.ContentLength = io.NopCloser(kept), length
					if i == 3 { // or each attempt has a copy, as in Traefik 3.7's retry with status
						attempt.Body = io.NopCloser(bytes.NewReader([]byte(text)))
					}
					answer := httptest.NewRecorder()
					handler.ServeHTTP(answer, attempt)
					if answer.Code != http.StatusOK {
						t.Errorf("%v, length %d: answered %d %s", block, length, answer.Code, answer.Body)
					}
				}
				if len(bodies) != 3 || bodies[0] != text || bodies[1] != text || bodies[2] != text {
					t.Errorf("%v, length %d: the bodies were %q", block, length, bodies)
				}
				cancel()
			}
		}
	})
}

// takenInFront are middlewares in front that make a body of their own of each attempt's, as Traefik's forwardAuth with forwardBody does,
// and grpcWeb: after the first attempt there is nothing left to make it of.
var takenInFront = map[string]func(io.ReadCloser) io.ReadCloser{
	"forwardAuth": func(body io.ReadCloser) io.ReadCloser {
		all, _ := io.ReadAll(body)
		return io.NopCloser(bytes.NewReader(all))
	},
	"buffering": func(body io.ReadCloser) io.ReadCloser {
		all, _ := io.ReadAll(body)
		if len(all) == 0 {
			return io.NopCloser(body)
		}
		return io.NopCloser(rewound{strings.NewReader(string(all))})
	},
	"grpcWeb": func(body io.ReadCloser) io.ReadCloser {
		return decoded{base64.NewDecoder(base64.StdEncoding, body), body}
	},
}

// sizes are what middlewares in front say of the length of a body that they have made.
var sizes = map[string]func(io.ReadCloser) int64{
	"buffering": func(body io.ReadCloser) int64 {
		if kept, ok := reflect.ValueOf(body).Field(0).Interface().(rewound); ok {
			return kept.Size()
		}
		return 0
	},
}

type decoded struct {
	reader io.Reader
	closer io.Closer
}

func (d decoded) Read(p []byte) (int, error) { return d.reader.Read(p) }
func (d decoded) Close() error               { return d.closer.Close() }

// A request without a body comes again behind buffering as often as it is sent.
func TestARequestWithoutABodyComesAgainBehindBuffering(t *testing.T) {
	bothPlugins(t, func(t *testing.T, p interpret.Plugin) {
		sent := 0
		handler, err := p.New(map[string]any{"duo": map[string]any{"integrationKey": "DIX", "secretKey": "canary", "host": "vendor.example.com"}},
			http.HandlerFunc(func(http.ResponseWriter, *http.Request) { sent++ }))
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		body := io.NopCloser(strings.NewReader(""))
		for range 3 {
			attempt := httptest.NewRequest("POST", "/api", nil).WithContext(ctx)
			attempt.Body, attempt.ContentLength = io.NopCloser(body), 0
			handler.ServeHTTP(httptest.NewRecorder(), attempt)
		}
		if sent != 3 {
			t.Errorf("%d of 3 attempts were sent", sent)
		}
	})
}

// An attempt whose body was lost in front has an empty one, or its rest. It would be signed, and be another request than the client's.
func TestABodyThatIsLostInFrontIsNotSentAsAnEmptyOne(t *testing.T) {
	bothPlugins(t, func(t *testing.T, p interpret.Plugin) {
		for name, take := range takenInFront {
			for _, block := range []map[string]any{
				{"duo": map[string]any{"integrationKey": "DIX", "secretKey": "canary", "host": "vendor.example.com", "signatureVersion": "5"}},
				{"threatconnect": map[string]any{"accessId": "1", "secretKey": "canary", "host": "vendor.example.com"}}, // it streams
			} {
				var sent []string
				handler, err := p.New(block, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
					sent = append(sent, r.Header.Get("Authorization")[:2])
					if name == "grpcWeb" {
						io.ReadAll(r.Body) // a part was sent, which makes no difference
					}
				}))
				if err != nil {
					t.Fatal(err)
				}
				for range 2 { // another client's request is no attempt of the first's
					ctx, cancel := context.WithCancel(context.Background())
					body := io.NopCloser(strings.NewReader("eyJhIjoxfQ=="))
					var codes []int
					for range 3 {
						attempt := httptest.NewRequest("POST", "/api", nil).WithContext(ctx)
						attempt.Header.Set("Content-Type", "application/json")
						attempt.Body, attempt.ContentLength = take(body), -1
						if size, ok := sizes[name]; ok { // it says how long the body is that it has read
							attempt.ContentLength = size(attempt.Body)
						}
						answer := httptest.NewRecorder()
						handler.ServeHTTP(answer, attempt)
						codes = append(codes, answer.Code)
					}
					if codes[0] != 200 || codes[1] != 400 || codes[2] != 400 {
						t.Errorf("%s, %v: answered %v", name, block, codes)
					}
					cancel()
				}
				if len(sent) != 2 {
					t.Errorf("%s, %v: %d requests were sent, want 2", name, block, len(sent))
				}
			}
		}
	})
}
