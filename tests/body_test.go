package tests

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// stream is a body that notes what happens to it.
type stream struct {
	io.Reader
	reads  int
	closed bool
	onRead func()
}

func (s *stream) Read(p []byte) (int, error) {
	s.reads++
	if s.onRead != nil {
		s.onRead()
	}
	return s.Reader.Read(p)
}

func (s *stream) Close() error {
	s.closed = true
	return nil
}

func TestASignedBodyIsReadWholeAndSentWhole(t *testing.T) {
	both(t, func(t *testing.T, d drive) {
		for _, size := range []int{0, 1, 511, 512, 513, 65535, 65536, 65537, 66000, 262143, 262144, 262145, 1 << 20, 3 << 20} {
			for _, chunked := range []bool{false, true} {
				content := bytes.Repeat([]byte("0123456789abcdef"), size/16+1)[:size]
				body := &stream{Reader: bytes.NewReader(content)}
				a := attempt{method: "POST", body: body, length: int64(size), header: http.Header{"Content-Type": {"text/plain"}}}
				if chunked {
					a.length = -1
					a.change = func(r *http.Request) {
						r.TransferEncoding = []string{"chunked"}
						r.Trailer = http.Header{"X-Checksum": nil}
						r.Header["Trailer"] = []string{"X-Checksum"}
						r.Header["Expect"] = []string{"100-continue"}
					}
				}
				o := try(t, d, a)
				if o.verdict() != signedVerdict {
					t.Errorf("%d bytes: %s, %s", size, o.verdict(), o.detail)
					continue
				}
				sent, err := io.ReadAll(o.r.Body)
				if err != nil || !bytes.Equal(sent, content) {
					t.Errorf("%d bytes, chunked %v: %d bytes go out, %v", size, chunked, len(sent), err)
				}
				if o.r.ContentLength != int64(size) || o.r.TransferEncoding != nil || o.r.Trailer != nil || !body.closed {
					t.Errorf("%d bytes, chunked %v: length %d, encoding %v, trailer %v, closed %v", size, chunked, o.r.ContentLength, o.r.TransferEncoding, o.r.Trailer, body.closed)
				}
				if o.r.Header.Get("Expect")+o.r.Header.Get("Trailer") != "" {
					t.Errorf("%d bytes, chunked %v: Expect or Trailer goes out", size, chunked)
				}
				if o.held < int64(size) || o.held > 4*int64(size)+70000 {
					t.Errorf("%d bytes, chunked %v: %d are held", size, chunked, o.held)
				}
				if size > 0 && o.r.Header.Get("Dtapi-Signature") == try(t, d, attempt{method: "POST"}).r.Header.Get("Dtapi-Signature") {
					t.Errorf("%d bytes, chunked %v: the body is not signed", size, chunked)
				}
			}
		}
	})
}

func TestTheContentLengthHeaderSaysWhatGoesOut(t *testing.T) {
	both(t, func(t *testing.T, d drive) {
		o := try(t, d, attempt{method: "POST", body: text("abc"), length: 3, header: http.Header{"Content-Length": {"3"}}})
		if got := o.r.Header["Content-Length"]; len(got) != 1 || got[0] != "3" {
			t.Errorf("Content-Length is %q", got)
		}
	})
}

func TestBodiesThatAreTooLongOrBrokenAreRefused(t *testing.T) {
	kilobyte := `{"host":"vendor.example","max_body":"1KiB"}`
	tests := []struct {
		name    string
		attempt func() attempt
		verdict string
	}{
		{"as long as permitted", func() attempt {
			return attempt{policy: kilobyte, body: text(strings.Repeat("a", 1024)), length: 1024}
		}, signedVerdict},
		{"as long as permitted, in chunks", func() attempt {
			return attempt{policy: kilobyte, body: text(strings.Repeat("a", 1024)), length: -1}
		}, signedVerdict},
		{"a byte longer, announced", func() attempt {
			return attempt{policy: kilobyte, length: 1025, body: &stream{onRead: func() { t.Error("a body that announces too much is read") }}}
		}, bodyTooLarge},
		{"a byte longer, in chunks", func() attempt {
			return attempt{policy: kilobyte, body: text(strings.Repeat("a", 1025)), length: -1}
		}, bodyTooLarge},
		{"endless", func() attempt { return attempt{policy: kilobyte, body: io.NopCloser(endless{}), length: -1} }, bodyTooLarge},
		{"over ten megabytes by default", func() attempt { return attempt{body: io.NopCloser(endless{}), length: 10<<20 + 1} }, bodyTooLarge},
		{"cut off", func() attempt {
			return attempt{body: io.NopCloser(io.MultiReader(strings.NewReader("ab"), broken{io.ErrUnexpectedEOF})), length: 5}
		}, bodyBroken},
		{"cut off, in chunks", func() attempt {
			return attempt{body: io.NopCloser(io.MultiReader(strings.NewReader("ab"), broken{errors.New("reset")})), length: -1}
		}, bodyBroken},
		{"shorter than announced", func() attempt { return attempt{body: text("abc"), length: 4} }, bodyBroken},
		{"longer than announced", func() attempt { return attempt{body: text("abcdef"), length: 4} }, bodyBroken},
		{"much longer than announced", func() attempt { return attempt{body: io.NopCloser(endless{}), length: 100000} }, bodyBroken},
		{"limited by somebody else before", func() attempt {
			return attempt{body: http.MaxBytesReader(httptest.NewRecorder(), text(strings.Repeat("a", 2000)), 1000), length: -1}
		}, bodyTooLarge},
	}
	both(t, func(t *testing.T, d drive) {
		for _, test := range tests {
			a := test.attempt()
			a.method = "POST"
			o := try(t, d, a)
			if o.verdict() != test.verdict {
				t.Errorf("%s: %s, want %s", test.name, o.verdict(), test.verdict)
			}
			if o.status != 0 && o.r.Header.Get("Dtapi-Signature") != "" {
				t.Errorf("%s: refused, and signed", test.name)
			}
			if own := strings.HasSuffix(o.detail, "(max_body)"); o.verdict() == bodyTooLarge && own == (test.name == "limited by somebody else before") {
				t.Errorf("%s: %s", test.name, o.detail)
			}
		}
	})
}

