package e2e

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/vendorsign/vendorsign/vendorsim"
)

// mode is a vendor's scheme with one set of options.
type mode struct {
	name    string
	signer  string
	options options
	judge   map[string]string // what the vendor knows, beside the credential in options
	owned   []string          // the vendor's headers, as its documentation spells them
	// What proves that the options do something: headers that must arrive with such a value.
	arrives map[string]string
	// Of presets, which have a judge of these tests: how the vendor verifies, the options that hold secrets, and the parameters of a
	// query that are the vendor's.
	verify  func(o options, r *vendorsim.Request) (fault string)
	secrets []string
	params  []string
	// Parameters that a client's request is refused for.
	refused []string
	// Lines that a client must send: without them the gateway does not know how to sign.
	sends []string
}

var (
	darktrace     = options{"public_token": "pub-0123456789abcdef", "private_token": "prv-a1b2c3/+=d4e5"}
	threatConnect = options{"access_id": "48572048571234567890", "secret_key": "tc$ecret^key%with~marks"}
	carbonBlack   = options{"api_id": "ABCDE12345", "api_secret_key": "CBSECRETKEYABCDEFGHIJKLM"}
	duo           = options{"integration_key": "DIWJ8X6AEYOR5OMC6TQ1", "secret_key": "Zh5eGmUq9zpfQnyUIu5OL9iWoMMv5ZNmk3zLJ4Ep"}

	darktraceOwned     = []string{"DTAPI-Token", "DTAPI-Date", "DTAPI-Signature"}
	threatConnectOwned = []string{"Authorization", "Timestamp"}
	carbonBlackOwned   = []string{"X-Auth-Token"}
	cortexOwned        = []string{"Authorization", "x-xdr-auth-id", "x-xdr-nonce", "x-xdr-timestamp"}
	duoOwned           = []string{"Authorization", "Date", "X-Duo-Date"}

	guardDuty = options{"access_key_id": "AKIATESTTESTTESTTEST", "secret_access_key": "test/secret+access/key/canary-1f07", "region": "eu-west-1",
		"service": "guardduty"}
	s3Store  = guardDuty.with(options{"service": "s3"})
	awsOwned = []string{"Authorization", "X-Amz-Date", "X-Amz-Security-Token", "X-Amz-Content-Sha256"}
	awsKeys  = []string{"secret_access_key", "session_token"}
	// awsParams are the parameters of a signature in the query, which a client may not bring along.
	awsParams = []string{"X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Date", "X-Amz-Expires", "X-Amz-SignedHeaders", "X-Amz-Signature",
		"X-Amz-Security-Token"}
)

