//go:build go1.21

package outbound

import (
	"net/http"
	"net/url"
	"strings"
)

// admitBrowser refuses requests that a web page can make a browser send, unless the credential's option browser allows them:
// a page of anybody could otherwise use the gateway by way of a visitor inside the network (cross-site request forgery).
// Browsers use Origin, Sec-Fetch-Site (Fetch Metadata, W3C) and Referer to say which page caused a request; values that no
// browser would send are refused too. The header is the client's, before anything is removed.
//
//	curl, SDKs: none of the three          -> signed
//	an address that the user typed: "none" -> signed
//	a form or script of any page           -> 403; with same_origin only that of other sites
func admitBrowser(g *Gate, c *credential, r *http.Request, header http.Header) *Problem {
	if c.browser == "allow" {
		return nil
	}
	host, ok := askedHost(g, r)
	// The gateway's own request: a health check that follows a redirect has a Referer.
	if !ok {
		return nil
	}
	own := c.browser == "same_origin"
	if fromNoPage(header["Sec-Fetch-Site"], own) && fromOwnOrigin(header["Origin"], r, host, own) && fromOwnHost(header["Referer"], host) {
		return nil
	}
	if own {
		return problem(kindBrowser, "the request comes from a web page of another origin; set browser allow to sign such requests")
	}
	return problem(kindBrowser,
		"the request comes from a page in a browser; set browser same_origin for pages of this very site, or browser allow for all")
}

// fromNoPage reports whether Sec-Fetch-Site is absent, or says that no page caused the request: none is for addresses that the user typed
// or bookmarked. Own also allows the site's own pages.
func fromNoPage(sites []string, own bool) bool {
	if len(sites) == 0 {
		return true
	}
	return len(sites) == 1 && (sites[0] == "none" || own && sites[0] == "same-origin")
}

// fromOwnOrigin reports whether there is no Origin or, with own, that of the site's own pages. Browsers leave the port that the scheme
// implies out of both Origin (RFC 6454, 6.2) and Host, so that the texts are equal.
func fromOwnOrigin(origins []string, r *http.Request, host string, own bool) bool {
	if len(origins) == 0 {
		return true
	}
	scheme := "http://"
	if r.TLS != nil {
		scheme = "https://"
	}
	return own && len(origins) == 1 && host != "" && origins[0] == scheme+host
}

// fromOwnHost reports whether there is no Referer, or one with the host and port that the client asked for. It is for old
// browsers, which send nothing else with a GET. The port that the scheme implies may be missing on either side.
func fromOwnHost(referers []string, host string) bool {
	if len(referers) == 0 {
		return true
	}
	if len(referers) > 1 || host == "" {
		return false
	}
	page, err := url.Parse(referers[0])
	if err != nil || page.User != nil {
		return false
	}
	port := ""
	switch page.Scheme {
	case "http":
		port = ":80"
	case "https":
		port = ":443"
	default:
		return false
	}
	return page.Host != "" && strings.EqualFold(strings.TrimSuffix(page.Host, port), strings.TrimSuffix(host, port))
}
