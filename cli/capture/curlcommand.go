package capture

import (
	"cmp"
	"encoding/base64"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/vendorsign/vendorsign/diagnose"
)

// errNoCurl means that the text may be a request in another form. Paste goes on to that; any other
// error is about a curl command.
var errNoCurl = errors.New("there is no curl command")

// curlOf reads a text with a curl command, as a shell and curl do. If it has several, it is the one with a header of
// the vendor: scripts fetch something before they send the signed request. owned are the names of these
// headers. read gets the files that it names; if it fails for an option, the command cannot be read.
func curlOf(text string, owned []string, read func(string) ([]byte, error)) (*Request, error) {
	sh := &shell{text: cleaned(text), read: read}
	var err error
	if caretLine.MatchString(sh.text) {
		sh.cmdCommands()
	} else {
		err = sh.run()
	}
	// A # begins a comment for a shell, but it is also root's prompt.
	if err == nil && len(sh.commands) == 0 && rootPrompt.MatchString(sh.text) {
		sh.text = rootPrompt.ReplaceAllString(sh.text, "$1")
		err = sh.run()
	}
	switch {
	case err != nil && !curlWord.MatchString(sh.text), err == nil && len(sh.commands) == 0:
		return nil, errNoCurl
	case err != nil:
		return nil, err
	}
	var all []*Request
	for _, c := range sh.commands {
		s, err := readCurl(c, sh, read)
		if err != nil {
			if len(sh.commands) == 1 {
				return nil, err
			}
			continue
		}
		all = append(all, s)
	}
	return chooseCurl(all, owned)
}

// curlWord finds curl as a word of a command line, to tell a broken command from a text without one.
var curlWord = regexp.MustCompile(`(?m)(^|[\s/(;|&` + "`" + `])curl(\.exe)?(\s|$)`)

// chooseCurl chooses among several commands: the only one with a header of the vendor.
func chooseCurl(all []*Request, owned []string) (*Request, error) {
	var fitting []*Request
	for _, s := range all {
		if carries(s.Header, owned) {
			fitting = append(fitting, s)
		}
	}
	switch {
	case len(all) == 1:
		return all[0], nil
	case len(fitting) == 1:
		return fitting[0], nil
	case len(all) == 0:
		return nil, errors.New("none of the curl commands can be read")
	}
	return nil, errors.New("the text has several curl commands; give one")
}

// readCurl reads the words of one command, up to --next, after which curl sends another request.
// Standard input that the text does not show is an unknown value in its place.
func readCurl(command *shellCommand, sh *shell, read func(string) ([]byte, error)) (*Request, error) {
	words := command.words
	input := func(name string) ([]byte, error) {
		switch {
		case name != "-":
			return read(name)
		case command.input == nil:
			return []byte(sh.mark("standard input (@-)")), nil
		}
		return []byte(*command.input), nil
	}
	var c curlLine
	for i := 0; i < len(words); i++ {
		name, value, given := words[i], "", false
		if !strings.HasPrefix(name, "-") || name == "-" {
			c.url = cmp.Or(c.url, name)
			continue
		}
		if name == "--next" || name == "-:" {
			break
		}
		if !strings.HasPrefix(name, "--") {
			var flags []string
			flags, name, value, given = shortOption(name)
			for _, flag := range flags {
				if err := c.option(flag, "", input); err != nil {
					return nil, err
				}
			}
		}
		if !given && slices.Contains(known.CurlValues, name) {
			if i++; i == len(words) {
				return nil, fmt.Errorf("%s has no value", name)
			}
			value = words[i]
		}
		if err := c.option(name, value, input); err != nil {
			return nil, err
		}
	}
	s, err := c.request()
	if err != nil {
		return nil, err
	}
	s.nameUnknown(sh)
	return s, nil
}

// nameUnknown puts the text of unknown values back in place of their marks, and lists it with the part
// of the request that it is in. The list is sorted, since headers are in a map.
func (s *Request) nameUnknown(sh *shell) {
	put := func(text *string, place string) {
		var found []diagnose.Unexpanded
		*text, found = sh.unmarked(*text, place)
		s.Unexpanded = append(s.Unexpanded, found...)
	}
	put(&s.Method, "method")
	put(&s.Target, "URL")
	before := s.Host
	put(&s.Address, "URL")
	if put(&s.Host, "Host"); before == s.Address {
		s.Host = s.Address
	}
	body := string(s.Body)
	put(&body, "body")
	s.Body = []byte(body)
	for name, values := range s.Header {
		shown := name
		put(&shown, "header")
		for i := range values {
			put(&values[i], name)
			if name == "Authorization" {
				s.unknownUser(&values[i], sh)
			}
		}
		if shown != name {
			delete(s.Header, name)
		}
	}
	slices.SortStableFunc(s.Unexpanded, func(a, b diagnose.Unexpanded) int { return strings.Compare(a.Place, b.Place) })
}

// unknownUser looks into the Base64 that -u makes of user and password: the marks are inside.
func (s *Request) unknownUser(value *string, sh *shell) {
	coded, ok := strings.CutPrefix(*value, "Basic ")
	user, err := base64.StdEncoding.DecodeString(coded)
	if !ok || err != nil {
		return
	}
	text, found := sh.unmarked(string(user), "Authorization")
	s.Unexpanded = append(s.Unexpanded, found...)
	*value = "Basic " + base64.StdEncoding.EncodeToString([]byte(text))
}
