package diagnose

import (
	"strings"
)

// duoHost is the host that Duo signs: its own name in lower case, without port.
func (d *diagnosis) duoHost() string {
	host := d.Request.Host
	if len(d.Hosts) == 1 {
		host = d.Hosts[0]
	}
	return strings.ToLower(withoutPort(host))
}

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
	s.wrong("variable_unexpanded", usual, "{{host}}", "{{baseUrl}}", "{{base_url}}", "{{url}}", "{{api_host}}", "{{apiHost}}", "{{duo_host}}", "{{hostname}}", "$host", "$HOST", "${HOST}", "$DUO_HOST", "${DUO_HOST}", "$API_HOST")
	first, rest, _ := strings.Cut(right, ".")
	s.wrong("host_differs", usual, rest, first, strings.TrimPrefix(right, "api-"), "api-"+right, strings.TrimPrefix(right, "api."), "api."+right, "www."+right, strings.Replace(right, "api-", "admin-", 1), strings.Replace(right, "api-", "sso-", 1), strings.Replace(right, "admin-", "api-", 1),
		"api.duosecurity.com", "duosecurity.com", "localhost", "127.0.0.1", "0.0.0.0", "None", "null", "undefined", "api-xxxxxxxx.duosecurity.com", "api-XXXXXXXX.duosecurity.com", "example.com")
	s.wrong("host_differs", rare, "localhost:8080", "localhost:80", "localhost:443", "localhost:8443", "localhost:3000", "localhost:5000", "localhost:8000", "127.0.0.1:8080", "127.0.0.1:8000", "127.0.0.1:8443", "proxy", "proxy:8080", "proxy.internal", "gateway", "gateway:8080", "gateway.internal", "duo.internal", "api.internal",
		"duo.localhost", "duo.localhost:8080", "duo.example.com", "api.example.com", "proxy.example.com", "gateway.example.com", "gateway.example.internal", "api.duo.com", "duo.com", "gateway.local", "proxy.local", "internal", "backend", "upstream", "api", "duo", "duo-proxy", "host.docker.internal")
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
