package capture

import (
	"bytes"
	"cmp"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/vendorsign/vendorsign/diagnose"
)

// har is a browser's log of requests, or one entry of it: browsers copy either.
type har struct {
	Log struct {
		Creator struct {
			Name string `json:"name"`
		} `json:"creator"`
		Entries []harEntry `json:"entries"`
	} `json:"log"`
	harEntry
}

// harEntry is a request with its answer, of HAR 1.2. Fields that are not here are not needed.
type harEntry struct {
	Started string `json:"startedDateTime"`
	Request struct {
		Method   string      `json:"method"`
		URL      string      `json:"url"`
		Headers  []harHeader `json:"headers"`
		PostData struct {
			harContent
			Params []harHeader `json:"params"`
		} `json:"postData"`
	} `json:"request"`
	Response struct {
		Status  int         `json:"status"`
		Headers []harHeader `json:"headers"`
		Content harContent  `json:"content"`
	} `json:"response"`
}

// harContent is a body, as text or in Base64, which browsers use for what is no text.
type harContent struct {
	Text     string `json:"text"`
	Encoding string `json:"encoding"`
}

// harHeader is a name with a value: of a header or of a form.
type harHeader struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// HAR reads an entry: the one with the number, from 1, or the only one that carries the vendor's
// headers. It returns the request, the answer if the entry has one, and the time at which the browser
// sent it, which is zero if it cannot be read.
func HAR(data []byte, number int, owned []string) (*Request, *diagnose.Response, time.Time, error) {
	none := time.Time{}
	if !utf8.Valid(data) {
		return nil, nil, none, errors.New("it is not UTF-8")
	}
	var h har
	if err := json.Unmarshal(bytes.TrimPrefix(data, []byte("\ufeff")), &h); err != nil {
		return nil, nil, none, cmp.Or(otherFormOf(string(data)), errors.New("it is not a HAR file or an entry of one"))
	}
	entries := h.Log.Entries
	if h.Request.URL != "" {
		entries = []harEntry{h.harEntry}
	}
	if len(entries) == 0 {
		if err := otherFormOf(string(data)); err != nil {
			return nil, nil, none, err
		}
	}
	e, err := chooseEntry(entries, number, owned)
	if err != nil {
		return nil, nil, none, err
	}
	s := &Request{}
	s.Method, s.Header = e.Request.Method, harHeaders(e.Request.Headers)
	if err := s.setURL(e.Request.URL); err != nil {
		return nil, nil, none, err
	}
	s.takeHost()
	// Chrome's DevTools export a HAR file without Authorization and cookies unless they are told to keep them.
	s.Sanitised = h.Log.Creator.Name == "WebInspector" && s.Header.Get("Authorization") == ""
	s.Body = e.Request.PostData.bytes()
	// Some browsers write a form as parameters only.
	if len(s.Body) == 0 {
		var pairs []string
		for _, p := range e.Request.PostData.Params {
			pairs = append(pairs, p.Name+"="+p.Value)
		}
		s.Body = []byte(strings.Join(pairs, "&"))
	}
	var response *diagnose.Response
	if r := e.Response; r.Status > 0 {
		response = &diagnose.Response{Status: r.Status, Header: harHeaders(r.Headers), Body: r.Content.bytes()}
	}
	started, _ := time.Parse(time.RFC3339Nano, e.Started) // no time is as good as one that cannot be read
	return s, response, started, nil
}

// bytes is a text of the file, or what it is the Base64 of. A text whose Base64 is broken is taken as
// it is.
func (c harContent) bytes() []byte {
	if b, err := base64.StdEncoding.DecodeString(c.Text); err == nil && c.Encoding == "base64" {
		return b
	}
	return []byte(c.Text)
}

// harHeaders are the headers of an entry. Values of one name stay apart.
func harHeaders(all []harHeader) http.Header {
	h := make(http.Header)
	for _, one := range all {
		h.Add(one.Name, one.Value)
	}
	return h
}

// chooseEntry is the entry with the number, from 1, or the only one that fits. A page's log has
// hundreds, of which one or two go to the vendor; the errors name their numbers.
func chooseEntry(entries []harEntry, number int, owned []string) (*harEntry, error) {
	if number > 0 {
		if number > len(entries) {
			return nil, errors.New("it has no entry " + strconv.Itoa(number) + ", but " + strconv.Itoa(len(entries)))
		}
		return &entries[number-1], nil
	}
	var fitting []int
	for i, e := range entries {
		if carries(harHeaders(e.Request.Headers), owned) {
			fitting = append(fitting, i)
		}
	}
	switch {
	case len(entries) == 1:
		return &entries[0], nil
	case len(fitting) == 1:
		return &entries[fitting[0]], nil
	case len(fitting) == 0:
		return nil, errors.New("no entry has the vendor's headers; choose one with --entry")
	}
	var numbers []string
	for _, i := range fitting {
		numbers = append(numbers, strconv.Itoa(i+1))
	}
	return nil, errors.New("several entries have the vendor's headers; choose one with --entry: " + strings.Join(numbers, ", "))
}

// carries reports whether one of the headers is the vendor's. owned may end in *, for a family of
// names.
func carries(header http.Header, owned []string) bool {
	for name := range header {
		for _, o := range owned {
			if prefix, ok := strings.CutSuffix(o, "*"); ok && strings.HasPrefix(name, prefix) || o == name {
				return true
			}
		}
	}
	return false
}
