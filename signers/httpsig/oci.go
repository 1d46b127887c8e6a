//go:build go1.21

package httpsig

import (
	"regexp"
	"strings"

	"github.com/vendorsign/vendorsign/signers"
	"github.com/vendorsign/vendorsign/signers/wire"
)

// Oracle Cloud Infrastructure signs as the draft does, with RSA and SHA-256, its own order of
// parameters, and headers for the body:
// docs.oracle.com/iaas/Content/API/Concepts/signingrequests.htm, and oci-go-sdk 65.105.0,
// common/http_signer.go. The domains are those of its realms (common/regions.go). The header of a
// GET is
//
//	Authorization: Signature version="1",headers="date (request-target) host",
//	  keyId="TENANCY/USER/FINGERPRINT",algorithm="rsa-sha256",signature="..."
//
// in one line.
func init() {
	signers.Register(signers.Scheme{
		Name:  "oci",
		Title: "Oracle Cloud Infrastructure",
		Domains: []string{"oraclecloud.com", "oraclegovcloud.com", "oraclegovcloud.uk", "oraclecloud.eu", "customer-oci.com", "oraclecloud8.com",
			"oraclecloud9.com", "oraclecloud10.com", "oraclecloud14.com", "oraclecloud15.com", "oraclecloud20.com", "oraclecloud21.com",
			"oraclecloud23.com", "oraclecloud24.com", "oraclecloud26.com", "oraclecloud29.com", "oraclecloud35.com", "oraclecloud42.com",
			"oraclecloud51.com"},
		Answers: oracleAnswers,
		Options: append([]signers.Option{
			{Name: "tenancy", Kind: signers.ID, Apart: `/",\`, Sample: "ocid1.tenancy.oc1..1", Also: []string{"tenancy_ocid", "tenant"},
				Doc: "The OCID of the tenancy."},
			{Name: "user", Kind: signers.ID, Apart: `/",\`, Sample: "ocid1.user.oc1..1", Also: []string{"user_ocid"},
				Doc: "The OCID of the user whose API key it is."},
			{Name: "fingerprint", Kind: signers.ID, Apart: `/",\`, Sample: "20:3b:97:13:55:1c:5b:0d:d3:37:d8:50:4e:c5:3a:34",
				Doc: "The fingerprint of the API key, as the console shows it."},
			{Name: "session_token", Secret: true, Sample: "1", Also: []string{"security_token", "security_token_file"},
				Doc: "In place of tenancy, user and fingerprint: the token of a session, or of an instance or resource principal, with the key " +
					"that belongs to it. A reference to its file is read again when it changes."},
			{Name: "key_id", Kind: signers.ID, Apart: `",\`, Also: []string{"keyid"},
				Doc: "In place of tenancy, user and fingerprint: the whole key ID, as in TENANCY/USER/FINGERPRINT."},
		}, keyOptions...),
		New: newOCI,
	})
}

// oracleAnswers are texts of answers, in lower case. Source: the codes are in docs.oracle.com/iaas/Content/API/References/apierrors.htm;
// the two sentences are in answers that users of the SDKs quote in public.
var oracleAnswers = []signers.KnownAnswer{
	{Text: "is not within allowed clock skew", Refusal: signers.RefusedClock},
	{Text: "failed to verify the http(s) signature", Refusal: signers.RefusedSignature},
	{Text: `"notauthenticated"`, Refusal: signers.RefusedUnclear},
	{Text: `"notauthorizedorresourcealreadyexists"`, Refusal: signers.RefusedRights},
	{Text: `"notauthorizedornotfound"`, Refusal: signers.RefusedRights},
	{Text: `"notauthorized"`, Refusal: signers.RefusedRights},
	{Text: `"toomanyrequests"`, Refusal: signers.RefusedRate},
}

// oracleGuards are the endpoints that make, show or reset credentials. Source: the clients of oci-go-sdk 65.105.0, each for its part.
var oracleGuards = []string{
	// identity/identity_client.go, below 20160918
	"* /20160918/users/*/apikeys", "* /20160918/users/*/authtokens", "* /20160918/users/*/customersecretkeys",
	"* /20160918/users/*/swiftpasswords", "* /20160918/users/*/smtpcredentials", "* /20160918/users/*/dbcredentials",
	"* /20160918/users/*/oauth2clientcredentials", "* /20160918/users/*/uipassword", "* /20160918/users/*/mfatotpdevices",
	"* /20160918/identityproviders/*/actions/resetscimclient",
	// identitydomains/identitydomains_client.go, each for all users and for the caller; Apps shows the secrets of OAuth clients
	"* /admin/v1/apikeys", "* /admin/v1/authtokens", "* /admin/v1/customersecretkeys", "* /admin/v1/smtpcredentials",
	"* /admin/v1/userdbcredentials", "* /admin/v1/oauth2clientcredentials", "* /admin/v1/myapikeys", "* /admin/v1/myauthtokens",
	"* /admin/v1/mycustomersecretkeys", "* /admin/v1/mysmtpcredentials", "* /admin/v1/myuserdbcredentials",
	"* /admin/v1/myoauth2clientcredentials", "* /admin/v1/apps", "* /admin/v1/userpasswordchanger", "* /admin/v1/userpasswordresetter",
	"* /admin/v1/mepasswordchanger",
	// identitydataplane/identitydataplane_dataplane_client.go, below v1
	"* /v1/actions/generatescopedaccesstoken", "* /v1/token/upst/actions/generateupst",
	// objectstorage/objectstorage_client.go: a pre-authenticated request is a URL that anyone can use
	"POST /n/*/b/*/p",
}

