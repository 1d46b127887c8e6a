// Package capture reads requests and answers in the forms in which people and programs have them.
//
// A request comes as a curl command typed into a shell or copied from a browser ([Curl]), as HTTP in
// text or what curl -v prints ([Paste], which tells these forms apart), as an entry of a HAR file
// ([HAR]), or as a line of JSON of the commands sign and diagnose ([ParseSignLine], [ParseQuestion]).
// An answer comes as HTTP, a body, a status or a client's message ([Response]).
//
//	text  ->  cleaned (paste.go)       without prompts, fences, a page's quotes
//	      ->  shell (shell*.go)        the words that the shell makes, without running anything
//	      ->  curlLine (curl*.go)      what the options change, as in curl
//	      ->  Request                  byte for byte what went out
//
// What the text does not show, such as a variable, stays in it and is listed in Unexpanded. For
// example:
//
//	TOKEN=abc; curl -sS -XPOST "https://api.example/v1/a/../b?x=1" -H "Authorization: Bearer $TOKEN" \
//	  -H "X-Date: $(date -u)" -d 'a=1' -d b=2
//
// becomes
//
//	POST /v1/b?x=1
//	Host: api.example
//	Authorization: Bearer abc
//	Content-Type: application/x-www-form-urlencoded
//	X-Date: $(date -u)             unexpanded, in X-Date
//
//	a=1&b=2
//
// Put a new form in its own file, with a case in Paste; a form that is only recognised, with advice on
// how to get another one, goes in known.json. Package diagnose finds out what is wrong with a request;
// nothing here depends on flags or exit codes.
//
// Nothing is executed, and nothing is sent. Files are read only by the function that a caller gives,
// for options such as -d @FILE.
package capture
