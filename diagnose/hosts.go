package diagnose

import (
	"strings"

	"github.com/vendorsign/vendorsign/signers/wire"
)

// fillMethods adds other methods: other letter cases, the usual methods (guesses.json), and the one
// that a header asks the server to take in place of the one in the request line.
func (d *diagnosis) fillMethods(s *slot) {
	s.change(d.changes("method"))
	s.wrong("method_case", usual, d.Request.Method)
	s.wrong("method_changed", usual, strings.ToUpper(d.Request.Header.Get("X-Http-Method-Override")))
}

// fillHost adds other hosts: the Host that was sent, the authority of the URL, the configured ones and
// those that proxies note in headers, each with and without its port and as it was written. A host that
// is the right one but for its port or its capitals has a cause that says so.
func (d *diagnosis) fillHost(s *slot) {
	right := s.right()
	bare := strings.ToLower(wire.WithoutPort(right))
	all := append([]string{d.Request.Host, d.Address}, d.Hosts...)
	for _, name := range known.HostHeaders {
		first, _, _ := strings.Cut(d.Request.Header.Get(name), ",")
		all = append(all, strings.TrimSpace(first))
	}
	s.wrong("host_missing", frequent, "")
	for _, h := range all {
		switch name := strings.ToLower(wire.WithoutPort(h)); {
		case h == "":
		case bare != right && name == bare: // right has a port
			s.wrong("host_without_port", frequent, name)
			s.wrong("host_differs", frequent, h) // another port
		case name != right:
			s.wrong("host_differs", frequent, name, h)
		case strings.ToLower(h) == h:
			s.wrong("host_with_port", frequent, h)
		default:
			s.wrong("host_case", frequent, wire.WithoutPort(h))
			s.add(option{text: h, causes: []string{"host_case", "host_with_port"}, weight: 1, tier: usual})
		}
	}
	s.change(d.changes("host"))
}
