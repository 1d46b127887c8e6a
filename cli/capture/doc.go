// Package capture reads requests and answers in the forms in which people and programs have them.
//
// A request comes as a curl command typed into a shell or copied from a browser ([Curl]), as HTTP in text or what curl -v prints
// ([Paste], which tells these forms apart), as an entry of a HAR file ([HAR]), or as a line of JSON of the commands sign and
// diagnose ([ParseSignLine], [ParseQuestion]). An answer comes as HTTP, a body, a status or a client's message ([Response]).
//
// Data flows one way. Text is cleaned of what pages and prompts add to it (paste.go), a shell's words are found without running
// anything (shell*.go), and an option of curl changes what is sent as it does in curl (curl.go). The result is a [Request], byte
// for byte what went out; what the text does not show, such as a variable, stays in it and is listed in Unexpanded.
//
// Put a new form in its own file, with a case in Paste; a form that is only recognised, with advice on how to get another one,
// goes in known.json. Package diagnose finds out what is wrong with a request; nothing here depends on flags or exit codes.
package capture
