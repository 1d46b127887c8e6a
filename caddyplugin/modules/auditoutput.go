package modules

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"

	"github.com/vendorsign/vendorsign/outbound"
	"github.com/vendorsign/vendorsign/outbound/audit"
)

// auditOutputs are the open outputs of audit by their writers' keys. All signers with one file share it, also during a reload:
// two that rolled it would lose each other's lines.
var auditOutputs = caddy.NewUsagePool()

// auditOutput is an open writer of Caddy's logging, such as a file that is rolled or a connection to a collector.
type auditOutput struct{ io.WriteCloser }

// Destruct closes the writer after its last user.
func (o auditOutput) Destruct() error { return o.Close() }

// openAudit opens audit_output, a module of caddy.logging.writers as a Caddyfile has it: its name and its
// arguments. Without the option there is nothing to open.
//
//	audit_output file /var/log/vendorsign/audit.json
//	audit_output net tcp/logs.internal:514
func (s *signing) openAudit(ctx caddy.Context, policy outbound.Policy) error {
	if len(policy.AuditOutput) == 0 {
		return nil
	}
	t := &audit.Trail{Gateway: "caddy", Vendor: s.vendor, Required: policy.Audit == "required", Tell: s.onNews}
	key, err := openTrail(ctx, t, policy.AuditOutput)
	if err != nil {
		return err
	}
	s.auditKey, s.trail = key, t
	outbound.Audit(s.gate, s.trail)
	return nil
}

// openTrail has a trail write to an output. The key is for closeTrail. A writer that cannot be opened keeps the
// configuration from loading.
func openTrail(ctx caddy.Context, t *audit.Trail, output []string) (key string, err error) {
	opener, err := auditWriter(ctx, output)
	if err != nil {
		return "", fmt.Errorf("audit_output: %w", err)
	}
	// The key says what is written to, so that one file is opened once for all signers and both configurations of
	// a reload.
	key = opener.WriterKey()
	loaded, _, err := auditOutputs.LoadOrNew(key, func() (caddy.Destructor, error) {
		w, err := openOutput(opener)
		return auditOutput{w}, err
	})
	if err != nil {
		return "", fmt.Errorf("audit_output: %w", err)
	}
	w := loaded.(auditOutput)
	t.Write = func(line []byte) error {
		n, err := w.Write(line)
		// As net does while it has no connection.
		if err == nil && n < len(line) {
			err = io.ErrShortWrite
		}
		return err
	}
	return key, nil
}

// closeTrail gives an output back. Without a key there is none. Its last user closes it.
func closeTrail(key string) error {
	if key == "" {
		return nil
	}
	_, err := auditOutputs.Delete(key)
	return err
}

// auditWriter loads the module of a writer. words are the option's: ["file", "/var/log/audit.json"] is the module
// caddy.logging.writers.file with this argument.
func auditWriter(ctx caddy.Context, words []string) (caddy.WriterOpener, error) {
	id := "caddy.logging.writers." + words[0]
	// An unknown writer is an error that names it.
	info, err := caddy.GetModule(id)
	if err != nil {
		return nil, err
	}
	// All on one line, as arguments of a directive are.
	tokens := make([]caddyfile.Token, len(words))
	for i, word := range words {
		tokens[i] = caddyfile.Token{File: "audit_output", Line: 1, Text: word}
	}
	// The tokens fill the module, and the module writes the JSON that Caddy would have loaded.
	m, ok := info.New().(caddyfile.Unmarshaler)
	if !ok {
		return nil, fmt.Errorf("%s cannot be written in a Caddyfile", words[0])
	}
	if err := m.UnmarshalCaddyfile(caddyfile.NewDispenser(tokens)); err != nil {
		return nil, err
	}
	text, err := json.Marshal(m)
	if err != nil {
		return nil, err
	}
	loaded, err := ctx.LoadModuleByID(id, text)
	if err != nil {
		return nil, err
	}
	opener, ok := loaded.(caddy.WriterOpener)
	if !ok {
		return nil, fmt.Errorf("%s is not a writer", words[0])
	}
	return opener, nil
}

// closeAudit is called when the signer ends, and also if it could not be loaded. It may be called twice.
func (s *signing) closeAudit() error {
	// Caddy calls Cleanup also after a Provision that failed halfway; without a key nothing was opened.
	key := s.auditKey
	s.auditKey = ""
	return closeTrail(key)
}

// event is what the audit says about r. The path is the escaped one, as sent, without the query: some vendors take
// keys there. The user is whom Caddy's authentication handlers found, such as basic_auth. An attempt without a client
// is an active health check.
func (s *signing) event(r *http.Request, host, credential string) audit.Event {
	e := audit.Event{Credential: credential, Host: host, Method: r.Method, Path: r.URL.EscapedPath(), Client: client(r),
		User: placeholder(r, "http.auth.user.id"), RequestID: placeholder(r, "http.request.uuid"), Duration: took(r)}
	if app := outbound.AppOf(r); app != nil {
		e.App = app.Name
	}
	if !fromClient(r.Context()) {
		e.Reason = audit.HealthCheck
	}
	return e
}

// took is how long ago Caddy got the request, which it notes; 0: it is one of its own.
func took(r *http.Request) time.Duration {
	begin, ok := caddyhttp.GetVar(r.Context(), "start_time").(time.Time)
	if !ok {
		return 0
	}
	return time.Since(begin)
}

// recordRequest writes the event of a request that is about to be sent. If it returns a problem, it must not be:
// audit is required, and the event was lost. Why is empty for the first attempt of a client's request.
func (s *signing) recordRequest(r *http.Request, credential, why string) *outbound.Problem {
	if s.trail == nil {
		return nil
	}
	e := s.event(r, r.Host, credential)
	if why != "" {
		e.Reason = why
	}
	return outbound.RecordRequest(s.trail, e)
}

// repeated is the reason of an attempt in docs/audit.md: empty for the first one.
func repeated(again bool) string {
	if again {
		return audit.Repeated
	}
	return ""
}

// auditFault is what is wrong with the options of audit, in the words for Caddy.
func auditFault(policy outbound.Policy) error {
	if fault := outbound.AuditFault(policy, false); fault != "" {
		return errors.New(fault)
	}
	return nil
}
