package e2e

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"io"
	"net"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"
)

// The clients of Duo and AWS are those that Debian packages: nothing of them knows that it talks to a gateway.
const (
	duoClientPackage = "python3-duo-client"
	awsClientPackage = "python3-boto3"
)

// callsOf has a client of ours in Python make calls with the vendor's own library, and returns what each was answered.
func callsOf(t *testing.T, script string, calls []object) []string {
	t.Helper()
	var in bytes.Buffer
	for _, call := range calls {
		line, err := json.Marshal(call)
		if err != nil {
			t.Fatal(err)
		}
		in.Write(append(line, '\n'))
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, "/usr/bin/python3", "testdata/apps/"+script)
	cmd.Env = []string{"PATH=/usr/bin:/bin", "HOME=" + t.TempDir(), "LANG=C.UTF-8", "AWS_EC2_METADATA_DISABLED=true"}
	for _, call := range calls {
		if ca, _ := call["ca"].(string); ca != "" {
			cmd.Env = append(cmd.Env, "SSL_CERT_FILE="+ca)
		}
	}
	cmd.Stdin = &in
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s", script, err, tail(errs.String()))
	}
	return strings.Fields(string(out))
}

// overTLS is a port of localhost where TLS ends, with a certificate of the authority, before the gateway.
func overTLS(t *testing.T, ca *authority, gateway string) (port string) {
	t.Helper()
	l, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{*ca.leaf(t, "localhost")}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			client, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer client.Close()
				server, err := net.Dial("tcp", gateway)
				if err != nil {
					return
				}
				defer server.Close()
				go func() { _, _ = io.Copy(server, client) }()
				_, _ = io.Copy(client, server)
			}()
		}
	}()
	_, port, err = net.SplitHostPort(l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return port
}

// afterThisSecond returns when the next second has begun.
func afterThisSecond() { time.Sleep(time.Until(time.Now().Truncate(time.Second).Add(time.Second))) }

// debian installs a package of Debian that has no program of its own.
func debian(t *testing.T, name, file string) {
	t.Helper()
	s3Client{name: name, program: file}.install(t)
}

func TestDuosOwnClientWorksWithALocalKey(t *testing.T) {
	debian(t, duoClientPackage, "/usr/lib/python3/dist-packages/duo_client/client.py")
	ca := newAuthority(t)
	const secret = "app-secret-billing-0000000000000000000000"
	apps := []options{
		{"name": "billing", "key_id": "DIAPPBILLING00000000", "secret": secret, "allow": []string{"GET|POST /admin/v1/users /auth/v2/check /accounts/v1/account/list"}},
		{"name": "soar", "key_id": "DIAPPSOAR00000000000", "secret": "app-secret-soar-000000000000000000000000x",
			"previous": "app-secret-soar-old-00000000000000000000x", "allow": []string{"POST /admin/v1/users"}},
		{"name": "gone", "key_id": "DIAPPGONE00000000000", "secret": "app-secret-gone-000000000000000000000000x", "revoked": true},
	}
	eachForm(t, func(t *testing.T, f form) {
		v := newVendor(t, "duo", mode{options: duo}.credential(), nil)
		r := &route{name: "duo", signer: "duo", vendor: v, byAddress: true, apps: apps,
			options: duo.with(options{"host": v.addr, "insecure_upstream": true, "require_app": true})}
		g := start(t, f, r)
		afterThisSecond() // Duo's dates are whole seconds, and what is dated before the start may have been used then
		for _, way := range []struct{ name, addr, ca string }{{"http", g.addr, "HTTP"}, {"https", "localhost:" + overTLS(t, ca, g.addr), ca.file}} {
			t.Run(way.name, func(t *testing.T) {
				host, port, err := net.SplitHostPort(way.addr)
				if err != nil {
					t.Fatal(err)
				}
				number, err := strconv.Atoi(port)
				if err != nil {
					t.Fatal(err)
				}
				before := v.count()
				tests := []struct {
					name, api, key, secret, method, path string
					want                                 string
				}{
					{"its key, Admin API", "Admin", "DIAPPBILLING00000000", secret, "GET", "/admin/v1/users", "200"},
					{"its key, Auth API", "Auth", "DIAPPBILLING00000000", secret, "GET", "/auth/v2/check", "200"},
					{"its key, Accounts API", "Accounts", "DIAPPBILLING00000000", secret, "POST", "/accounts/v1/account/list", "200"},
					{"another app's key", "Admin", "DIAPPSOAR00000000000", "app-secret-soar-000000000000000000000000x", "POST", "/admin/v1/users", "200"},
					{"the key before", "Admin", "DIAPPSOAR00000000000", "app-secret-soar-old-00000000000000000000x", "POST", "/admin/v1/users", "200"},
					{"not among its rights", "Admin", "DIAPPBILLING00000000", secret, "GET", "/admin/v1/admins", "403"},
					{"another app's rights", "Admin", "DIAPPSOAR00000000000", "app-secret-soar-000000000000000000000000x", "GET", "/admin/v1/users", "403"},
					{"a wrong secret", "Admin", "DIAPPBILLING00000000", "app-secret-billing-0000000000000000000001", "GET", "/admin/v1/users", "401"},
					{"another app's secret", "Admin", "DIAPPBILLING00000000", "app-secret-soar-000000000000000000000000x", "GET", "/admin/v1/users", "401"},
					{"a revoked key", "Admin", "DIAPPGONE00000000000", "app-secret-gone-000000000000000000000000x", "GET", "/admin/v1/users", "403"},
					{"a key that nobody has", "Admin", "DIAPPNOBODY000000000", secret, "GET", "/admin/v1/users", "401"},
					{"the real key", "Admin", duo["integration_key"].(string), duo["secret_key"].(string), "GET", "/admin/v1/users", "401"},
				}
				var calls []object
				want := make([]string, len(tests))
				accepted := 0
				for i, tt := range tests {
					// Each request is another one: these signatures have no nonce, and the second of two equal ones is a replay.
					calls = append(calls, object{"api": tt.api, "ikey": tt.key, "skey": tt.secret, "host": host, "port": number, "ca": way.ca,
						"method": tt.method, "path": tt.path, "params": object{"number": way.name + strconv.Itoa(i)}})
					want[i] = tt.want
					if tt.want == "200" {
						accepted++
					}
				}
				got := callsOf(t, "duo.py", calls)
				for i, tt := range tests {
					if i >= len(got) || got[i] != want[i] {
						t.Errorf("%s: the answers are %v, want %s in place %d", tt.name, got, tt.want, i)
					}
				}
				if n := v.count() - before; n != accepted {
					t.Errorf("%d requests reached the vendor, and %d should", n, accepted)
				}
			})
		}
	})
}

