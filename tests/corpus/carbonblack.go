package corpus

const (
	cbID     = "ABCD123456"
	cbSecret = "Q1W2E3R4T5Y6U7I8O9P0A1S2"
)

func carbonBlackCases() []*Case {
	var all []*Case
	refused := &Response{401, nil, `{"success":false,"message":"Unauthorized"}`}
	add := func(name, class, cause string, response *Response, headers ...[2]string) *Case {
		c := &Case{Name: "carbonblack: " + name, Signer: "carbonblack", Class: class, Causes: []string{cause}, Proved: true, Config: map[string]any{"api_id": cbID, "api_secret_key": cbSecret},
			Method: "GET", URL: "https://defense-prod05.conferdeploy.net/integrationServices/v3/device?rows=20", Headers: headers, Now: now, Response: response}
		all = append(all, c)
		return c
	}
	token := func(v string) [2]string { return [2]string{"X-Auth-Token", v} }
	add("the ID first", "F", "ids_swapped", refused, token(cbID+"/"+cbSecret))
	add("the secret alone", "F", "token_separator", refused, token(cbSecret))
	add("a colon", "F", "token_separator", refused, token(cbSecret+":"+cbID))
	add("blanks around the slash", "F", "token_separator", refused, token(cbSecret+" / "+cbID))
	add("quotes", "F", "secret_quoted", refused, token(`"`+cbSecret+"/"+cbID+`"`))
	add("the secret in lower case", "F", "secret_case", refused, token("q1w2e3r4t5y6u7i8o9p0a1s2/"+cbID))
	add("a placeholder", "F", "secret_placeholder", refused, token("$CARBONBLACK_API_SECRET_KEY/"+cbID))
	add("another secret", "F", "wrong_secret", refused, token("ZZZZZZZZZZZZZZZZZZZZZZZZ/"+cbID))
	add("another ID", "F", "wrong_secret", refused, token(cbSecret+"/ZZZZ999999")).Also = []string{"wrong_id"}
	add("Bearer before it", "F", "prefix_wrong", refused, token("Bearer "+cbSecret+"/"+cbID))
	add("in Authorization", "F", "wrong_header", refused, [2]string{"Authorization", cbSecret + "/" + cbID})
	add("as a bearer token", "F", "wrong_header", refused, [2]string{"Authorization", "Bearer " + cbSecret + "/" + cbID})
	add("a line end at the end", "F", "secret_whitespace", refused, token(cbSecret+"/"+cbID+"\n"))
	add("a line end after the secret", "F", "secret_whitespace", refused, token(cbSecret+"\n/"+cbID))
	add("not sent", "D", "header_not_sent", refused)
	add("under another name", "D", "header_renamed", refused, [2]string{"X_AUTH_TOKEN", cbSecret + "/" + cbID})
	add("twice", "I", "header_twice", refused, token(cbSecret+"/"+cbID), token("old/old"))
	add("a key of the wrong type", "K", "wrong_key_type", refused, token(cbSecret+"/"+cbID)).Proved = false // by what is left over
	add("too many calls", "K", "rate_limited", &Response{429, map[string]string{"Retry-After": "120"}, ""}, token(cbSecret+"/"+cbID))
	add("not permitted", "K", "not_permitted", &Response{403, nil, `{"message":"forbidden"}`}, token(cbSecret+"/"+cbID))
	wrongHost := add("the console of another region", "G", "host_differs", refused, token(cbSecret+"/"+cbID))
	wrongHost.Config["host"], wrongHost.URL = "defense-eu.conferdeploy.net", "https://defense.conferdeploy.net/integrationServices/v3/device"
	add("right", "none", "", nil, token(cbSecret+"/"+cbID))
	add("right and accepted", "none", "", &Response{200, nil, `{"success":true}`}, token(cbSecret+"/"+cbID))
	return all
}
