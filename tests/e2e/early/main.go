// Command early asks a server twice over HTTP/3, the second time on a new connection in TLS early data, and prints the two
// statuses, whether early data was taken, and the second answer. It is a program of its own since quic-go's client has a data
// race there, which the race detector would find in whoever uses it.
//
//	early CA-FILE PORT HOST
package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net/http"
	"os"
	"time"

	"github.com/quic-go/quic-go"
	"github.com/quic-go/quic-go/http3"
)

func main() {
	if err := run(os.Args[1], os.Args[2], os.Args[3]); err != nil {
		fmt.Fprintln(os.Stderr, "early:", err)
		os.Exit(1)
	}
}

func run(authority, port, host string) error {
	pem, err := os.ReadFile(authority)
	if err != nil {
		return err
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(pem)
	config := &tls.Config{RootCAs: pool, ServerName: "gateway.test", ClientSessionCache: tls.NewLRUClientSessionCache(4)}
	first, _, _, err := ask(config, http.MethodGet, port, host)
	if err != nil {
		return err
	}
	second, body, used, err := ask(config, http3.MethodGet0RTT, port, host)
	if err != nil {
		return err
	}
	fmt.Println(first, second, used)
	fmt.Println(body)
	return nil
}

func ask(config *tls.Config, method, port, host string) (status int, body string, early bool, err error) {
	var conn *quic.Conn
	transport := &http3.Transport{TLSClientConfig: config, Dial: func(ctx context.Context, address string, c *tls.Config, q *quic.Config) (*quic.Conn, error) {
		var err error
		conn, err = quic.DialAddrEarly(ctx, address, c, q)
		return conn, err
	}}
	defer transport.Close()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "https://127.0.0.1:"+port+"/api", nil)
	if err != nil {
		return 0, "", false, err
	}
	r.Method, r.Host = method, host
	response, err := transport.RoundTrip(r)
	if err != nil {
		return 0, "", false, err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	return response.StatusCode, string(text), conn.ConnectionState().Used0RTT, err
}
