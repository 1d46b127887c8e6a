package main

import (
	"net/url"
	"strings"
	"time"
	_ "unsafe" // for go:linkname

	_ "github.com/duosecurity/duo_api_golang" // package duoapi

	"github.com/vendorsign/vendorsign/signers"
)

// Duo's own signing functions. They are not exported, and what is exported around them sends the request too.

//go:linkname duoSign github.com/duosecurity/duo_api_golang.sign
func duoSign(ikey, skey, method, host, uri, date string, params url.Values) string

//go:linkname duoSignV5 github.com/duosecurity/duo_api_golang.signV5
func duoSignV5(ikey, skey, method, host, uri, date string, params url.Values, body string) string

// vendorSign is the vendor's own Go code for the same request, or nil if there is none. Date, parameters and body are
// given to it as it wants them, which favours it a little: a gateway has to take them from the request.
func vendorSign(m mode, message *signers.Message) func(n int) error {
	path, query, _ := strings.Cut(message.Target, "?")
	date := time.Unix(1767355200, 0).UTC().Format(time.RFC1123Z)
	if m.form && len(message.Body) > 0 {
		query = string(message.Body)
	}
	params, err := url.ParseQuery(query)
	if err != nil { // a large form: net/url takes ten thousand parameters
		return nil
	}
	switch m.name {
	case "duo-2":
		return func(n int) error {
			for range n {
				duoSign(duoKey, duoSecret, message.Method, message.Host, path, date, params)
			}
			return nil
		}
	case "duo":
		body := string(message.Body)
		return func(n int) error {
			for range n {
				duoSignV5(duoKey, duoSecret, message.Method, message.Host, path, date, params, body)
			}
			return nil
		}
	}
	return nil
}
