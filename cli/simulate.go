package cli

import (
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/vendorsign/vendorsign/signers/presets"
	"github.com/vendorsign/vendorsign/vendorsim"
)

const simulateLong = `Simulate imitates a vendor's API: it checks the bytes of each request as the vendor does, and answers with the
vendor's own errors. Point a gateway at it to see whether the gateway signs correctly.

It prints one line when it listens, and one for each request: accepted or refused, and why. It never prints query values,
headers or bodies. Ctrl-C ends it.

Without a credential it accepts a made-up one, and prints it. Secret options take a reference, never the secret itself:
{env.NAME} or env:NAME, {file./path} or file:/path.`

// firstPort is where `all` starts, and the first vendor of vendorsim.ByPort() listens.
const firstPort = 9101

// simulation is what the flags of `simulate` say, whichever the vendor is.
type simulation struct {
	// --listen, and the PEM files with which to serve HTTPS; without them it is plain HTTP.
	listen, cert, key string
	// No line for each request.
	quiet bool
}

// simulateCommand has a command for each vendor with a judge in code, on its own port, and hidden ones for presets.
func simulateCommand() *cobra.Command {
	s := new(simulation)
	c := &cobra.Command{
		Use:     "simulate VENDOR|all",
		Short:   "Run a mock vendor API that checks signatures",
		Long:    simulateLong,
		Example: simulateExample,
		RunE:    chooseCommand,
	}
	flags := c.PersistentFlags()
	flags.StringVar(&s.listen, "listen", "", "listen on this `ADDRESS` and port, or on this port of 127.0.0.1; 0 is any free port")
	flags.BoolVar(&s.quiet, "quiet", false, "print no line for each request")
	flags.StringVar(&s.cert, "tls-cert", "", "serve HTTPS with the certificate in this PEM `FILE`")
	flags.StringVar(&s.key, "tls-key", "", "the private key of the certificate: a PEM `FILE`")
	// The port of a vendor is its place in the list, so a new one is added at the end there.
	for i, vendor := range vendorsim.ByPort() {
		c.AddCommand(s.vendorCommand(vendor, firstPort+i))
	}
	for _, name := range presets.Names() {
		c.AddCommand(s.builtInCommand(name))
	}
	for _, name := range vendorsim.Generic {
		c.AddCommand(s.genericCommand(name))
	}
	c.AddCommand(s.allCommand(), s.presetCommand())
	return c
}

// vendorCommand simulates a vendor whose judge is code, on its own port unless --listen says another
// one.
func (s *simulation) vendorCommand(vendor string, port int) *cobra.Command {
	c := &cobra.Command{
		Use:   vendor,
		Short: "Simulate " + vendor + " on port " + strconv.Itoa(port),
		Long:  "Simulate " + vendor + ", on port " + strconv.Itoa(port) + " of 127.0.0.1 unless --listen says otherwise.\n" + vendorLong,
		Args:  asUsed,
	}
	credential := newCredentialFlags(c, vendor)
	var rate, host string
	// The simulators know which vendors have a rate limit, and which sign the host.
	if takes(vendor, vendorsim.Config{RateLimit: 1}) {
		c.Flags().StringVar(&rate, "rate", "", "answer 429 beyond `CALLS/TIME`, such as 25/5m (default: no limit)")
	}
	if takes(vendor, vendorsim.Config{Host: "vendor.example"}) {
		c.Flags().StringVar(&host, "host", "", "accept only signatures over this host `NAME` (default: the request's Host)")
	}
	c.RunE = func(c *cobra.Command, _ []string) error {
		config := vendorsim.Config{Host: host}
		var err error
		var demo bool
		if config.Credential, demo, err = credential.read(); err != nil {
			return err
		}
		if config.RateLimit, config.RateWindow, err = parseRate(rate); err != nil {
			return err
		}
		return s.run(c, port, []simulated{{vendor: vendor, demo: demo, config: config}})
	}
	return c
}

// vendorLong is what the helps of all vendors have in common.
const vendorLong = `
Without a credential it accepts a made-up one, and prints it. Secret options take a reference:
{env.NAME} or env:NAME, {file./path} or file:/path.`

// allCommand simulates all vendors with a judge in code at once.
func (s *simulation) allCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "all",
		Short: "Simulate all vendors, each on its own port",
		Long: `Simulate all vendors with made-up credentials, each on its own port. The port of --listen is the first; the
order is ` + strings.Join(vendorsim.ByPort(), ", ") + `. With port 0 each gets any free port.`,
		Args: asUsed,
		RunE: func(c *cobra.Command, _ []string) error {
			var vendors []simulated
			for _, vendor := range vendorsim.ByPort() {
				vendors = append(vendors, simulated{vendor: vendor, demo: true,
					config: vendorsim.Config{Credential: vendorsim.DemoCredential(vendor, "")}})
			}
			return s.run(c, firstPort, vendors)
		},
	}
}

// simulated is one vendor to be simulated: `simulate all` has one for each, the others have one.
type simulated struct {
	vendor string
	demo   bool // its credential is made up and may be shown
	config vendorsim.Config
}

// run serves until a signal or the command's context ends it. It prints a line when it listens, which
// tests and scripts wait for.
func (s *simulation) run(c *cobra.Command, port int, vendors []simulated) error {
	if (s.cert == "") != (s.key == "") {
		return usagef("--tls-cert and --tls-key must be given together")
	}
	addresses, err := parseListen(s.listen, port, len(vendors))
	if err != nil {
		return err
	}
	out := &lineWriter{out: c.OutOrStdout()}
	h := &servers{scheme: "http", cert: s.cert, key: s.key, errors: c.ErrOrStderr()}
	if s.cert != "" {
		h.scheme = "https"
	}
	defer h.close()
	for i, st := range vendors {
		if !s.quiet {
			st.config.OnAnswer = func(r *vendorsim.Request, a *vendorsim.Answer) { out.printf("%s", requestLine(st.vendor, r, a)) }
		}
		simulator, err := vendorsim.New(st.vendor, st.config)
		if err != nil {
			return usagef("%s", err.Error())
		}
		// All ports are opened before the first line is printed.
		if err := h.open(addresses[i], simulator); err != nil {
			return err
		}
	}
	// Before announcing that it listens, since whoever started it may stop it at once.
	ctx, stop := signal.NotifyContext(c.Context(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	for i, st := range vendors {
		if st.demo {
			out.printf("%s accepts the made-up credential", st.vendor)
			for _, pair := range pairs(st.vendor, st.config.Credential) {
				out.printf("  %s", pair)
			}
		}
		out.printf("%s listens on %s", st.vendor, h.url(i))
	}
	return h.serve(ctx)
}

// takes reports whether the simulator of vendor accepts this configuration, so that commands need no
// list of what each can do.
func takes(vendor string, config vendorsim.Config) bool {
	config.Credential = vendorsim.DemoCredential(vendor, "")
	_, err := vendorsim.New(vendor, config)
	return err == nil
}

// parseRate reads calls and window, as in 25/5m. Without a window the vendor's own counts. An empty
// text is no limit.
func parseRate(text string) (calls int, window time.Duration, err error) {
	if text == "" {
		return 0, 0, nil
	}
	number, span, spans := strings.Cut(text, "/")
	calls, err = strconv.Atoi(number)
	if err == nil && spans {
		window, err = time.ParseDuration(span)
	}
	if err != nil || calls <= 0 || spans && window <= 0 {
		return 0, 0, usagef("--rate must be calls and a time, as in 25/5m")
	}
	return calls, window, nil
}
