//go:build go1.21

package credentials

import (
	"net"
	"net/url"
	"strings"
)

// proxyVariables are those by which Go's client finds the proxy for outgoing requests. A program reads them once, when it begins.
var proxyVariables = []string{"HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy"}

// defaultProxyPorts are by the scheme of a proxy's URL, as in Go's client.
var defaultProxyPorts = map[string]string{"http": "80", "https": "443", "socks5": "1080", "socks5h": "1080"}

// environmentProxies are the addresses of the proxies in the environment, as Go's client dials them.
//
//	HTTP_PROXY=http://127.0.0.1:3128, HTTPS_PROXY=proxy.example -> 127.0.0.1:3128 proxy.example:80
func environmentProxies(lookup func(name string) (value string, set bool)) []string {
	var addresses []string
	for _, name := range proxyVariables {
		value, _ := lookup(name)
		u, err := url.Parse(value)
		if err != nil || u.Scheme == "" || u.Host == "" {
			// Go's client, too, takes a value without a scheme for that of an http proxy.
			u, err = url.Parse("http://" + value)
		}
		if err != nil || u.Hostname() == "" {
			continue
		}
		port := u.Port()
		if port == "" {
			port = defaultProxyPorts[u.Scheme]
		}
		addresses = append(addresses, strings.ToLower(net.JoinHostPort(u.Hostname(), port)))
	}
	return addresses
}

// Proxies reports whether address, which a gateway is about to dial, is a proxy of its environment. Where a request goes from there cannot
// be seen, so that no rule about addresses permits it.
func (o *Operator) Proxies(address string) bool {
	for _, proxy := range o.proxies {
		if proxy == strings.ToLower(address) {
			return true
		}
	}
	return false
}