type endless struct{}

func (endless) Read(p []byte) (int, error) { return len(p), nil }

type broken struct{ err error }

func (b broken) Read([]byte) (int, error) { return 0, b.err }

func TestABodyThatTheSignatureDoesNotCoverStreamsThrough(t *testing.T) {
	both(t, func(t *testing.T, d drive) {
		for _, vendor := range []string{"carbonblack", "cortex", "threatconnect"} {
			body := &stream{Reader: endless{}}
			o := try(t, d, attempt{vendor: vendor, method: "POST", body: body, length: -1, policy: `{"host":"vendor.example","max_body":"1KiB"}`})
			if o.verdict() != signedVerdict || body.reads != 0 || body.closed || o.held != 0 || o.r.Body != io.ReadCloser(body) {
				t.Errorf("%s: %s, %d reads, closed %v, %d held", vendor, o.verdict(), body.reads, body.closed, o.held)
			}
		}
	})
}

func TestAnAnnouncedBodyHoldsLittleMemoryUntilItArrives(t *testing.T) {
	both(t, func(t *testing.T, d drive) {
		first := int64(-1)
		body := &stream{Reader: bytes.NewReader(make([]byte, 9<<20))}
		body.onRead = func() {
			if first < 0 {
				first = d.Buffered()
			}
		}
		o := try(t, d, attempt{method: "POST", body: body, length: 9 << 20})
		if o.verdict() != signedVerdict || first <= 0 || first > 70000 {
			t.Errorf("%s: %d bytes are held before the first arrives, want at most 70000", o.verdict(), first)
		}
	})
}

func TestBodiesBeyondTheBudgetAreAskedToComeAgain(t *testing.T) {
	const budget = 576 << 20
	both(t, func(t *testing.T, d drive) {
		d.Release(-(budget - 100000))
		defer d.Release(budget - 100000)
		if o := try(t, d, attempt{method: "POST", body: text("small"), length: 5}); o.verdict() != signedVerdict {
			t.Errorf("a small body: %s, want it signed", o.verdict())
		}
		o := try(t, d, attempt{method: "POST", body: io.NopCloser(bytes.NewReader(make([]byte, 200000))), length: 200000})
		if o.verdict() != busy || o.answer.Header.Get("Retry-After") != "1" {
			t.Errorf("a large body: %s after %q, want %s after 1", o.verdict(), o.answer.Header.Get("Retry-After"), busy)
		}
		if o := try(t, d, attempt{}); o.verdict() != signedVerdict {
			t.Errorf("a request without body: %s, want it signed", o.verdict())
		}
	})
}

// What it takes to put a form in order counts like a body, and is given back at once. For long queries, which only a
// gateway that owns its transport takes, see TestALongQueryCountsInTheBudget.
func TestTheMemoryOfASignatureCountsInTheBudget(t *testing.T) {
	const budget = 576 << 20
	forms := `{"integration_key":"DIX","secret_key":"canary","signature_version":2}`
	large := strings.Repeat("b=%2f&a=+&", 30000)
	tests := []struct {
		name    string
		attempt func() attempt
		working int64 // at least
	}{
		{"a form", func() attempt {
			return attempt{vendor: "duo", config: forms, method: "POST", header: urlencoded(), body: text(large), length: int64(len(large))}
		}, int64(4 * len(large))},
	}
	both(t, func(t *testing.T, d drive) {
		for _, test := range tests {
			a := test.attempt()
			left := a.length + 70000 + test.working/2
			d.Release(-(budget - left))
			o := try(t, d, a)
			d.Release(budget - left)
			if o.verdict() != busy || o.answer.Header.Get("Retry-After") != "1" {
				t.Errorf("%s: %s without the memory to sign it, want %s", test.name, o.verdict(), busy)
			}
			if o := try(t, d, test.attempt()); o.verdict() != signedVerdict {
				t.Errorf("%s: %s, %s", test.name, o.verdict(), o.detail)
			}
		}
	})
}

// To ask for it again would be in vain.
func TestAFormThatNeverFitsIntoTheBudgetIsTooLarge(t *testing.T) {
	both(t, func(t *testing.T, d drive) {
		form := append(bytes.Repeat([]byte("a"), 150<<20), "&b=1"...)
		o := try(t, d, attempt{vendor: "duo", config: `{"integration_key":"DIX","secret_key":"canary","signature_version":2}`, policy: `{"host":"h","max_body":"1GiB"}`,
			method: "POST", header: urlencoded(), body: io.NopCloser(bytes.NewReader(form)), length: int64(len(form))})
		if o.verdict() != bodyTooLarge {
			t.Errorf("%s, %s", o.verdict(), o.detail)
		}
	})
}

func TestAFormOfTooManyParametersIsTooLarge(t *testing.T) {
	many := strings.Repeat("&", 100000)
	both(t, func(t *testing.T, d drive) {
		o := try(t, d, attempt{vendor: "duo", config: `{"integration_key":"DIX","secret_key":"canary","signature_version":2}`, method: "POST", header: urlencoded(), body: text(many), length: 100000})
		if o.verdict() != bodyTooLarge || o.detail != "duo: the form has more than 100000 parameters, too many to be put in order" {
			t.Errorf("a form: %s, %s", o.verdict(), o.detail)
		}
	})
}
