//go:build go1.21

package outbound

import (
	"errors"
	"strings"

	"github.com/vendorsign/vendorsign/signers/wire"
)

// The lists of docs/headers.md, which a test compares with them. A trailing * matches all names with that prefix. Names
// are compared by their letters and digits: see cleanser.

// clientCredentials never reach a vendor: the gateway's credential replaces them.
var clientCredentials = strings.Fields(`
	Authorization Proxy-Authorization X-Authorization X-Serverless-Authorization X-Auth-Token Auth-Token X-Auth-Key X-Api-Key Api-Key
	X-Api-Token Api-Token X-Access-Token Access-Token X-Access-Key X-Id-Token X-Refresh-Token X-Session-Token X-Jwt-Token
	Private-Token X-Private-Token Job-Token Deploy-Token X-Vault-Token X-Consul-Token X-Amz-Security-Token X-Goog-Api-Key
	X-Functions-Key Ocp-Apim-Subscription-Key`)

// overrides make some servers use another method, path or host than was admitted, or skip a check.
var overrides = strings.Fields(`
	X-Http-Method-Override X-Http-Method X-Method-Override X-Method X-Http-Verb X-Verb X-Original-Method X-Rewrite-Method
	X-Forwarded-Method X-Forwarded-Path X-Forwarded-Uri X-Forwarded-Url X-Original-Url X-Original-Uri X-Original-Path X-Rewrite-Url
	X-Rewrite-Uri X-Rewrite-Path X-Override-Url X-Request-Url X-Request-Uri X-Request-Path X-Http-Path-Override X-Path-Override
	X-Http-Destinationurl X-Proxy-Url X-Url X-Uri X-Envoy-Original-Path X-Envoy-Original-Dst-Host X-Script-Name Script-Name
	X-Sendfile-Type X-Accel-Mapping X-Host X-Host-Override X-Http-Host-Override X-Original-Host X-Backend-Host X-Rewrite-Host Proxy
	Proxy-Host X-Middleware-Subrequest X-Middleware-*`)

// aboutClient tell a vendor who the client is and which route its request took. The option forwarded keeps them.
var aboutClient = strings.Fields(`
	X-Forwarded X-Forwarded-For X-Forwarded-Host X-Forwarded-Proto X-Forwarded-User X-Forwarded-* Forwarded Forwarded-For
	X-Forward-For X-Forwarder-For X-Original-Forwarded-For X-Originally-Forwarded-For X-Real-Ip Real-Ip X-Client-Ip Client-Ip
	X-Cluster-Client-Ip Cluster-Client-Ip True-Client-Ip X-True-Ip X-Remote-Ip X-Remote-Addr Remote-Addr X-Originating-Ip
	X-Original-Remote-Addr X-Proxyuser-Ip X-Custom-Ip-Authorization X-Envoy-External-Address Fastly-Client-Ip Fly-Client-Ip
	Cf-Connecting-Ip Cf-Connecting-Ipv6 Cf-Pseudo-Ipv4 Cf-Ipcountry Cf-Visitor X-Azure-Clientip X-Azure-Socketip X-Azure-Fdid
	X-Appengine-* X-Vercel-* X-Nf-* X-Envoy-Peer-Metadata X-Envoy-Peer-Metadata-Id X-Replaced-Path X-Traefik-Router X-Scheme
	X-Url-Scheme Front-End-Https Via Cookie Cookie2 Referer X-Referrer From`)

// identities are the headers that authenticating proxies in front add. They are about the client too.
var identities = strings.Fields(`
	Remote-User Remote-Groups Remote-Email Remote-Name X-Remote-User X-Remote-Group X-Remote-Groups X-Remote-Extra-* X-Auth-Request-*
	X-Authentik-* X-Authelia-* X-Pomerium-* X-Vouch-* X-Webauth-* X-Oidc-* Oidc-* X-Userinfo X-Authenticated-* X-Consumer-*
	X-Anonymous-Consumer X-Credential-Identifier X-User-Claims X-Amzn-Oidc-Data X-Amzn-Oidc-Identity X-Amzn-Oidc-Accesstoken
	X-Amzn-Oidc-* X-Amzn-Mtls-* X-Goog-Iap-Jwt-Assertion X-Goog-Iap-* X-Goog-Authenticated-User-Email X-Goog-Authenticated-User-Id
	X-Goog-Authenticated-User-* X-Apigateway-Api-Userinfo X-Endpoint-Api-Userinfo X-Ms-Client-Principal X-Ms-Client-Principal-*
	X-Ms-Token-* X-Jwt-Assertion X-Jwt-Payload Cf-Access-Jwt-Assertion Cf-Access-Authenticated-User-Email Cf-Access-* Tailscale-*
	Teleport-Jwt-Assertion Iv-User Iv-Groups Iv-Creds Iv-Remote-Address Sm-User Sm-Universalid Sm-Serversessionid Shib-* Mellon-* Eppn
	X-Client-Cert X-Client-Cert-* X-Client-Dn X-Ssl-* Ssl-Client-* X-Tls-Client-* X-Arr-Clientcert Client-Cert Client-Cert-Chain`)

// standing are headers that describe the message itself. Gateway and signer handle the proper spelling; any other that
// some server accepts is removed.
var standing = []string{"Host", "Content-Length", "Content-Type", "Content-Encoding", "Transfer-Encoding", "Trailer", "Te", "Expect",
	"Connection", "Upgrade", "Keep-Alive", "Early-Data", "Origin", "Sec-Fetch-Site", loopHeader}

// neverKept belong to one hop, or hold a credential whatever the vendor.
var neverKept = []string{"Authorization", "Proxy-Authorization", "Proxy-Authenticate", "Proxy-Connection", "Connection", "Keep-Alive", "Te",
	"Trailer", "Transfer-Encoding", "Upgrade", "Host", "Content-Length", "Expect", loopHeader}

// checkKept refuses names of the option keep_header that a client must never set. Owns are the signer's own headers. The
// error does not quote the name: it may be a secret in the wrong place.
func checkKept(names, owns []string) error {
	own := newNames(append(append([]string{}, owns...), neverKept...))
	for _, name := range names {
		if !wire.FieldName.MatchString(name) || strings.Contains(name, "*") {
			return errors.New("keep_header takes the names of headers, without wildcards")
		}
		if own.has(name) {
			return errors.New("keep_header must not name a header that the gateway sets itself, Authorization, or one of a single hop")
		}
	}
	return nil
}

// StaysBehind reports whether a client's header is on the list of those that do not reach a vendor. With forwarded, those
// about the client do reach it.
func StaysBehind(name string, forwarded bool) bool {
	listed := append(append([]string{}, clientCredentials...), overrides...)
	if !forwarded {
		listed = append(append(listed, aboutClient...), identities...)
	}
	return newNames(listed).has(name)
}
