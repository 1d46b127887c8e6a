//go:build go1.21

// Package tokens has the ways in which vendors issue tokens, as data: OAuth 2.0 (oauth2.go), logins of declared steps (login.go) and
// JSON Web Tokens (jwt.go). Each is a pure state machine: it says what to send and reads what came back, and sends nothing.
//
//	declaration (declaration.go), from a preset file or from options
//	    -> oauth2 and jwt are written as steps and operations (package program)
//	    -> Compile: a Machine (machine.go), once for each declaration; Bind puts a configuration's values in
//	    -> signers.TokenSource: Next makes the request of a step, Parse takes the token out of the answers (take.go, answer.go)
//
// # Declarations
//
// A declaration has oauth2, login or jwt, or jwt with one of the others, which then exchanges the JWT. A list of declarations is
// tried in order: the first counts whose option "when" is set, or that has no "when".
//
//	{"oauth2": {"token_url": "https://[[host]]/oauth2/token", "client_auth": "client_secret_post", "scope": "read"}}
//
//	{"login": {"steps": [{"method": "POST", "url": "https://[[host]]/login",
//	                      "operations": ["header Content-Type = application/json"],
//	                      "body": "{\"user\":[[opt.user|json]],\"password\":[[opt.password|json|reveal]]}",
//	                      "take": ["token = json:sid", "expires_in = json:session-timeout"]}],
//	           "idle": "10m", "refused": ["status 401"],
//	           "logout": {"method": "POST", "url": "https://[[host]]/logout", "operations": ["header X-Sid = [[token|reveal]]"]}}}
//
//	{"jwt": {"algorithm": "RS256", "key": "private_key", "claims": ["iss = [[opt.client_id]]", "iat = [[now]]", "exp = [[expires]]"],
//	         "expires_in": "10m", "backdate": "60s"}}
//
// A step fails at an answer that is not 2xx. With "moved": "TEXT" a 3xx is a success, too, unless its Location has the text, in any
// letter case: forms for people answer so. Nothing is followed.
//
// An address begins with https://, and its host is [[host]], a name, or a name with [[opt.NAME]] in place of labels where the
// option is checked to be a DNS label or host. In a login's steps [[jwt]] is the JWT and [[token]] what earlier steps took.
//
// What the vendor answers when a session is over is in "refused": "status N", or "body TEXT" for a text in the beginning of an answer of
// 400 or more, since others are not looked into.
//
// What is taken: token, more.NAME (sent as [[token.NAME]]), expires_in (seconds), expires_at (RFC 3339, or seconds or milliseconds
// since 1970), each from json:PATH, header:NAME, cookie:NAME or body. Only the lifetimes may be absent.
//
// # A worked example
//
//	list, err := Parse([]byte(`{"oauth2": {"token_url": "https://[[host]]/oauth2/token", "scope": "read"}}`))
//	m, err := Compile(list[0], options, nil, "", set)        options: client_id, client_secret
//	source, faults := m.Bind(values)                         id, s&
//
//	source.Next(step)       POST https://vendor.example/oauth2/token
//	                        Authorization: Basic aWQ6cyUyNg==              of id:s%26
//	                        grant_type=client_credentials&scope=read
//	the answer              200 {"access_token":"t","expires_in":1800}
//	source.Next(step)       nothing more to send
//	source.Parse(step)      the token t, which expires 1800 seconds after step.Time
//
// With the answer 401 {"error":"invalid_client"} Parse returns "the token service answered 401
// (invalid_client)".
//
// # Where a change belongs
//
// What a vendor's service wants belongs in its preset. A way that several vendors share, such as a
// kind of assertion, belongs in oauth2.go or jwt.go, as steps and operations. When a token is
// fetched, kept, shared and renewed is decided in outbound/tokens, and who may send a secret to
// which address in package outbound.
package tokens
