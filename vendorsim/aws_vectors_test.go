package vendorsim

// Values of AWS's signing test suite (aws-c-auth), or computed from the documented algorithm. All vectors are in tests/testdata/breadth.
var awsVectors = []vector{
	{
		name: "aws/double-encoded-path", now: "2026-11-28T08:30:15.250Z",
		credential: map[string]string{
			"access_key_id":     "AKIDEXAMPLE",
			"secret_access_key": "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
			"region":            "eu-west-1",
			"service":           "guardduty",
		},
		method: "GET", host: "guardduty.eu-west-1.amazonaws.com", target: "/detector/a%20b%2Fc/findings?x=1",
		header: map[string]string{
			"Authorization": "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261128/eu-west-1/guardduty/aws4_request, " +
				"SignedHeaders=host;x-amz-date" +
				", Signature=4596ed9dc8b1ade455d33bcf3186f886b5fa5e468d7ccf585d40ac06a1317963",
			"X-Amz-Date": "20261128T083015Z",
		},
	},
	{
		name: "aws/post-json-target", now: "2026-11-28T08:30:15.250Z",
		credential: map[string]string{
			"access_key_id":     "AKIDEXAMPLE",
			"secret_access_key": "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
			"region":            "us-east-1",
			"service":           "securityhub",
		},
		method: "POST", host: "securityhub.us-east-1.amazonaws.com", target: "/findings",
		header: map[string]string{
			"Authorization": "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261128/us-east-1/securityhub/aws4_request, " +
				"SignedHeaders=content-type;host;x-amz-date;x-amz-target" +
				", Signature=f03d752c15060027f3266ae4e530adf76a93ef3f23f1a6ffd1c7d9ef02abfca7",
			"Content-Type": "application/json",
			"X-Amz-Date":   "20261128T083015Z",
			"X-Amz-Target": "x.y",
		},
		body: "{\"MaxResults\":1}",
	},
	{
		name: "v4/get-vanilla-with-session-token/header", now: "2015-08-30T12:36:00Z",
		credential: map[string]string{
			"access_key_id":     "AKIDEXAMPLE",
			"secret_access_key": "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
			"region":            "us-east-1",
			"service":           "service",
			"session_token":     "6e86291e8372ff2a2260956d9b8aae1d763fbf315fa00fa31553b73ebf194267",
		},
		method: "GET", host: "example.amazonaws.com", target: "/",
		header: map[string]string{
			"Authorization": "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, " +
				"SignedHeaders=host;x-amz-date;x-amz-security-token" +
				", Signature=07ec1639c89043aa0e3e2de82b96708f198cceab042d4a97044c66dd9f74e7f8",
			"X-Amz-Date":           "20150830T123600Z",
			"X-Amz-Security-Token": "6e86291e8372ff2a2260956d9b8aae1d763fbf315fa00fa31553b73ebf194267",
		},
	},
	{
		name: "v4/post-x-www-form-urlencoded-parameters/header", now: "2015-08-30T12:36:00Z",
		credential: map[string]string{
			"access_key_id":     "AKIDEXAMPLE",
			"secret_access_key": "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
			"region":            "us-east-1",
			"service":           "service",
		},
		method: "POST", host: "example.amazonaws.com", target: "/",
		header: map[string]string{
			"Authorization": "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, " +
				"SignedHeaders=content-length;content-type;host;x-amz-content-sha256;x-amz-date" +
				", Signature=328d1b9eaadca9f5818ef05e8392801e091653bafec24fcab71e7344e7f51422",
			"Content-Length":       "13",
			"Content-Type":         "application/x-www-form-urlencoded; charset=utf-8",
			"X-Amz-Date":           "20150830T123600Z",
			"x-amz-content-sha256": "9095672bbd1f56dfc5b65f3e153adc8731a4a654192329106275f4c7b24d0b6e",
		},
		body: "Param1=value1",
	},
}