// newOCI makes the signer of an API key of a user, which tenancy, user and fingerprint name
// together, or of a session token with its key. Whether the fingerprint is that of the key is not
// checked: only Oracle knows which keys a user has.
func newOCI(v signers.Values) (signers.Signer, []signers.Fault) {
	s := &cavage{
		vendor: "oci", header: "Authorization", digest: sha256Digest, isOracle: true, setsDate: true, coversDigest: true,
		guards: oracleGuards, probe: signers.Probe{Method: "GET", Target: "/20160918/regions"},
		hintsOfRefusals: map[signers.Refusal]string{
			signers.RefusedSignature: "fingerprint must be the private_key's: openssl pkey -in KEY.pem -pubout -outform DER | openssl md5 -c",
		},
	}
	var faults []signers.Fault
	add := func(option, text string) { faults = append(faults, fault(option, text)) }
	id, session := v.Text("key_id"), v.Text("session_token")
	if session != "" && id != "" {
		add("key_id", "key_id and session_token cannot be used together")
	}
	// The token goes into a parameter in quotes, which nothing escapes.
	if strings.ContainsAny(session, ` "\,`) || unsafeText(session) {
		add("session_token", "session_token is not a token: it contains blanks, quotes or other characters that tokens do not have")
	}
	// The three name the key together, unless key_id or session_token does.
	for _, name := range []string{"tenancy", "user", "fingerprint"} {
		switch {
		case (id != "" || session != "") && v.Has(name):
			add(name, name+" is of no use with key_id or session_token")
		case id == "" && session == "" && !v.Has(name):
			add(name, name+" is required, unless key_id or session_token says who signs")
		}
	}
	k, warnings, more := newKey(v, wire.RSASHA256, newSHA256, "rsa-sha256")
	faults = append(faults, more...)
	if len(faults) > 0 {
		return nil, faults
	}
	s.key = k
	s.warnings = warnings
	// ST$ tells Oracle that the key is that of a session (oci-go-sdk, common/auth).
	if session != "" {
		id = "ST$" + session
	} else if id == "" {
		id = v.Text("tenancy") + "/" + v.Text("user") + "/" + v.Text("fingerprint")
	}
	// The order of parameters and headers is that of Oracle's SDK.
	s.before = `Signature version="1",`
	s.after = `",keyId="` + id + `",algorithm="rsa-sha256",signature="`
	s.lines = []line{
		{kind: dateLine, begin: "date: "}, {kind: targetLine, begin: "(request-target): "}, {kind: hostField, begin: "host: "},
		{kind: contentLength, begin: "content-length: "}, {kind: contentTypeLine, begin: "content-type: ", name: "Content-Type"},
		{kind: contentHashLine, begin: "x-content-sha256: "},
	}
	s.names = "date (request-target) host content-length content-type x-content-sha256"
	// The first three lines are those of requests whose bodies are not signed.
	s.bare = 3
	s.short = "date (request-target) host"
	return s, nil
}

// bodyMethods are the methods whose requests OCI wants signed with their body: POST and PUT (Oracle, "Request Signatures"), and PATCH as
// the SDKs do (oci-go-sdk, common/http_signer.go, defaultBodyHashPredicate).
var bodyMethods = map[string]bool{"POST": true, "PUT": true, "PATCH": true}

// uploads are the requests of Object Storage whose bodies are not signed: of objects (o) and of
// their parts (u).
var uploads = regexp.MustCompile(`^/n/[^/?]+/b/[^/?]+/[ou]/`)

// signsBody reports whether OCI wants the body of a request signed. PutObject and UploadPart of
// Object Storage are the exceptions (oci-go-sdk, objectstorage/objectstorage_client.go,
// excludeBodySigningPredicate).
//
//	PUT /n/ns/b/bucket/o/name     at objectstorage.eu-frankfurt-1.oraclecloud.com     no
//	PUT /n/ns/b/bucket/o/name     at iaas.eu-frankfurt-1.oraclecloud.com              yes
//	DELETE anything                                                                   no
//
// The host is the configured one, so a client cannot have a body unsigned that another service
// would take.
func signsBody(m *signers.Message) bool {
	if !bodyMethods[m.Method] {
		return false
	}
	return m.Method != "PUT" || !strings.HasPrefix(strings.ToLower(m.Host), "objectstorage.") && !objectHost.MatchString(m.Host) ||
		!uploads.MatchString(m.Target)
}

// objectHost are the dedicated hosts of Object Storage: NAMESPACE.objectstorage.REGION.oci.customer-oci.com (the same file).
var objectHost = regexp.MustCompile(`(?i)^[^.]+\.objectstorage\.`)
