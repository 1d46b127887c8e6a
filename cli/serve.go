package cli

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/vendorsign/vendorsign/vendorsim"
)

// parseListen returns the addresses of n servers: that of the flag and those with the ports after it.
// port counts where the flag has none. With port 0 each gets any free one.
//
//	"9105", 3 servers  ->  127.0.0.1:9105, 127.0.0.1:9106, 127.0.0.1:9107
func parseListen(flag string, port, n int) ([]string, error) {
	host := "127.0.0.1"
	if flag != "" {
		h, p, err := net.SplitHostPort(flag)
		if err != nil {
			h, p = host, flag // a port alone
		}
		number, err := strconv.ParseUint(p, 10, 16)
		if err != nil {
			return nil, usagef("--listen must be an address and a port, as in 127.0.0.1:9105, or a port")
		}
		host, port = h, int(number)
	}
	if port+n-1 > 65535 {
		return nil, usagef("--listen leaves no room for %d ports", n)
	}
	addresses := make([]string, n)
	for i := range addresses {
		addresses[i] = net.JoinHostPort(host, strconv.Itoa(port))
		// Port 0 stays 0: each server gets a free one of its own.
		if port != 0 {
			port++
		}
	}
	return addresses, nil
}

// servers serve several handlers side by side, each on its port: all of them or none, since a port that
// is taken is found before any is served.
//
//	h := &servers{scheme: "http", errors: stderr}
//	defer h.close()
//	h.open("127.0.0.1:9101", simulator)   // listens; connections wait
//	h.serve(ctx)                          // until ctx is done
type servers struct {
	scheme    string
	cert, key string // files; empty: plain HTTP
	// Where servers report what goes wrong with a connection.
	errors io.Writer

	listeners []net.Listener
	// One for each listener, in the same order.
	all []*http.Server
}

// open listens for a handler. Connections wait until serve. It fails for a port that is taken and for a
// certificate that cannot be read.
func (h *servers) open(address string, handler http.Handler) error {
	l, err := net.Listen("tcp", address)
	if err != nil {
		return failf("listening: %w", err)
	}
	server := &http.Server{
		Handler: handler, // without a mux, which would clean paths
		// OPTIONS * is for the vendor to judge.
		DisableGeneralOptionsHandler: true,
		ReadHeaderTimeout:            10 * time.Second,
		ErrorLog:                     log.New(h.errors, "", 0),
	}
	if h.cert != "" {
		// Here and not in ServeTLS, so that a wrong file is found before anything is served.
		pair, err := tls.LoadX509KeyPair(h.cert, h.key)
		if err != nil {
			l.Close()
			return usagef("loading --tls-cert and --tls-key: %w", err)
		}
		server.TLSConfig = &tls.Config{Certificates: []tls.Certificate{pair}}
	}
	h.listeners, h.all = append(h.listeners, l), append(h.all, server)
	return nil
}

// url is the address of a server, with the port that it got.
func (h *servers) url(i int) string { return h.scheme + "://" + h.listeners[i].Addr().String() }

// serve serves until ctx is done, then lets requests that are under way come to their end. It fails as
// soon as one server does.
func (h *servers) serve(ctx context.Context) error {
	// Room for all, so that no goroutine waits for a reader that has left.
	ended := make(chan error, len(h.all))
	for i, server := range h.all {
		go func() {
			if h.cert != "" {
				ended <- server.ServeTLS(h.listeners[i], "", "")
			} else {
				ended <- server.Serve(h.listeners[i])
			}
		}()
	}
	select {
	case err := <-ended:
		return failf("serving: %w", err)
	case <-ctx.Done():
	}
	// Longer than the five seconds after which Shutdown closes a connection on which nothing was ever asked: clients open
	// one that they find no use for, and that is no failure.
	grace, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	var errs []error
	for _, server := range h.all {
		errs = append(errs, server.Shutdown(grace))
	}
	if err := errors.Join(errs...); err != nil {
		return failf("ending: %w", err)
	}
	return nil
}

// close frees the ports.
func (h *servers) close() {
	for i := range h.all {
		h.all[i].Close()
		h.listeners[i].Close()
	}
}

// lineWriter writes whole lines for many goroutines.
type lineWriter struct {
	mu  sync.Mutex
	out io.Writer
}

// printf writes one line.
func (w *lineWriter) printf(format string, a ...any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	fmt.Fprintf(w.out, format+"\n", a...)
}

// requestLine tells what became of a request. Of the target it shows the path: a query can hold a
// token, as that of a token's renewal may. What is not ASCII is escaped, so that no request can steer a
// terminal.
//
//	acme refused GET /a?... 401: signature
func requestLine(vendor string, r *vendorsim.Request, a *vendorsim.Answer) string {
	path, _, asked := strings.Cut(r.Target, "?")
	if !strings.HasPrefix(path, "/") {
		path = "(no path)" // an absolute target can hold a password
	}
	quoted := strconv.QuoteToASCII(path)
	path = quoted[1 : len(quoted)-1]
	if asked {
		path += "?..."
	}
	verdict := "accepted"
	if !a.Accepted {
		verdict = "refused"
	}
	line := fmt.Sprintf("%s %s %s %s %d", vendor, verdict, r.Method, path, a.Status)
	if a.Reason != "" {
		line += ": " + a.Reason
	}
	if len(a.Leaks) > 0 {
		line += "; a credential of the client came through in " + strings.Join(a.Leaks, ", ")
	}
	return line
}
