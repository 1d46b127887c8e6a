package vendorsim

// Values that the vendor's own clients produced, or that its documentation and test suites publish; the
// derived ones follow from the rules alone.
var cortexVectors = []vector{
	{
		name: "advanced xpanse post empty json", now: "2020-03-23T17:03:56.945Z",
		credential: map[string]string{"api_key": "testApiKey", "api_key_id": "1"},
		method:     "POST", host: "api-tenant1.xdr.us.paloaltonetworks.com", target: "/public_api/v1/incidents/get_incidents",
		header: map[string]string{"Content-Type": "application/json", "Authorization": "a74d730f6881cc4cc62dedeb38cf9008b371fb97829fcf4c6d799ad16caa51bd", "x-xdr-auth-id": "1", "x-xdr-timestamp": "1584983036000", "x-xdr-nonce": "KBJHFhMpKYolVviUsb6QL4PC6TMF3ctIJnlgolcAjq4nOtGqFhsTitF9Cg2NGN64"},
		body:   "{}",
	},
	{
		name: "advanced xpanse get with params", now: "2020-03-23T17:03:56.945Z",
		credential: map[string]string{"api_key": "Z9kQm2abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789XyZ", "api_key_id": "5"},
		method:     "GET", host: "api-tenant1.xdr.us.paloaltonetworks.com", target: "/public_api/v2/assets?a=b+c&d=e&d=f",
		header: map[string]string{"Authorization": "c17e6a9314a562a6968d285e39b1739aa72d7d4dd98c5f8a488b580e7f461373", "x-xdr-auth-id": "5", "x-xdr-timestamp": "1584983036000", "x-xdr-nonce": "SLPbLXeU8k0lKEOiJSTZJ6mcNM0mM3SxwDMgfBHgqK2kbBBsjurjsUtyOpHBCu5I"},
	},
	{
		name: "advanced demisto search", now: "2024-02-29T23:59:59.999Z",
		credential: map[string]string{"api_key": "Z9kQm2abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789XyZ", "api_key_id": "7"},
		method:     "POST", host: "api-mytenant.crtx.eu.paloaltonetworks.com", target: "/xsoar/incidents/search",
		header: map[string]string{"Content-Type": "application/json", "Authorization": "1416f636fb9574487c24ff3b8ec43462e6f180d5f22ccf54edfda51e04d87a5e", "x-xdr-auth-id": "7", "x-xdr-timestamp": "1709251199000", "x-xdr-nonce": "B3sb2qHrGLUqmeqq3YcCYqj0NpJfAsnH1H9w5NjXn6DANwjqPOAXCeVocBkooah0"},
		body:   "{\"filter\": {\"query\": \"-status:closed -category:job\", \"period\": {\"by\": \"day\", \"fromValue\": 7}}}",
	},
	{
		name: "advanced node post request data", now: "2024-02-29T23:59:59.999Z",
		credential: map[string]string{"api_key": "Z9kQm2abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789XyZ", "api_key_id": "7"},
		method:     "POST", host: "api-tenant1.xdr.us.paloaltonetworks.com", target: "/public_api/v1/incidents/get_incidents",
		header: map[string]string{"Content-Type": "application/json", "Authorization": "bff29625ec0620179b253263faf051fc66587b4a2d65ae6048614ba5225748dc", "x-xdr-auth-id": "7", "x-xdr-timestamp": "1709251199999", "x-xdr-nonce": "6fd00ad49e086ce2183c70f8e8fefc48a37111d1bbb13ef80e44cca71ceb6e7c"},
		body:   "{\"request_data\":{\"filters\":[],\"search_from\":0,\"search_to\":5}}",
	},
	{
		name: "advanced go validate", now: "2026-07-08T09:10:11.001Z",
		credential: map[string]string{"api_key": "k", "api_key_id": "3"},
		method:     "POST", host: "api-tenant1.xdr.us.paloaltonetworks.com", target: "/api_keys/validate/",
		header: map[string]string{"Content-Type": "application/json", "Authorization": "b90214ee5db7e162f4aef22095d93c7ef7e7304998a1d290dc2b1d670c802279", "x-xdr-auth-id": "3", "x-xdr-timestamp": "1783501811001", "x-xdr-nonce": "hSZomTMAOs5UJ59rqzXSnJm81jmbUS3yB8yfL9flh25SVW2wetyw9dmq1dgW3x84"},
	},
	{
		name: "advanced go post alerts", now: "2038-01-19T03:14:08.5Z",
		credential: map[string]string{"api_key": "p@ss/w+ord=%&:?\"'$ with space", "api_key_id": "99"},
		method:     "POST", host: "api-tenant1.xdr.us.paloaltonetworks.com", target: "/public_api/v1/alerts/get_alerts_multi_events",
		header: map[string]string{"Content-Type": "application/json", "Authorization": "6d584dc10239ede3cfe34691aaaa3404e122365f9b1c1c489ccd07b9aeb22bb6", "x-xdr-auth-id": "99", "x-xdr-timestamp": "2147483648500", "x-xdr-nonce": "aXcQaJX8B1HATFLwCCLJuxEojWTHxaNofKryVQRvyHESvkLH9dyY0ihcFHfh09sd"},
		body:   "{\"request_data\":{}}",
	},
	{
		name: "advanced node testsuite advanced", now: "2020-03-23T17:03:56.945Z",
		credential: map[string]string{"api_key": "testApiKey", "api_key_id": "testApiKeyId"},
		method:     "POST", host: "api-tenant1.xdr.us.paloaltonetworks.com", target: "/public_api/v1/incidents/get_incidents",
		header: map[string]string{"Authorization": "8eb5e56a1656a35c9d187762d945339455b5382e11d779c458a63c652e1e79e9", "x-xdr-auth-id": "testApiKeyId", "x-xdr-timestamp": "1584983036945", "x-xdr-nonce": "b5834c137a825cc6c80111f237e1c5f8dedeef5df9dcd4c7f1dc73f180c89b47"},
	},
	{
		name: "standard xpanse post request data", now: "2024-02-29T23:59:59.999Z",
		credential: map[string]string{"api_key": "Z9kQm2abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789XyZ", "api_key_id": "7", "key_type": "standard"},
		method:     "POST", host: "api-tenant1.xdr.us.paloaltonetworks.com", target: "/public_api/v1/incidents/get_incidents",
		header: map[string]string{"Content-Type": "application/json", "Authorization": "Z9kQm2abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789XyZ", "x-xdr-auth-id": "7"},
		body:   "{\"request_data\": {\"filters\": [], \"search_from\": 0, \"search_to\": 5}}",
	},
	{
		name: "standard demisto user", now: "2025-01-01T00:00:00Z",
		credential: map[string]string{"api_key": "k", "api_key_id": "12", "key_type": "standard"},
		method:     "GET", host: "api-mytenant.crtx.eu.paloaltonetworks.com", target: "/xsoar/user",
		header: map[string]string{"Content-Type": "application/json", "Authorization": "k", "x-xdr-auth-id": "12"},
	},
	{
		name: "standard node validate", now: "2026-07-08T09:10:11.001Z",
		credential: map[string]string{"api_key": "k", "api_key_id": "3", "key_type": "standard"},
		method:     "POST", host: "api-tenant1.xdr.us.paloaltonetworks.com", target: "/api_keys/validate/",
		header: map[string]string{"Content-Type": "application/json", "Authorization": "k", "x-xdr-auth-id": "3"},
	},
	{
		name: "standard go get healthcheck", now: "2025-01-01T00:00:00Z",
		credential: map[string]string{"api_key": "testApiKey", "api_key_id": "12", "key_type": "standard"},
		method:     "GET", host: "api-tenant1.xdr.us.paloaltonetworks.com", target: "/public_api/v1/healthcheck",
		header: map[string]string{"Content-Type": "application/json", "Authorization": "testApiKey", "x-xdr-auth-id": "12"},
	},
}
