package capture

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/vendorsign/vendorsign/signers/wire"
)

// curlLine is what a curl command's options say, before they are put together: curl itself acts on them
// only when it has read all.
type curlLine struct {
	// -X, and the first URL.
	method, url string
	// Lines as -H takes them, in their order, and the headers that other options set, which -H replaces.
	header []string
	own    http.Header
	// What each -d or --json adds to the body: -d with an & before it if there is something already.
	data []string
	// What each --url-query adds to the query, and --request-target, which replaces path and query.
	query  []string
	target string
	// -T: the body is the content of this file, whose name goes behind a URL that ends with a slash.
	upload string
	// There is data, so that the body is a form; -G puts it into the query.
	form, get bool
	// -I, and --path-as-is.
	head, asIs bool
	// -g: braces and brackets in the URL are themselves.
	noGlob bool
	// -u: ID and password with a colon. other: curl makes something else than Basic of them.
	user  string
	other bool
	json  bool
}

// shortOption splits -XPOST and -sSkH: letters that take no value, then one that does. given is false
// if its value is the next word; name is empty if no letter takes one.
//
//	-XPOST  ->  -X with POST
//	-sSkH   ->  -s, -S and -k, then -H, whose value follows
//	-sG     ->  -s and -G
func shortOption(word string) (flags []string, name, value string, given bool) {
	for i := 1; i < len(word); i++ {
		name = "-" + word[i:i+1]
		if slices.Contains(known.CurlValues, name) {
			return flags, name, word[i+1:], i+1 < len(word)
		}
		flags = append(flags, name)
	}
	return flags, "", "", false
}

// option takes one option, with its value if it has one. Those that change nothing of the request are
// ignored. read gets the files that options name.
func (c *curlLine) option(name, value string, read func(string) ([]byte, error)) error {
	switch name {
	case "-X", "--request":
		c.method = value
	case "-H", "--header":
		file, isFile := strings.CutPrefix(value, "@")
		if !isFile {
			c.header = append(c.header, value)
			break
		}
		data, err := read(file)
		c.header = append(c.header, strings.Split(strings.ReplaceAll(string(data), "\r", ""), "\n")...)
		return err
	case "--url":
		c.url = cmp.Or(c.url, value)
	case "-d", "--data", "--data-ascii", "--data-binary", "--data-raw", "--data-urlencode", "--json":
		data, err := curlData(name, value, read)
		if len(c.data) > 0 && name != "--json" {
			data = "&" + data
		}
		c.data = append(c.data, data)
		c.form, c.json = true, c.json || name == "--json"
		return err
	case "-G", "--get":
		c.get = true
	case "-I", "--head":
		c.head = true
	case "-g", "--globoff":
		c.noGlob = true
	case "--path-as-is":
		c.asIs = true
	case "-u", "--user":
		c.user = value
	case "--oauth2-bearer":
		c.set("Authorization", "Bearer "+value)
	case "-A", "--user-agent":
		c.set("User-Agent", value)
	case "-e", "--referer":
		c.set("Referer", value)
	case "-b", "--cookie":
		if strings.Contains(value, "=") { // otherwise it is a file
			c.set("Cookie", value)
		}
	case "-r", "--range":
		c.set("Range", "bytes="+value)
	case "--url-query":
		text, raw := strings.CutPrefix(value, "+")
		if !raw {
			var err error
			if text, err = curlEncoded(value, read); err != nil {
				return err
			}
		}
		c.query = append(c.query, text)
	case "--request-target":
		c.target = value
	case "--digest", "--ntlm", "--negotiate", "--anyauth":
		c.other = true
	case "--basic":
		c.other = false
	case "--aws-sigv4":
		return errors.New("--aws-sigv4: curl signs the request itself, so the line does not show the signature; give what curl -v prints")
	case "-T", "--upload-file":
		data, err := read(value)
		c.upload, c.data = value, []string{string(data)}
		return err
	case "-F", "--form", "--form-string":
		return fmt.Errorf("%s: multipart forms cannot be read from a curl line; give the raw request", name)
	}
	return nil
}

// set takes a header of an option.
func (c *curlLine) set(name, value string) {
	if c.own == nil {
		c.own = make(http.Header)
	}
	c.own.Set(name, value)
}

// curlData is what an option for data adds to the body. As curl's manual says, -d @FILE leaves out line
// ends and zero bytes, --data-binary keeps them, and --data-raw takes @ for a character. A signature
// over the file is wrong if -d sent it.
func curlData(name, value string, read func(string) ([]byte, error)) (string, error) {
	if name == "--data-urlencode" {
		return curlEncoded(value, read)
	}
	file, isFile := strings.CutPrefix(value, "@")
	if name == "--data-raw" || !isFile {
		return value, nil
	}
	data, err := read(file)
	if name == "--data-binary" || name == "--json" {
		return string(data), err
	}
	return strings.NewReplacer("\r", "", "\n", "", "\x00", "").Replace(string(data)), err
}

// curlEncoded reads --data-urlencode: content, =content, name=content, @file or name@file. The name is
// sent as it is. Since its version of May 2021 (7.77), curl writes a space as +; before, it was %20.
//
//	"a b"    a+b
//	"=a b"   a+b
//	"n=a b"  n=a+b
//	"n@f"    n= and the content of f, encoded, with its line end (%0A)
func curlEncoded(value string, read func(string) ([]byte, error)) (string, error) {
	i := strings.IndexAny(value, "=@")
	if i < 0 {
		return plusForSpace(value), nil
	}
	name, content := value[:i], value[i+1:]
	if value[i] == '@' {
		data, err := read(content)
		if err != nil {
			return "", err
		}
		content = string(data)
	}
	if name != "" {
		name += "="
	}
	return name + plusForSpace(content), nil
}

// plusForSpace encodes a text as curl encodes forms.
func plusForSpace(text string) string {
	return strings.ReplaceAll(wire.PercentEncode(text), "%20", "+")
}
