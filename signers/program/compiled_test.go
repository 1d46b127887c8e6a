package program

import (
	"fmt"
	"net/http"
	"reflect"
	"testing"
)

// What has a tree is signed by its code, too, and both must be the same.
func TestATreeSaysWhatTheCodeMakes(t *testing.T) {
	values := []string{
		"'text'", "opt.id", "method", "method|lower", "target", "host|lower", "path", "path|strip_prefix:'/api'|strip_prefix:'/v1'",
		"path|after:'/api/'", "now|unix", "nonce", "body", "body|first:5", "body|first:0", "body|sha256|hex", "body|first:3|md5|base64", "line",
		"line|hex", "line|base64", "line|base64url", "line|sha1|hex", "line|hmac_sha1:opt.key|base64", "line|hmac_sha512:opt.key|hex|upper",
		"line|hmac_sha256:opt.key|hex|base64", "path|hmac_sha384:opt.key|hex", "method|sha512|hex|sha256|hex|md5|hex", "path|hex|base64|hex",
	}
	treeless := 0
	for i, one := range values {
		for _, two := range append(values[i:], "'behind'") {
			operations := []string{
				"let line = [[method]] [[path]]\\n[[now|unix]]",
				fmt.Sprintf("let text = [[%s]]-[[body]][[%s]]\\n", one, two),
				"header X-First = a [[text|hmac_sha256:opt.key|base64]] z",
				fmt.Sprintf("header X-Second = [[line|hex]][[%s|base64]]", one),
			}
			s, m, at := shaped(t, operations)
			tree := s.(*signer)
			code := *tree
			if code.other, code.trees = false, nil; tree.trees == nil {
				treeless++
			}
			for _, body := range []string{"", "abc", "a body of more than five bytes"} {
				m.Body = []byte(body)
				m.Header = make(http.Header)
				if err := tree.Sign(m, at); err != nil {
					t.Fatal(err)
				}
				got := m.Header
				m.Header = make(http.Header)
				if err := code.Sign(m, at); err != nil {
					t.Fatal(err)
				}
				if !reflect.DeepEqual(got, m.Header) {
					t.Errorf("%s and %s with body %q: %v, want %v", one, two, body, got, m.Header)
				}
			}
		}
	}
	if treeless > 0 {
		t.Errorf("%d programs have no trees", treeless)
	}
}

func TestWhatTakesLongIsNotMadeTwice(t *testing.T) {
	for _, operations := range [][]string{
		{"let sum = [[body|sha256|hex]]", "header X-Sum = [[sum]]", "header X-Mac = [[sum|hmac_sha256:opt.key|hex]]"},
		{"let low = [[path|lower]]", "header X-Path = [[low|hex]]", "header X-Mac = [[low|hmac_sha256:opt.key|hex]]"},
		{"let text = [[method]][[body|md5|hex]]", "header X-Mac = [[text|hmac_sha256:opt.key|hex]]", "header X-Sum = [[text]]"},
	} {
		s, _, _ := shaped(t, operations)
		if s.(*signer).trees != nil {
			t.Errorf("%v has trees, so a value is made twice", operations)
		}
	}
}