var modes = []mode{
	{
		name: "darktrace", signer: "darktrace", owned: darktraceOwned,
		options: darktrace,
		judge:   map[string]string{"sign_query": "as_sent"},
		arrives: map[string]string{"Dtapi-Date": `^\d{8}T\d{6}$`},
	}, {
		name: "darktrace-spaced", signer: "darktrace", owned: darktraceOwned,
		options: darktrace.with(options{"date_format": "spaced", "sign_query": "as_sent", "query_order": "sorted"}),
		judge:   map[string]string{"sign_query": "as_sent"},
		arrives: map[string]string{"Dtapi-Date": `^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$`},
	}, {
		name: "darktrace-iso", signer: "darktrace", owned: darktraceOwned,
		options: darktrace.with(options{"date_format": "iso", "query_order": "as_sent"}),
		judge:   map[string]string{"sign_query": "as_sent"},
		arrives: map[string]string{"Dtapi-Date": `^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{6})?\+00:00$`},
	}, {
		name: "darktrace-decoded", signer: "darktrace", owned: darktraceOwned,
		options: darktrace.with(options{"sign_query": "decoded"}),
		judge:   map[string]string{"sign_query": "decoded"},
	}, {
		name: "darktrace-decoded-as-sent", signer: "darktrace", owned: darktraceOwned,
		options: darktrace.with(options{"sign_query": "decoded", "query_order": "as_sent"}),
		judge:   map[string]string{"sign_query": "decoded"},
	}, {
		name: "threatconnect", signer: "threatconnect", owned: threatConnectOwned,
		options: threatConnect,
		arrives: map[string]string{"Authorization": `^TC 48572048571234567890:[A-Za-z0-9+/]{43}=$`},
	}, {
		name: "threatconnect-token", signer: "threatconnect", owned: threatConnectOwned,
		options: options{"token": "APIV2:1:2:abc/def+ghi="},
		arrives: map[string]string{"Authorization": `^TC-Token `},
	}, {
		name: "carbonblack", signer: "carbonblack", owned: carbonBlackOwned,
		options: carbonBlack,
	}, {
		name: "cortex-advanced", signer: "cortex", owned: cortexOwned,
		options: options{"api_key_id": "17", "api_key": "advancedKEY0123456789"},
		judge:   map[string]string{"key_type": "advanced"},
		arrives: map[string]string{"X-Xdr-Nonce": `^[A-Za-z0-9]{64}$`},
	}, {
		name: "cortex-standard", signer: "cortex", owned: cortexOwned,
		options: options{"api_key_id": "18", "api_key": "standardKEY0123456789", "key_type": "standard"},
	}, {
		name: "cortex-xsoar6", signer: "cortex", owned: cortexOwned,
		options: options{"api_key": "xsoarsixKEY0123456789", "key_type": "standard"},
	}, {
		name: "duo", signer: "duo", owned: duoOwned,
		options: duo,
		judge:   map[string]string{"signature_version": "5", "digest": "sha512"},
		arrives: map[string]string{"Date": ` -0000$`},
	}, {
		name: "duo-x-duo-date", signer: "duo", owned: duoOwned,
		options: duo.with(options{"signature_version": 5, "date_header": "x-duo-date"}),
		judge:   map[string]string{"signature_version": "5"},
		arrives: map[string]string{"X-Duo-Date": ` -0000$`},
	}, {
		name: "duo-4", signer: "duo", owned: duoOwned,
		options: duo.with(options{"signature_version": 4}),
		judge:   map[string]string{"signature_version": "4"},
	}, {
		name: "duo-2", signer: "duo", owned: duoOwned,
		options: duo.with(options{"signature_version": 2}),
		judge:   map[string]string{"signature_version": "2", "digest": "sha512"},
	}, {
		name: "duo-2-sha1", signer: "duo", owned: duoOwned,
		options: duo.with(options{"signature_version": 2, "digest": "sha1"}),
		judge:   map[string]string{"signature_version": "2", "digest": "sha1"},
	}, {
		name: "aws", signer: "aws", owned: awsOwned, secrets: awsKeys, refused: awsParams,
		options: guardDuty,
		arrives: map[string]string{"Authorization": `/eu-west-1/guardduty/aws4_request, SignedHeaders=`, "X-Amz-Date": `^\d{8}T\d{6}Z$`, "X-Amz-Content-Sha256": `^$`},
	}, {
		name: "aws-session", signer: "aws", owned: awsOwned, secrets: awsKeys, refused: awsParams,
		options: guardDuty.with(options{"session_token": "FwoGZXIvYXdzE+canary/token=="}),
		arrives: map[string]string{"Authorization": `;x-amz-security-token, Signature=`, "X-Amz-Security-Token": `^FwoGZXIvYXdzE\+`},
	}, {
		name: "aws-query", signer: "aws", owned: awsOwned, secrets: awsKeys, refused: awsParams,
		options: guardDuty.with(options{"placement": "query", "expires_in": "1m", "session_token": "FwoGZXIvYXdzE+canary/token=="}),
		arrives: map[string]string{"Authorization": `^$`, "X-Amz-Date": `^$`, "X-Amz-Security-Token": `^$`},
	}, {
		name: "aws-s3", signer: "aws", owned: awsOwned, secrets: awsKeys, refused: awsParams,
		options: s3Store,
		arrives: map[string]string{"X-Amz-Content-Sha256": `^[0-9a-f]{64}$`},
	}, {
		name: "aws-s3-unsigned", signer: "aws", owned: awsOwned, secrets: awsKeys, refused: awsParams,
		options: s3Store.with(options{"payload": "unsigned"}),
		arrives: map[string]string{"X-Amz-Content-Sha256": `^(UNSIGNED-PAYLOAD|[0-9a-f]{64})$`},
	}, {
		name: "aws-s3-auto", signer: "aws", owned: awsOwned, secrets: awsKeys, refused: awsParams,
		options: s3Store.with(options{"payload": "auto", "max_body": "1KiB", "session_token": "FwoGZXIvYXdzE+canary/token=="}),
		arrives: map[string]string{"X-Amz-Content-Sha256": `^(UNSIGNED-PAYLOAD|[0-9a-f]{64})$`},
	}, {
		name: "aws-s3-query", signer: "aws", owned: awsOwned, secrets: awsKeys, refused: awsParams,
		options: s3Store.with(options{"placement": "query", "payload": "unsigned"}),
		arrives: map[string]string{"Authorization": `^$`, "X-Amz-Content-Sha256": `^([0-9a-f]{64})?$`},
	},
}

