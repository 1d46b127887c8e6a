//go:build go1.21

package outbound

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/vendorsign/vendorsign/signers"
)

// newFetch returns what sends token requests: within ten seconds, through the proxy and with the authority of the
// policy, and following no redirect, which could carry the credential elsewhere.
func newFetch(policy Policy) (func(signers.TokenRequest) (int, []byte, error), error) {
	proxy := http.ProxyFromEnvironment
	if policy.TokenProxy != "" {
		u, err := url.Parse(policy.TokenProxy)
		if err != nil || u.Host == "" {
			return nil, errors.New("token_proxy must be an address such as http://proxy:3128")
		}
		proxy = http.ProxyURL(u)
	}
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	if policy.TokenCA != "" {
		pem, err := os.ReadFile(policy.TokenCA)
		if err != nil {
			return nil, errors.New("token_ca cannot be read")
		}
		config.RootCAs = x509.NewCertPool()
		if !config.RootCAs.AppendCertsFromPEM(pem) {
			return nil, errors.New("token_ca holds no certificate")
		}
	}
	transport := &http.Transport{Proxy: proxy, TLSClientConfig: config, ForceAttemptHTTP2: true, IdleConnTimeout: time.Minute, MaxIdleConns: 2}
	client := &http.Client{Timeout: 10 * time.Second}
	client.Transport = transport
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return func(t signers.TokenRequest) (int, []byte, error) { return fetch(client, t) }, nil
}

func fetch(client *http.Client, t signers.TokenRequest) (int, []byte, error) {
	r, err := http.NewRequest(t.Method, t.URL, strings.NewReader(t.Body))
	if err != nil {
		return 0, nil, errors.New("the address of the token service is not valid")
	}
	for name, values := range t.Header {
		r.Header[name] = values
	}
	response, err := client.Do(r)
	if err != nil {
		// Of the error only its cause: the address may hold the old token.
		var outer *url.Error
		if errors.As(err, &outer) {
			err = outer.Err
		}
		return 0, nil, errors.New("the token service did not answer: " + err.Error())
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, 1<<20))
	if err != nil {
		return 0, nil, errors.New("the token service's answer ended early")
	}
	return response.StatusCode, body, nil
}
