package vendorsim

// Values that the vendor's own clients produced, or that its documentation and test suites publish; the
// derived ones follow from the rules alone.
var carbonblackVectors = []vector{
	{
		name: "doc example", now: "2025-01-01T00:00:00Z",
		credential: map[string]string{"api_secret_key": "ABCD", "api_id": "1234"},
		method:     "GET", host: "defense.conferdeploy.net", target: "/integrationServices/v3/device",
		header: map[string]string{"X-Auth-Token": "ABCD/1234"},
	},
	{
		name: "cbc get device query", now: "2025-01-01T00:00:00Z",
		credential: map[string]string{"api_secret_key": "ABCD", "api_id": "1234"},
		method:     "GET", host: "defense.conferdeploy.net", target: "/integrationServices/v3/device?rows=20&searchDefinition=x+y",
		header: map[string]string{"X-Auth-Token": "ABCD/1234"},
	},
	{
		name: "cbc get notification", now: "2025-01-01T00:00:00Z",
		credential: map[string]string{"api_secret_key": "ABCDEFGHIJKLMNO1234567890", "api_id": "ABCD123456", "key_type": "siem"},
		method:     "GET", host: "defense.conferdeploy.net", target: "/integrationServices/v3/notification",
		header: map[string]string{"X-Auth-Token": "ABCDEFGHIJKLMNO1234567890/ABCD123456"},
	},
	{
		name: "cbapi post policy", now: "2025-01-01T00:00:00Z",
		credential: map[string]string{"api_secret_key": "ABCDEFGHIJKLMNO1234567890", "api_id": "ABCD123456"},
		method:     "POST", host: "defense-prod05.conferdeploy.net", target: "/integrationServices/v3/policy",
		header: map[string]string{"Content-Type": "application/json", "X-Auth-Token": "ABCDEFGHIJKLMNO1234567890/ABCD123456"},
		body:   "{\"policyInfo\": {\"name\": \"p\"}}",
	},
	{
		name: "cbc patch device", now: "2025-01-01T00:00:00Z",
		credential: map[string]string{"api_secret_key": "ZZZZZZZZZZZZZZZZZZZZZZZZ999999", "api_id": "XKCD0000AA"},
		method:     "PATCH", host: "defense-prod05.conferdeploy.net", target: "/integrationServices/v3/device/5",
		header: map[string]string{"Content-Type": "application/json", "X-Auth-Token": "ZZZZZZZZZZZZZZZZZZZZZZZZ999999/XKCD0000AA"},
		body:   "{\"policyName\": \"x\"}",
	},
	{
		name: "cbc delete policy", now: "2025-01-01T00:00:00Z",
		credential: map[string]string{"api_secret_key": "ZZZZZZZZZZZZZZZZZZZZZZZZ999999", "api_id": "XKCD0000AA"},
		method:     "DELETE", host: "defense-prod05.conferdeploy.net", target: "/integrationServices/v3/policy/9",
		header: map[string]string{"X-Auth-Token": "ZZZZZZZZZZZZZZZZZZZZZZZZ999999/XKCD0000AA"},
	},
	{
		name: "cbc post alert search", now: "2025-01-01T00:00:00Z",
		credential: map[string]string{"api_secret_key": "ABCDEFGHIJKLMNO1234567890", "api_id": "ABCD123456"},
		method:     "POST", host: "defense-prod05.conferdeploy.net", target: "/api/alerts/v7/orgs/ABCD1234/alerts/_search",
		header: map[string]string{"Content-Type": "application/json", "X-Auth-Token": "ABCDEFGHIJKLMNO1234567890/ABCD123456"},
		body:   "{\"criteria\": {}}",
	},
	{
		name: "cbc get org", now: "2025-01-01T00:00:00Z",
		credential: map[string]string{"api_secret_key": "ABCDEFGHIJKLMNO1234567890", "api_id": "ABCD123456"},
		method:     "GET", host: "defense-prod05.conferdeploy.net", target: "/appservices/v6/orgs/ABCD1234/devices/1",
		header: map[string]string{"X-Auth-Token": "ABCDEFGHIJKLMNO1234567890/ABCD123456"},
	},
	{
		name: "cbapi get repeated", now: "2025-01-01T00:00:00Z",
		credential: map[string]string{"api_secret_key": "ABCD", "api_id": "1234"},
		method:     "GET", host: "defense-prod05.conferdeploy.net", target: "/api/x?a=1&a=2&b=",
		header: map[string]string{"X-Auth-Token": "ABCD/1234"},
	},
}