// reSignModes take region and service from a signature that the client made with a placeholder key. They are not for the tables of
// requests, which know of no such thing.
var reSignModes = []mode{
	{
		name: "aws-re-sign", signer: "aws", owned: awsOwned[:3], secrets: awsKeys, refused: awsParams,
		options: guardDuty.with(options{"mode": "re_sign", "session_token": "FwoGZXIvYXdzE+canary/token=="}),
		sends:   []string{placeholderFor("attacker-key", "eu-west-1", "guardduty")},
		arrives: map[string]string{"Authorization": `/eu-west-1/guardduty/aws4_request, SignedHeaders=`},
	}, {
		name: "aws-re-sign-s3", signer: "aws", owned: awsOwned[:3], secrets: awsKeys, refused: awsParams,
		options: s3Store.with(options{"mode": "re_sign", "placeholder_key": "attacker-key"}),
		sends:   []string{placeholderFor("attacker-key", "eu-west-1", "s3"), "X-Amz-Content-Sha256: UNSIGNED-PAYLOAD"},
		arrives: map[string]string{"X-Amz-Content-Sha256": `^UNSIGNED-PAYLOAD$`},
	},
}

// placeholderFor is the header of a signature that means nothing but its scope.
func placeholderFor(key, region, service string) string {
	return "Authorization: AWS4-HMAC-SHA256 Credential=" + key + "/20260101/" + region + "/" + service +
		"/aws4_request, SignedHeaders=host;x-amz-date, Signature=" + strings.Repeat("0123456789abcdef", 4)
}

// credential is what the vendor knows of the mode.
func (m mode) credential() map[string]string {
	known := map[string]string{}
	for name, value := range m.options {
		switch name {
		case "host", "insecure_upstream", "max_body", "date_format", "query_order", "sign_query", "date_header", "signature_version":
		default:
			known[name] = value.(string)
		}
	}
	maps.Copy(known, m.judge)
	return known
}

// route starts the vendor of the mode behind plain http, and returns the way there.
func (m mode) route(t testing.TB, f form) *route {
	t.Helper()
	host := "api." + m.signer + ".example"
	if m.verify != nil {
		host = strings.ReplaceAll(m.name, "_", "-") + ".example"
	}
	if f == caddyTransport || m.options["service"] == "s3" { // it compares with the address that is dialled; unsigned bodies need https
		host = "127.0.0.1"
	}
	r := &route{name: m.name, signer: m.signer, secrets: m.secrets, options: m.options.with(options{"host": host, "insecure_upstream": true})}
	if m.verify == nil {
		r.vendor = newVendor(t, m.signer, m.credential(), nil)
	} else {
		r.vendor = newVendor(t, "duo", find("duo").credential(), nil)
		r.vendor.judge(m.judged())
	}
	return r
}

// check looks for what the options should have done.
func (m mode) check(t testing.TB, a *arrival) {
	t.Helper()
	for name, pattern := range m.arrives {
		if value := a.header.Get(name); !regexp.MustCompile(pattern).MatchString(value) {
			t.Errorf("%s arrived as %q, want %s", name, value, pattern)
		}
	}
}

func find(name string) mode {
	for _, m := range slices.Concat(modes, presetModes, reSignModes) {
		if m.name == name {
			return m
		}
	}
	panic("no mode " + name)
}
