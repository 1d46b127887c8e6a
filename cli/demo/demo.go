// Package demo is the command that shows a gateway at work: it starts the simulated vendors, has a
// Caddy serve Caddyfile.example in front of them, sends one request for each way to sign through it and
// past it, and prints what the vendors saw. It does not depend on Caddy: whoever mounts the command
// passes it a Caddy that runs in this process.
//
//	request  ->  gateway (Caddyfile.example)  ->  simulated vendor    must be accepted
//	request  --------------------------------->  simulated vendor    must be refused
//
// The second line is what makes the first mean something: a vendor that accepts everything would look
// right, too.
//
// To show another way to sign, add a site to Caddyfile.example, the credential to credentials
// (vendors.go), unless one of the names there will do, and the request to requests (requests.go).
package demo

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/vendorsign/vendorsign/cli/screen"
)

const long = `Demo runs a gateway and the vendors that it signs for, the latter simulated, in this one process: it sends one
request for each vendor and way to sign through the gateway, and the same request past it, without a signature. A line for
each vendor shows what became of them; with -v each request, the headers that the gateway added and both answers. Then it
keeps serving, for requests of your own, until Ctrl-C.

The gateway is the one of Caddyfile.example. Credentials are made up, whatever the environment holds, and nothing
leaves this machine or is written to it.

The exit status is 1 if a signed request was refused or an unsigned one was not.`

// Gateway is a Caddy in this process. Run serves the text of a Caddyfile until Stop; file is its name,
// for messages. Run returns when the sites are served.
type Gateway struct {
	Run  func(file string, text []byte) error
	Stop func() error
}

// demo is what the flags say.
type demo struct {
	gateway Gateway
	config  string
	port    int
	once    bool
	verbose bool
}

// Command returns the command, which runs the gateway that it is given.
func Command(gateway Gateway) *cobra.Command {
	d := &demo{gateway: gateway}
	c := &cobra.Command{
		Use:   "demo",
		Short: "Show a gateway at work, with simulated vendors",
		Long:  long,
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			ctx, stop := signal.NotifyContext(c.Context(), os.Interrupt, syscall.SIGTERM)
			defer stop()
			return d.run(ctx, c.OutOrStdout())
		},
	}
	c.Flags().StringVarP(&d.config, "config", "c", "Caddyfile.example", "the gateway's Caddyfile, a `FILE`")
	c.Flags().IntVarP(&d.port, "port", "p", 0, "the gateway's port on 127.0.0.1; 0 is any free one")
	c.Flags().BoolVar(&d.once, "once", false, "end after the table")
	c.Flags().BoolVarP(&d.verbose, "verbose", "v", false, "show each request, with what was added and answered")
	return c
}

// run ends with ctx, or after the table. It fails if a request was not answered as it should be, so
// that a pipeline can run the demo as a test.
func (d *demo) run(ctx context.Context, out io.Writer) error {
	vendors, err := startVendors()
	if err != nil {
		return err
	}
	defer vendors.close()
	gateway, err := d.startGateway()
	if err != nil {
		return err
	}
	defer func() { _ = d.gateway.Stop() }() // the program ends

	width := screen.Of(out).Prose()
	say := func(format string, a ...any) {
		fmt.Fprintln(out, strings.Join(screen.Wrap(fmt.Sprintf(format, a...), width), "\n"))
	}
	say("http://%s serves %s for simulated vendors.", gateway, filepath.Base(d.config))
	fmt.Fprintln(out)
	t := newReporter(out, d.verbose)
	// One after the other: a vendor remembers the last request only.
	for _, r := range requests {
		result, err := r.send(ctx, gateway, vendors[r.credential])
		if err != nil {
			return err
		}
		t.add(outcome{r, result})
	}
	t.flush()
	if t.wrong > 0 {
		return fmt.Errorf("%d of %d requests were not answered as they should be", t.wrong, len(requests))
	}
	if !d.verbose {
		fmt.Fprintln(out)
	}
	say("All %d requests were accepted as the gateway sent them, and refused without its signature.%s", len(requests), d.more())
	if d.once {
		return nil
	}
	fmt.Fprintf(out, "\nThe gateway keeps serving until Ctrl-C; try:\n\n")
	fmt.Fprintf(out, "  curl -H 'Host: duo.localhost' 'http://%s/admin/v1/users?limit=1'\n\n", gateway)
	fmt.Fprintf(out, "The other hosts are the sites of %s.\n", d.config)
	<-ctx.Done()
	return nil
}

// more is how to see more, or nothing if all is shown.
func (d *demo) more() string {
	if d.verbose {
		return ""
	}
	return " -v shows each of them."
}

// startGateway runs the Caddyfile in this process and returns its address. A free port may be taken a
// moment later; then it tries another one, ten times at most, unless a port was requested.
func (d *demo) startGateway() (string, error) {
	text, err := os.ReadFile(d.config)
	if err != nil {
		return "", fmt.Errorf("%w (the demo runs in a checkout of Vendorsign, or give it --config)", err)
	}
	for try := 1; ; try++ {
		address, err := freeAddress(d.port)
		if err != nil {
			return "", err
		}
		_, port, _ := net.SplitHostPort(address)
		// Caddyfile.example has {$GATEWAY_PORT} in the addresses of its sites.
		if err = os.Setenv("GATEWAY_PORT", port); err == nil {
			err = d.gateway.Run(d.config, text)
		}
		if err == nil || d.port != 0 || try == 10 {
			return address, err
		}
		number, _ := strconv.Atoi(port)
		if _, taken := listenOn(number); taken == nil { // the port was not the reason
			return "", err
		}
	}
}

// freeAddress finds out whether the port is free before Caddy does, which would share it with another Caddy. Tests set it.
var freeAddress = listenOn

// listenOn opens and closes a port, and returns its address. With port 0 it finds a free one.
func listenOn(port int) (string, error) {
	l, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}
