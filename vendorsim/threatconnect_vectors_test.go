package vendorsim

// Values that the vendor's own clients produced, or that its documentation and test suites publish; the
// derived ones follow from the rules alone.
var threatconnectVectors = []vector{
	{
		name: "get owners query", now: "2024-02-29T23:59:59.999Z",
		credential: map[string]string{"access_id": "18581640813874172000", "secret_key": "HzYwcJ7vmPAkEPxeBrHCQRjHBtBDMBjb"},
		method:     "GET", host: "api.threatconnect.com", target: "/api/v2/owners?owner=Acme&resultStart=0&resultLimit=100",
		header: map[string]string{"Authorization": "TC 18581640813874172000:N2oiCL4WdikyBjnWGPlWZhkJRY3oV9mRMA7VkgLNAqg=", "Timestamp": "1709251199"},
	},
	{
		name: "get indicators tql", now: "2026-05-06T07:08:09.5Z",
		credential: map[string]string{"access_id": "18581640813874172000", "secret_key": "HzYwcJ7vmPAkEPxeBrHCQRjHBtBDMBjb"},
		method:     "GET", host: "sandbox.threatconnect.com", target: "/api/v3/indicators?tql=typeName+in+%28%22Address%22%29+and+summary+contains+%221.2%22&fields=tags&fields=attributes&resultLimit=50",
		header: map[string]string{"Authorization": "TC 18581640813874172000:Mtv0Vo20Ppxphe/i13ZcqmK8yOuftUfwwg5Lf1annzw=", "Timestamp": "1778051289"},
	},
	{
		name: "get repeated fields", now: "2038-01-19T03:14:07Z",
		credential: map[string]string{"access_id": "18581640813874172000", "secret_key": "HzYwcJ7vmPAkEPxeBrHCQRjHBtBDMBjb"},
		method:     "GET", host: "sandbox.threatconnect.com", target: "/api/v3/groups?fields=tags&fields=attributes&fields=associatedIndicators",
		header: map[string]string{"Authorization": "TC 18581640813874172000:i5HkhHkk5coPQl2ojeHkd455+CPmQTFHVCApUTseNuw=", "Timestamp": "2147483647"},
	},
	{
		name: "post json", now: "2025-12-31T23:59:59Z",
		credential: map[string]string{"access_id": "66660000000000000001", "secret_key": "fake^secret/with+punct=%&:?\"'$"},
		method:     "POST", host: "sandbox.threatconnect.com", target: "/api/v3/indicators",
		header: map[string]string{"Content-Type": "application/json", "Authorization": "TC 66660000000000000001:LfGzlxqUYGnA5DcItzUz/sCIOF1QZRPAUPvcskdScxU=", "Timestamp": "1767225599"},
		body:   "{\"type\": \"Address\", \"ip\": \"192.0.2.1\", \"rating\": 3}",
	},
	{
		name: "post json query", now: "2015-03-03T19:29:43Z",
		credential: map[string]string{"access_id": "12345", "secret_key": "kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk"},
		method:     "POST", host: "sandbox.threatconnect.com", target: "/api/v3/indicators?owner=Demo+Org",
		header: map[string]string{"Content-Type": "application/json", "Authorization": "TC 12345:NbiW1xuiaeqiOdssEKQ8rIJxcflL1RfcF4CNu5XGVc8=", "Timestamp": "1425410983"},
		body:   "{\"type\": \"Host\", \"hostName\": \"x.example\"}",
	},
	{
		name: "delete owner", now: "2038-01-19T03:14:07Z",
		credential: map[string]string{"access_id": "18581640813874172000", "secret_key": "HzYwcJ7vmPAkEPxeBrHCQRjHBtBDMBjb"},
		method:     "DELETE", host: "api.threatconnect.com", target: "/api/v2/indicators/addresses/192.0.2.1?owner=Common+Community",
		header: map[string]string{"Authorization": "TC 18581640813874172000:pS8vEr2VqebKgHY3QqqNqWZ7wVd/6KWkmlryl8/UFrM=", "Timestamp": "2147483647"},
	},
	{
		name: "get prefix path", now: "2038-01-19T03:14:07Z",
		credential: map[string]string{"access_id": "18581640813874172000", "secret_key": "HzYwcJ7vmPAkEPxeBrHCQRjHBtBDMBjb"},
		method:     "GET", host: "tc.example.com", target: "/threatconnect/api/v3/cases?resultStart=10",
		header: map[string]string{"Authorization": "TC 18581640813874172000:ZWMQTNpQvS9p/xrO4A302tOeiG5puCh66QCtBrRamxE=", "Timestamp": "2147483647"},
	},
	{
		name: "get percent encoded path", now: "2024-02-29T23:59:59.999Z",
		credential: map[string]string{"access_id": "18581640813874172000", "secret_key": "HzYwcJ7vmPAkEPxeBrHCQRjHBtBDMBjb"},
		method:     "GET", host: "api.threatconnect.com", target: "/api/v2/indicators/urls/http%3A%2F%2Fexample.com%2Fa?owner=Acme",
		header: map[string]string{"Authorization": "TC 18581640813874172000:0BNsoqmrw1nElzK7XojceQstFOwvJMXoqOwKBF89nec=", "Timestamp": "1709251199"},
	},
	{
		name: "get clock truncates", now: "2024-02-29T23:59:59.999Z",
		credential: map[string]string{"access_id": "18581640813874172000", "secret_key": "HzYwcJ7vmPAkEPxeBrHCQRjHBtBDMBjb"},
		method:     "GET", host: "api.threatconnect.com", target: "/api/v2/owners",
		header: map[string]string{"Authorization": "TC 18581640813874172000:gcwt6JeAtiUiTWOopdTZU4URkcN2x8n0KJaYeUYhPn8=", "Timestamp": "1709251199"},
	},
	{
		name: "get unicode secret", now: "2026-05-06T07:08:09.5Z",
		credential: map[string]string{"access_id": "98765432109876543210", "secret_key": "schüssel-中"},
		method:     "GET", host: "api.threatconnect.com", target: "/api/v2/owners",
		header: map[string]string{"Authorization": "TC 98765432109876543210:B9QmL/9zvVY7VSCkBMkRSgAdxiS2O3TOk3Egy/OBWGA=", "Timestamp": "1778051289"},
	},
	{
		name: "raw query plus and 20", now: "2015-03-03T19:29:43Z",
		credential: map[string]string{"access_id": "18581640813874172000", "secret_key": "HzYwcJ7vmPAkEPxeBrHCQRjHBtBDMBjb"},
		method:     "GET", host: "api.threatconnect.com", target: "/api/v2/tags?a=x+y&b=x%20y&c=x%2By",
		header: map[string]string{"Authorization": "TC 18581640813874172000:lZ/FrFoVctiFWpQSC8fPPJhUj8poWhQGk3hLM2w1nzg=", "Timestamp": "1425410983"},
	},
	{
		name: "raw path encoded slash", now: "2024-02-29T23:59:59.999Z",
		credential: map[string]string{"access_id": "18581640813874172000", "secret_key": "HzYwcJ7vmPAkEPxeBrHCQRjHBtBDMBjb"},
		method:     "GET", host: "api.threatconnect.com", target: "/api/v2/indicators/urls/http:%2f%2fexample.com%2F",
		header: map[string]string{"Authorization": "TC 18581640813874172000:NjsoXezjYLD9xWNKxBWvhkSxmklLXJ3ta+CN0BwsUVU=", "Timestamp": "1709251199"},
	},
	{
		name: "post file octets", now: "2025-12-31T23:59:59Z",
		credential: map[string]string{"access_id": "18581640813874172000", "secret_key": "HzYwcJ7vmPAkEPxeBrHCQRjHBtBDMBjb"},
		method:     "POST", host: "api.threatconnect.com", target: "/api/v2/groups/documents/9/upload?owner=Acme&updateIfExists=true",
		header: map[string]string{"Content-Type": "application/octet-stream", "Authorization": "TC 18581640813874172000:poH+NV5hEIZjLaAnwJzKlhzs64ZWK/qawan0qgMUNN4=", "Timestamp": "1767225599"},
		body:   "\x25\x50\x44\x46\x2d\x31\x2e\x34\x00\xff",
	},
	{
		name: "derived trailing question mark", now: "2025-01-01T00:00:00Z",
		credential: map[string]string{"access_id": "18581640813874172000", "secret_key": "HzYwcJ7vmPAkEPxeBrHCQRjHBtBDMBjb"},
		method:     "GET", host: "api.threatconnect.com", target: "/api/v2/owners?",
		header: map[string]string{"Authorization": "TC 18581640813874172000:kaPu6i6rjM/ORtMOySNVuwZyVACuyKpln0EazJ+/t0I=", "Timestamp": "1735689600"},
	},
	{
		name: "derived double question mark", now: "2025-01-01T00:00:00Z",
		credential: map[string]string{"access_id": "18581640813874172000", "secret_key": "HzYwcJ7vmPAkEPxeBrHCQRjHBtBDMBjb"},
		method:     "GET", host: "api.threatconnect.com", target: "/api/v2/owners??a=1",
		header: map[string]string{"Authorization": "TC 18581640813874172000:NP/NpxLu2s3tzJpY7x7x1NAVVNT1BSmHSMASQTTDH2M=", "Timestamp": "1735689600"},
	},
	{
		name: "derived raw utf8 path", now: "2025-01-01T00:00:00Z",
		credential: map[string]string{"access_id": "18581640813874172000", "secret_key": "HzYwcJ7vmPAkEPxeBrHCQRjHBtBDMBjb"},
		method:     "GET", host: "api.threatconnect.com", target: "/api/v2/tags/é",
		header: map[string]string{"Authorization": "TC 18581640813874172000:Uw+CM3Sa7dTYx9Rv1qZ0HWW+gQU3t0le4Ah7nRcAdEc=", "Timestamp": "1735689600"},
	},
	{
		name: "derived lower case method token", now: "2025-01-01T00:00:00Z",
		credential: map[string]string{"access_id": "18581640813874172000", "secret_key": "HzYwcJ7vmPAkEPxeBrHCQRjHBtBDMBjb"},
		method:     "get", host: "api.threatconnect.com", target: "/api/v2/owners",
		header: map[string]string{"Authorization": "TC 18581640813874172000:s8A4//B6TKdLmz5qyj8MhiplwqezXnMBWwUD0JZPs80=", "Timestamp": "1735689600"},
	},
	{
		name: "token get owners", now: "2015-03-03T19:29:43Z",
		credential: map[string]string{"token": "APIV2:2:EXAMPLE:1735689600000:eyJhbGciOiJ"},
		method:     "GET", host: "api.threatconnect.com", target: "/api/v2/owners",
		header: map[string]string{"Authorization": "TC-Token APIV2:2:EXAMPLE:1735689600000:eyJhbGciOiJ", "Timestamp": "1425410983"},
	},
	{
		name: "token get owners query", now: "2024-02-29T23:59:59.999Z",
		credential: map[string]string{"token": "SVCTK:1:abc123:-1:xy+z/=="},
		method:     "GET", host: "api.threatconnect.com", target: "/api/v2/owners?owner=Acme&resultStart=0&resultLimit=100",
		header: map[string]string{"Authorization": "TC-Token SVCTK:1:abc123:-1:xy+z/==", "Timestamp": "1709251199"},
	},
	{
		name: "token get indicators tql", now: "2026-05-06T07:08:09.5Z",
		credential: map[string]string{"token": "tttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttt"},
		method:     "GET", host: "sandbox.threatconnect.com", target: "/api/v3/indicators?tql=typeName+in+%28%22Address%22%29+and+summary+contains+%221.2%22&fields=tags&fields=attributes&resultLimit=50",
		header: map[string]string{"Authorization": "TC-Token tttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttt", "Timestamp": "1778051289"},
	},
}