func TestAWSsOwnPythonClientWorksWithALocalKey(t *testing.T) {
	debian(t, awsClientPackage, "/usr/lib/python3/dist-packages/boto3/__init__.py")
	s := newS3Server(t)
	ca := newAuthority(t)
	const id, secret = "AKIALOCALETL00000000", "local/etl/secret+of/forty/characters/000"
	apps := []options{
		{"name": "etl", "key_id": id, "secret": secret, "allow": []string{"GET|HEAD|PUT|POST /apps /apps/**"}},
		{"name": "gone", "key_id": "AKIALOCALGONE0000000", "secret": "local/gone/secret", "revoked": true},
	}
	eachForm(t, func(t *testing.T, f form) {
		r := s.route("apps", options{"mode": "re_sign", "require_app": true})
		r.byAddress, r.apps = true, apps
		g := startS3(t, f, r)
		s.do(t, s.sign(t, s.secret, s.region, "PUT", "/apps", ""))
		afterThisSecond()
		for _, way := range []struct{ name, url, ca string }{{"http", "http://" + g.addr, ""}, {"https", "https://localhost:" + overTLS(t, ca, g.addr), ca.file}} {
			t.Run(way.name, func(t *testing.T) {
				key := "folder/a+b ä " + way.name
				object0 := object{"Bucket": "apps", "Key": key}
				tests := []struct {
					name, operation, id, secret string
					params                      object
					want                        string
				}{
					{"an upload", "put_object", id, secret, object{"Bucket": "apps", "Key": key, "Body": "hello"}, "200"},
					{"a download", "get_object", id, secret, object0, "200"},
					{"a list", "list_objects_v2", id, secret, object{"Bucket": "apps", "Prefix": "folder/a+b"}, "200"},
					{"a presigned address", "presigned", id, secret, object0, "200"},
					{"not among its rights", "get_object", id, secret, object{"Bucket": "other", "Key": "a"}, "403"},
					{"not among its methods", "delete_object", id, secret, object0, "403"},
					{"a wrong secret", "get_object", id, "local/etl/secret", object0, "401"},
					{"a revoked key", "get_object", "AKIALOCALGONE0000000", "local/gone/secret", object0, "403"},
					{"a key that nobody has", "get_object", "AKIALOCALNOBODY00000", secret, object0, "401"},
					{"a presigned address with a wrong secret", "presigned", id, "local/etl/secret", object0, "401"},
				}
				var calls []object
				for _, tt := range tests {
					calls = append(calls, object{"service": "s3", "url": way.url, "ca": way.ca, "id": tt.id, "secret": tt.secret, "operation": tt.operation,
						"params": tt.params, "body": "hello", "signature": "s3v4"})
				}
				got := callsOf(t, "aws.py", calls)
				for i, tt := range tests {
					if i >= len(got) || got[i] != tt.want {
						t.Errorf("%s: the answers are %v, want %s in place %d", tt.name, got, tt.want, i)
					}
				}
			})
		}
	})
}
