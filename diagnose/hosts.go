package diagnose

import "strings"

// fillMethods adds other methods.
func (d *diagnosis) fillMethods(s *slot) {
	s.change(d.changes("method"))
	s.wrong("method_case", usual, d.Request.Method)
	s.wrong("method_changed", usual, strings.ToUpper(d.Request.Header.Get("X-Http-Method-Override")))
}

// fillHost adds other hosts.
func (d *diagnosis) fillHost(s *slot) {
	right := s.right()
	all := []string{d.Request.Host, d.Address}
	all = append(all, d.Hosts...)
	for _, name := range []string{"X-Forwarded-Host", "X-Original-Host", "X-Host", "X-Forwarded-Server"} {
		if v := d.Request.Header.Get(name); v != "" {
			first, _, _ := strings.Cut(v, ",")
			all = append(all, strings.TrimSpace(first))
		}
	}
	s.wrong("host_missing", frequent, "")
	for _, h := range all {
		if h == "" {
			continue
		}
		name := strings.ToLower(withoutPort(h))
		if name != right {
			s.wrong("host_differs", frequent, name, h)
			continue
		}
		if strings.ToLower(h) == h {
			s.wrong("host_with_port", frequent, h)
		} else {
			s.wrong("host_case", frequent, withoutPort(h))
			s.add(option{text: h, causes: []string{"host_case", "host_with_port"}, weight: 1, tier: usual})
		}
	}
	s.change(d.changes("host"))
}
