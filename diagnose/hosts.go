package diagnose

import (
	"strings"
)

// fillMethods adds other methods.
func (d *diagnosis) fillMethods(s *slot) {
	m := s.right()
	s.wrong("method_case", frequent, strings.ToLower(m), strings.ToUpper(m))
	if len(m) > 1 {
		s.wrong("method_case", frequent, strings.ToUpper(m[:1])+strings.ToLower(m[1:]))
	}
	s.wrong("method_case", usual, d.Request.Method)
	s.wrong("method_changed", frequent, "GET", "POST")
	s.wrong("method_changed", usual, "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", strings.ToUpper(d.Request.Header.Get("X-Http-Method-Override")), "", "get", "post", "put", "delete", "patch", "head")
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
	s.wrong("host_with_port", frequent, right+":443")
	s.wrong("host_with_port", usual, right+":80", right+":8443", right+":8080", right+":", right+":0")
	s.wrong("host_case", frequent, strings.ToUpper(right))
	s.wrong("host_case", usual, title(right), strings.ToUpper(right[:min(len(right), 3)])+right[min(len(right), 3):])
	s.wrong("host_with_scheme", frequent, "https://"+right)
	s.wrong("host_with_scheme", usual, "http://"+right, right+"/", "https://"+right+"/", right+".", "//"+right, "https://"+right+":443", " "+right, right+" ")
	s.wrong("variable_unexpanded", usual, usuals("host variable", "")...)
	first, rest, _ := strings.Cut(right, ".")
	s.wrong("host_differs", usual, rest, first, strings.TrimPrefix(right, "api-"), "api-"+right, strings.TrimPrefix(right, "api."), "api."+right, "www."+right, strings.Replace(right, "api-", "admin-", 1), strings.Replace(right, "api-", "sso-", 1), strings.Replace(right, "admin-", "api-", 1))
	for _, e := range guessEntries {
		if e.Kind == "host" {
			tier := rare
			if e.Often {
				tier = usual
			}
			s.wrong("host_differs", tier, e.Texts...)
		}
	}
}

func title(host string) string {
	labels := strings.Split(host, ".")
	for i, l := range labels {
		if l != "" {
			labels[i] = strings.ToUpper(l[:1]) + l[1:]
		}
	}
	return strings.Join(labels, ".")
}
