package cli

// gatewayHelp says what the options are that all vendors have, each in one sentence for a flag's help.
// docs/options.md says more. An option of outbound.Options without a text here has an empty help, which
// a test finds.
var gatewayHelp = map[string]string{
	"host":                       "The vendor's host name: the only server that the credential is sent to.",
	"credentials_file":           "A JSON file with the options that are not given here.",
	"allow":                      "Methods and paths that clients may request, such as 'GET /devices/**'.",
	"allow_credential_endpoints": "Permit requests that show, reset or create a credential.",
	"allow_multiplexed":          "Permit requests that contain several requests, of which only the outer one is checked.",
	"audit":                      "Log each decision with the user and client; required: no log, no request.",
	"audit_file":                 "Traefik: the file of the audit's events, in the operator's folder.",
	"audit_output":               "Caddy: where the audit's events go, such as file /var/log/audit.json.",
	"browser":                    "Requests from web pages: deny them, allow them, or those of the same origin.",
	"clock":                      "Whose time is signed: the vendor's if the clocks differ (auto), always the vendor's, or the local one.",
	"early_data":                 "Requests in TLS early data, which can be replayed: refuse or sign them.",
	"expires":                    "The day on which the credential expires, such as 2027-03-31.",
	"explain_header":             "Add a header that explains the vendor's refusals.",
	"forwarded":                  "Headers that identify the client: drop or keep them.",
	"insecure_upstream":          "Send over plain HTTP, or to a server whose certificate is not verified: for simulated vendors.",
	"keep_header":                "A client's header to forward although it is on the list of removed headers.",
	"max_body":                   "The largest body that is buffered for signing, such as 10MiB.",
	"max_clock_skew":             "The largest difference that clock corrects, such as 15m.",
	"observe":                    "Traefik: read the vendor's refusals, to explain them.",
	"rate":                       "The vendor's limit, such as 25/5m.",
	"require_app":                "Sign only what an app's local key has signed.",
	"require_secrets":            "Refuse a configuration whose secret files are missing.",
	"retry_after":                "Obey or ignore the vendor's Retry-After.",
	"token_ca":                   "The CA file for the vendor's token service.",
	"token_cache":                "A shared folder for fetched tokens.",
	"token_lifetime":             "The longest time that a token or session is used, such as 10m.",
	"token_client_certificate":   "The certificate shown to the token service, a PEM file.",
	"token_client_key":           "Its key, a PEM file.",
	"token_proxy":                "The proxy for the vendor's token service.",
	"upgrade":                    "Protocol upgrades: refuse them, or permit WebSockets.",
}
