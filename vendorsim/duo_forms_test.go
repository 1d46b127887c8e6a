package vendorsim

import (
	"strings"
	"testing"
)

// The signatures were made with Python's hmac, with the key demo-skey, from the lines that the name tells of.
var duoForms = []struct {
	name, version, method, host, target, contentType, body, authorization, want string
}{
	{"version 5", "", "GET", "api-demo.duosecurity.com", "/admin/v1/users?limit=1", "", "", "Basic RElERU1POjA4ZjRmNjYwZTVhMjEwMWZiNGZjZmM5YjUzNGNkNWJjNDYyMzE5NWYwNDUyY2M5YmQwZDJiMDY1YjYwZjA3YzU1MDhjYjE0OGJhMWMyNDY1MzRkYzBjNmMyYzIyODQ4MzZmODNiMjQzMWI5ODI3YzgyN2JhNzIzZTFjZDk5YmE4", ""},
	{"version 5 where version 5 is asked for", "5", "GET", "api-demo.duosecurity.com", "/admin/v1/users?limit=1", "", "", "Basic RElERU1POjA4ZjRmNjYwZTVhMjEwMWZiNGZjZmM5YjUzNGNkNWJjNDYyMzE5NWYwNDUyY2M5YmQwZDJiMDY1YjYwZjA3YzU1MDhjYjE0OGJhMWMyNDY1MzRkYzBjNmMyYzIyODQ4MzZmODNiMjQzMWI5ODI3YzgyN2JhNzIzZTFjZDk5YmE4", ""},
	{"version 5 where version 4 is asked for", "4", "GET", "api-demo.duosecurity.com", "/admin/v1/users?limit=1", "", "", "Basic RElERU1POjA4ZjRmNjYwZTVhMjEwMWZiNGZjZmM5YjUzNGNkNWJjNDYyMzE5NWYwNDUyY2M5YmQwZDJiMDY1YjYwZjA3YzU1MDhjYjE0OGJhMWMyNDY1MzRkYzBjNmMyYzIyODQ4MzZmODNiMjQzMWI5ODI3YzgyN2JhNzIzZTFjZDk5YmE4", "version 5 with sha512, which this integration does not accept"},
	{"version 2 where version 5 is asked for", "5", "GET", "api-demo.duosecurity.com", "/admin/v1/users?limit=1", "", "", "Basic RElERU1POjFkY2I4YjBjOTI4YjBmNGIzZjFjMjlkNDJlNTI5NzkyZTJjZmY3MWQ1NjRkMTVkNDQxOWZiYTMxNTUyNWIzNjE4NjU5ZjliZWY3NWVmMDdkZmM4YzIwN2NkZThmNzFhNzllODUwZTNmOTg0YmVjZGRkNjk5MDRiODZhNzIzZTlm", "version 2 with sha512, which"},
	{"SHA-1 where version 2 is asked for", "2", "GET", "api-demo.duosecurity.com", "/admin/v1/users?limit=1", "", "", "Basic RElERU1POmY0NWMzYmFjNDY1MjMzMTc0ZmM5YzUwZDBhY2FlMzU2MDAzZTEzYWI=", ""},
	{"SHA-1 with the text of version 5", "", "GET", "api-demo.duosecurity.com", "/admin/v1/users?limit=1", "", "", "Basic RElERU1POmFjNDgyMDE2NmExNmViMjFiZDc0M2E5ZjZlNThmODNhNDMyMjFiN2M=", "fits no version"},
	{"SHA-256", "", "GET", "api-demo.duosecurity.com", "/admin/v1/users?limit=1", "", "", "Basic RElERU1POmY3MTU1YjRjMzk2MDk2MmVjMjNkMzNkZWNhNjFlN2RkNjU1MzNiNjM0MGRlODY3ZjY4MDMyODBiYmQ0MTBmNDQ=", "neither HMAC-SHA1 nor"},
	{"version 1, which signs no date", "", "GET", "api-demo.duosecurity.com", "/admin/v1/users?limit=1", "", "", "Basic RElERU1POjdhNDkyOGE5NmRmYmRhNWZjMzJjNzRhZjhmYTYxMTBkYzU4ZmE5ZGE=", "fits no version"},
	{"version 3, which signs raw JSON", "", "POST", "api-demo.duosecurity.com", "/admin/v2/policies", "application/json", "{\"a\":1}", "Basic RElERU1POmFmNDM0NzQ5Yjk0ZDAxM2YxN2NjZDgyZjVjMTNmM2Y2MzZiYjQyMWU0NDFlZjYzZDgxZWM0Y2M0NDRkMzU2NzVmM2I0MjlkZjQ0MmU5OTE4NjIyMDUyZTg1NjUzOTMzNmEzYmUyZjgxZWNlMGJhMzViYjY1NTE2ZDRmZWM4MWYw", "fits no version"},
	{"an upper-case signature", "", "GET", "api-demo.duosecurity.com", "/admin/v1/users?limit=1", "", "", "Basic RElERU1POjA4RjRGNjYwRTVBMjEwMUZCNEZDRkM5QjUzNENENUJDNDYyMzE5NUYwNDUyQ0M5QkQwRDJCMDY1QjYwRjA3QzU1MDhDQjE0OEJBMUMyNDY1MzREQzBDNkMyQzIyODQ4MzZGODNCMjQzMUI5ODI3QzgyN0JBNzIzRTFDRDk5QkE4", "fits no version"},
	{"version 2 with a JSON body", "", "POST", "api-demo.duosecurity.com", "/admin/v1/users", "application/json", "{\"a\":1}", "Basic RElERU1POjVhN2RiODBjZjJmZjNmNzQwN2E4NmIxYmJkNGI4ZTRmNGYxNTU2ODc3NTYwYTlkNzVkMTQ4ZTdmNmJhY2FiNjg0ZjM5MTZjNjQ4YWIzZjNmMjQ5MjA4OTc4ZTY1YjhkMzA0MDZlYjJlMGU3ZWJjYTI0YzNkZGNmNjRmNTFkZjVm", "this body is of another type"},
	{"version 2 with a form of no type", "", "POST", "api-demo.duosecurity.com", "/admin/v1/users", "", "a=1", "Basic RElERU1POjIwMGY1NTMyMTA1M2JiNjQ4YzYwMGQyOTkwOTY2ZDI4ODQ3OTg0N2QyMGI3ZTM0MTg2ZmU3OGI3ODYzYmEyNWRkM2M1MWEyOTdkOGQyNGZlMGZhNWE4ZGVhMDk0NTlhYTJiOTU5Mzg1Nzk3NDQzNmY3ZmNhYWE1ZTY4MjRmYjNh", "this body is of another type"},
	{"version 2 with a form", "", "POST", "api-demo.duosecurity.com", "/admin/v1/users", "application/x-www-form-urlencoded", "a=1", "Basic RElERU1POjIwMGY1NTMyMTA1M2JiNjQ4YzYwMGQyOTkwOTY2ZDI4ODQ3OTg0N2QyMGI3ZTM0MTg2ZmU3OGI3ODYzYmEyNWRkM2M1MWEyOTdkOGQyNGZlMGZhNWE4ZGVhMDk0NTlhYTJiOTU5Mzg1Nzk3NDQzNmY3ZmNhYWE1ZTY4MjRmYjNh", ""},
	{"version 2 with a form and a query", "", "POST", "api-demo.duosecurity.com", "/admin/v1/users?b=2", "application/x-www-form-urlencoded", "a=1", "Basic RElERU1POjIwMGY1NTMyMTA1M2JiNjQ4YzYwMGQyOTkwOTY2ZDI4ODQ3OTg0N2QyMGI3ZTM0MTg2ZmU3OGI3ODYzYmEyNWRkM2M1MWEyOTdkOGQyNGZlMGZhNWE4ZGVhMDk0NTlhYTJiOTU5Mzg1Nzk3NDQzNmY3ZmNhYWE1ZTY4MjRmYjNh", "does not sign the query of a POST"},
	{"version 2 with a form and a signed query", "", "POST", "api-demo.duosecurity.com", "/admin/v1/users?b=2", "application/x-www-form-urlencoded", "a=1", "Basic RElERU1POjg1M2MyOThjMjEzOWRkOGYwYmQ0YzUwYzI0M2M5NzNmZDRiZjc0OWZjZGM3NGE2MjJkYmY3NzM4OWJmMTRkNWEyNThlYmQ3ODhkMzg2YmZlM2RmNDlmZmZhZDExNTFmOTBmMWYwMDQxNTRjYjBjMTYzMWNiOGM0ODI1NmE4OTg0", "fits no version"},
	{"version 2 with a GET that has a body", "", "GET", "api-demo.duosecurity.com", "/admin/v1/users?a=1", "application/x-www-form-urlencoded", "b=2", "Basic RElERU1POmViYWU5ZmJjMTIxNjFmMDg3OWI2OGIxNmJlOTkzYTIxZGNmZmQ2MTViZjI5ZjczYTAwOTU1NzUwNzQzYmIzMzQ4ZGQ4NmVjYmMzNzU1NTAzNGU2MDhmZTJhMzhlNTVjOWFiZGY1NDI0NDI3MjM2ZDNlM2RmMDhiM2NlNjJkYTFj", "does not sign the body of a GET"},
	{"version 5 with a POST that has a query", "", "POST", "api-demo.duosecurity.com", "/admin/v1/users?b=2", "application/json", "{}", "Basic RElERU1POjEzMDY0YjM3MTAwNjFlMWUzMjY2YTEwYjNmNTQ4ZjE1ZDQ0OTg2MjMxMzQ0YWY4ZGU4Yzc5Y2EwY2U1NjIwZDMyY2U2NDM0ZmQ5ZjU4MDEwZDIzNWE1YmYyMjVjNTY4NDdlZGQwYzBmOTkxNmJmNmIwODBhMDA5NjJjZTY3ODI4", ""},
	{"version 5 with a POST whose query is not signed", "", "POST", "api-demo.duosecurity.com", "/admin/v1/users?b=2", "application/json", "{}", "Basic RElERU1POmZhMGFkMDM3OWU5Y2VkZjA3YzExNDg0ODBkY2Q5ZjhlZTIyNTc2OTVjZjdmN2ViNDg5MDkxYjNhOTAxODkxMTBhMTk4YTU1ODVmMzVkYjFjN2FmNDNlOTcyOWEyMDdkZWFlNjM0YmMyZGJmNWZmOGIxMjg4MmJkNDM3OGY0YmM0", "fits no version"},
	{"version 5 with the form in the parameters", "", "POST", "api-demo.duosecurity.com", "/admin/v1/users", "application/x-www-form-urlencoded", "a=1", "Basic RElERU1POjU4NDE3NmZmODNmMWQxYzdlNTRiOGVmNGJjYzNjNzQzMjg0ODA1ZGIxNmVlOTUyM2NjMTc1NWZjNTk5Y2NkMmFjZDNmMTY1MWQ4NTQ3YzgyYTE3OTFhNTdkZDU4ZGNlMmRiMmYyNzI1YWQyMzNiMWJkOGVkMzgzZjIxYjk4MzRk", "fits no version"},
	{"a host with a port", "", "GET", "api-demo.duosecurity.com:8443", "/admin/v1/users", "", "", "Basic RElERU1POmI4YmVlNWUzMjMxNTQyN2RiY2IyZGUzOGVhNDdlZGIzNzgzMzhlMjlmYzczN2Q4ODdhMzRlYTlkNWUyYTJkNTE1OGFhYjIxMWFjYjViZTM2M2VkZWM1Y2E1N2E5NjI4YTY1NGMzOGNkYTY2YjhhZWUwODk4YWYyZjE5ZDhiYzU3", ""},
	{"a signed port", "", "GET", "api-demo.duosecurity.com:8443", "/admin/v1/users", "", "", "Basic RElERU1POjZkY2VhNTAzMjhhZjg5NTU3ZTJlYmNjMjJkODYwOTc1YmI3YjQ3ZDQ3MTU1NjYzYjlkNWYyZmZjNDcxNWIzYmMwMTYxYTA1YzkyZjg4ODkwZDFmZDBlNWU5NmU3YjM5YjFiNWNiNTZmMDU0ZDBkMDFkNWZjOWRlNmVlMzgyNTM3", "fits no version"},
	{"a host in upper case", "", "GET", "API-DEMO.DUOSECURITY.COM", "/admin/v1/users", "", "", "Basic RElERU1POmI4YmVlNWUzMjMxNTQyN2RiY2IyZGUzOGVhNDdlZGIzNzgzMzhlMjlmYzczN2Q4ODdhMzRlYTlkNWUyYTJkNTE1OGFhYjIxMWFjYjViZTM2M2VkZWM1Y2E1N2E5NjI4YTY1NGMzOGNkYTY2YjhhZWUwODk4YWYyZjE5ZDhiYzU3", ""},
	{"a signed host in upper case", "", "GET", "API-DEMO.DUOSECURITY.COM", "/admin/v1/users", "", "", "Basic RElERU1POjE0MmI0NWIwM2M4MTQzNTQ3YjI0N2Y3ZGMyMjEzYjcxZjE1NjdjMzc1NGVjYWE3NTdhZGIxMjdlNzg0OGJlYTc2ZjU4ZGExZTRlZTQ1MTFlYzMxYjM1NTQ4YjlhYjMxOWNmZjlkYzhhNGEzZGNiNWM1N2I1OGFjN2ViYTFlMzAx", "fits no version"},
	{"an escaped path", "", "GET", "api-demo.duosecurity.com", "/admin/v1/users/a%2Fb", "", "", "Basic RElERU1POmFjZjZkYjQyNTAwNjg2MmE0NGIyNTBmZGEyZDJlNjJiNTY0MTgzYTNmZmM0NGIxYmNlN2YzNjczNjU3MmNjMmNhNTdlOTY4NWRhZGMxZWFiZjE0NWE5OGNhMGY3Y2E0MmJiYWVhODg3NjYzMjVkNzJjZjFjMTljMWUzNjEyZGVi", ""},
	{"a path signed decoded", "", "GET", "api-demo.duosecurity.com", "/admin/v1/users/a%2Fb", "", "", "Basic RElERU1POmM1MDBhYmIxMzNmNjViOWQzZTUyNDIyZTE4MGFmZmUyMDZmZmM5MWViOTdjOTVmZmQ3ZjY0ZDNhNTA5ZmYxYTczNDhmMzA0YWRmYTJjODU1NGZjNGUyOWEwNDkwYWNlOTkyZDFlMTgyYWRiMTkzM2NjMmQ1ZTNiYzRjMTUwMTky", "fits no version"},
	{"keys sorted as encoded", "", "GET", "api-demo.duosecurity.com", "/x?z=1&%C3%A9=2&a=3&k:1=4&k01=5", "", "", "Basic RElERU1POjliMTliODRkZDgxOTVlODkyNzZkODk2MDQ1ZTEzMDYxYjNmM2VmZTI1NDVkNjQwYzEwYTBkOTIzZTNmZmFlMDk0MmM0OTFhODBiMGM1YjM1NjdjYjljOWJmZmIxMzhiM2RkYWI4ZjQ0MjU2NTIyMTNlOWU0NzBlMmQxNzcwMTY1", ""},
	{"keys sorted as decoded", "", "GET", "api-demo.duosecurity.com", "/x?z=1&%C3%A9=2&a=3", "", "", "Basic RElERU1POmU3Y2JiZTc3OWE2NDRkYmZlNjdhZWIwYWJiZjk0MDVmNmY4NWZlZGY1NGRhZGFlOGNjZDEyY2QyMDYxMjkyYmZiZWQzZjRiMDZhMzc1Y2ZhNDMyZDY4MmY0MTcxZGEwNTAyYjQ1YmNhMjVhZTk1NjExZjBmYzdjYjIwNjU1OGUx", "fits no version"},
	{"values of one key sorted as encoded", "", "GET", "api-demo.duosecurity.com", "/x?k=~&k=b&k=%C3%A9&k=b&k=", "", "", "Basic RElERU1POjY3NzU3OGZiYTI3N2Y5NjY5NTYxMzYxZGJlMTJhNzNkMWE1ZDYxZWU1OTBkNjc5OGQ3OWIyODQ4ZTA1ZjU1MWQwNDkwYWEzYTFmMDA4YjhkNjI5NDYzN2JmNDVjZDNkMTc0MDA0Y2IyODQwMjI2M2U5YzcxZjkwYjM5OTc4YjI4", ""},
	{"values of one key in order of arrival", "", "GET", "api-demo.duosecurity.com", "/x?k=b&k=a", "", "", "Basic RElERU1POjVhOWQ5YTkyNGI1MTJhYzUyODNiYTcxNjY3MDhlNTFjYmViZGRjZWUwYWNlMTIyZGYwYjgzZTQyMzc2ZWE2ODQxNWVhOGFiNjMzYjE4MWQ0ZTAxM2JmMjkyZGFjNTIxMTMxODVhYTQ0NjhkMDFiMDRhMWJiZWRjZDJjMDljNzM2", "fits no version"},
	{"pairs sorted with their equals sign", "", "GET", "api-demo.duosecurity.com", "/x?a1=1&a=2", "", "", "Basic RElERU1POjY1MTFlM2E5OWRhMDU1ZDQ0YzlmZWEzMmU3YzAyOWQxZmE5MmEzZDI3OTgzMTc1Y2MyNzRhMTBhMDdjYWUyZWQ4YzA4YzBiNjRlMzVhNjdiNTA2MGZhOTQyZDE0MjgyOWU4NTI4NGY5MmY5ODE3YmUwYTZlZWI2NDRlY2MxY2Vk", "fits no version"},
	{"an escape that is none", "", "GET", "api-demo.duosecurity.com", "/x?k=%zz%4", "", "", "Basic RElERU1POmQ0YWRlMTllMDAzYTJmMWVmNTA2MGY0ODA1NzA0NGU5OGY2MzczZDMyYmU2N2ZlZTg0MmQ0NGEyYmJiZDU1Zjk4YjBiOWMyNmU4ZTAxNjliMmQyYTJjNGZmYTliNTc3OTM5NzA4OWNmMjM5MTNjYjM0Njc3Njc4ZTIyMGFmYWMx", ""},
	{"a bare ampersand and a semicolon", "", "GET", "api-demo.duosecurity.com", "/x?a=1;b=2&", "", "", "Basic RElERU1POjk4NjJmYjY3MWYzYTQzNjcwYWZmZDlkOWRiYjFmNjZhM2Y0ZTFhMjc1ZDBiZWU5NWQyNzkyYjNhNGE1N2YzMjYyZTZiZDcyZTZlYjE2NzUxOGZlMDA0ODEwNTJlYjZmZGM1ZDRmZTFkMmUyNTJhMzcwOTU0ODQwOWI0NTdmMGU4", ""},
	{"the signature of another key", "", "GET", "api-demo.duosecurity.com", "/admin/v1/users?limit=1", "", "", "Basic RElPVEhFUjowOGY0ZjY2MGU1YTIxMDFmYjRmY2ZjOWI1MzRjZDViYzQ2MjMxOTVmMDQ1MmNjOWJkMGQyYjA2NWI2MGYwN2M1NTA4Y2IxNDhiYTFjMjQ2NTM0ZGMwYzZjMmMyMjg0ODM2ZjgzYjI0MzFiOTgyN2M4MjdiYTcyM2UxY2Q5OWJhOA==", "integration key is unknown"},
	{"the signature without a key", "", "GET", "api-demo.duosecurity.com", "/admin/v1/users?limit=1", "", "", "Basic OjA4ZjRmNjYwZTVhMjEwMWZiNGZjZmM5YjUzNGNkNWJjNDYyMzE5NWYwNDUyY2M5YmQwZDJiMDY1YjYwZjA3YzU1MDhjYjE0OGJhMWMyNDY1MzRkYzBjNmMyYzIyODQ4MzZmODNiMjQzMWI5ODI3YzgyN2JhNzIzZTFjZDk5YmE4", "integration key is unknown"},
}

func TestDuoForms(t *testing.T) {
	for _, c := range duoForms {
		t.Run(c.name, func(t *testing.T) {
			s := simulator(t, "duo", Config{Credential: map[string]string{
				"integration_key": "DIDEMO", "secret_key": "demo-skey", "signature_version": c.version,
			}}, midnight)
			a := s.Check(vector{method: c.method, host: c.host, target: c.target, body: c.body, header: map[string]string{
				"Content-Type": c.contentType, "Authorization": c.authorization, "Date": "Wed, 01 Jan 2025 00:00:00 -0000",
			}}.request())
			if a.Accepted != (c.want == "") || !strings.Contains(a.Reason, c.want) {
				t.Fatalf("got %v, %q", a.Accepted, a.Reason)
			}
			want := `"code":40103`
			if strings.Contains(c.want, "integration key") {
				want = `"code":40102`
			}
			if c.want != "" && (a.Status != 401 || !strings.Contains(string(a.Body), want)) {
				t.Errorf("got status %d, %s", a.Status, a.Body)
			}
		})
	}
}
