//go:build go1.21

// Package program runs schemes that are data: operations that say which headers and parameters sign a request.
//
//	let ts = [[now|unix]]
//	let text = [[method|upper]]\n[[target]]\n[[ts]]
//	header X-Date = [[ts]]
//	header Authorization = ACME [[opt.id]]:[[text|hmac_sha256:opt.key|hex]]
//
// Compile checks operations and makes a flat [Program] of them, once for each scheme. Bind puts a configuration's values in,
// once for each route: what depends on them alone is computed then, and keys become pools of keyed MACs. NewSigner makes a
// signers.Signer of that. A program has no loops, reads no clock and does no I/O, so it ends, in a time that is linear in the
// message; a sorted query takes a little more.
//
// # Operations
//
//	let NAME = TEMPLATE                 a value for the operations below
//	header NAME = TEMPLATE              header? is not sent if it is empty
//	query NAME = TEMPLATE               a parameter behind those of the client, percent-encoded; query? likewise
//	delheader NAME, delquery NAME       what clients must not send
//
// A template is text with expressions in it: [[value|filter:argument|filter]]. Blanks at its ends do not count. In text and in
// 'quoted text' \n, \t, \\ and \' are escapes. The last argument of a filter may hold colons.
//
// A client's copies of the headers and parameters that a program sets or takes away are never seen by it. Target and query have
// the parameters that operations above have added.
//
// # Values
//
//	method scheme host path query target    of the request as it goes out; the path is escaped, the query has no ?
//	header.NAME                              joined with ", "; one that is set above counts, one that is set below is empty
//	header_lines:a,b,x-ms-*                  name:value and a line end for each header that is there, by name, in lower case;
//	                                         blanks are collapsed, several values joined with ", "; host counts
//	header_lines_trimmed:a,x-*               the same, but blanks are taken away at the ends alone, and several values sorted
//	header_names:a,x-*                       their names, separated by ;
//	header_list:opt.NAME:SEPARATOR           name:value in the order of the option
//	body                                     bytes
//	body_len nonce 'text' opt.NAME           text
//	token token.NAME                         text, a secret
//	now                                      a time
//
// # Filters
//
//	md5 sha1 sha256 sha384 sha512                    text or bytes to bytes
//	hmac_sha1:KEY hmac_sha256 hmac_sha384 hmac_sha512
//	rsa_sha256:KEY rsa_pss_sha512 ecdsa_p256_sha256 ed25519
//	hex base64 base64url                             to text; base64url has no padding
//	unhex unbase64                                   to bytes; base64 is the standard alphabet with padding
//	upper lower                                      of ASCII
//	trim collapse                                    of blanks, tabs and line ends: at the ends; several in a row become a blank
//	urlencode                                        all but A-Za-z0-9-._~ (RFC 3986)
//	form                                             the same, but a blank is + (application/x-www-form-urlencoded)
//	json                                             a text of JSON with its quotes
//	canon_query                                      decoded, encoded as by urlencode, sorted by name, then by value
//	decoded_order                                    what canon_query gives, sorted by what its escapes stand for
//	sort_query                                       sorted as written
//	canon_path                                       each segment decoded, and encoded as by urlencode
//	azure_query azure_headers cosmos_type cosmos_link  parts of Azure's canonical texts
//	cert_sha1                                        SHA-1 of a certificate in PEM, as x5t in a JWT has it (RFC 7515, 4.1.7)
//	zscaler_key                                      KEY:MILLISECONDS as Zscaler Internet Access obfuscates a key
//	after:S strip_prefix:S end_with:S                what follows the first S, or all; without S before it; with S behind it
//	without_port                                     of a host: api.acme.example:8443 without :8443
//	or:S when:NAME                                   S if empty; empty if the value NAME is
//	first:N                                          the first N bytes
//	if_method:GET,POST if:opt.NAME:VALUE             else it is empty, and what is before it is not run
//	unix unix_ms http_date utc_date iso iso_ms iso_basic date date_basic edgegrid format:LAYOUT
//	                                                 of a time, in UTC; LAYOUT is one of Go
//	add:SECONDS                                      to a time
//	reveal                                           a secret may go out
//
// # Secrets
//
// What is made of a secret is one, until a hash, a MAC or a signature is made of it. It can only be sent behind reveal. A hash of
// a secret without now or nonce in it may be sent, but it is as good as the secret: signers.Traits.SendsSecret says so. Of a
// digest that was made with a secret, at least 16 bytes must be left. The key of a MAC must be a secret, or made with one.
// # How a scheme reaches a signature
//
//	lines --Compile--> Program --Bind--> Bound --NewSigner--> signer --Sign--> headers and target
//	       once for a scheme   once for a credential            once for a request
//
// Lines are read in syntax.go and operation.go. They become instructions in compile.go, expression.go and
// filter.go, which track where secrets go (types.go). Values of options are put in by plan.go and bind.go. What is
// left for each request is executed by run.go, and without copies by compiled.go where Go is compiled. The other
// files read a program for people: canonical.go and lets.go show what is signed, proof.go describes the last step
// for a shell, template.go takes apart what another client sent, and the claim files verify what an application
// signed.
//
// To add a filter, put its function into one of the tables of filters.go, its number of arguments into arguments,
// and say in compiler.textFilter what is known of the result. Then document it in docs/operations.md, whose examples
// are tests, and write it a second time in vendorsim, which must not share code with this package.
//
// # A worked example
//
// The operations at the top, with id=0123456789abcdef, key=0123456789abcdef0123456789abcdef and GET
// /api/v1/devices?limit=100&offset=0 at the Unix time 1000000000, hash this text
//
//	GET\n/api/v1/devices?limit=100&offset=0\n1000000000
//
// and set these headers:
//
//	X-Date: 1000000000
//	Authorization: ACME 0123456789abcdef:8b395745020641be4c4832b481a2babe08ca1e99f9ff424dc28aeb51c13ce0e0
package program
