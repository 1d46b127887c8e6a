package caddyplugin

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/caddyserver/caddy/v2"
	caddycmd "github.com/caddyserver/caddy/v2/cmd"
	"github.com/spf13/cobra"
)

func init() { caddy.RegisterModule(adminStatus{}) }

// adminStatus is the endpoint /vendorsign/ of the admin API: what each signer knows about itself. No secrets.
type adminStatus struct{}

// CaddyModule returns the Caddy module information.
func (adminStatus) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{ID: "admin.api.vendorsign", New: func() caddy.Module { return new(adminStatus) }}
}

// Routes returns the endpoint.
func (adminStatus) Routes() []caddy.AdminRoute {
	return []caddy.AdminRoute{{Pattern: "/vendorsign/", Handler: caddy.AdminHandlerFunc(serveStatus)}}
}

// signerStatus is one signer in the answer of /vendorsign/.
type signerStatus struct {
	Signer             string       `json:"signer"`
	Hosts              []string     `json:"hosts"`
	Credential         string       `json:"credential"` // a fingerprint
	AgeSeconds         int64        `json:"age_seconds"`
	Absent             string       `json:"absent,omitempty"`  // the option whose file is not there yet
	Expires            *time.Time   `json:"expires,omitempty"` // the credential's end, if it is configured
	TokenExpires       *time.Time   `json:"token_expires,omitempty"`
	ClockOffsetSeconds float64      `json:"clock_offset_seconds"`
	LastRefusal        *lastRefusal `json:"last_refusal,omitempty"`
}

// lastRefusal is the vendor's latest refusal of a signed request.
type lastRefusal struct {
	Time        time.Time `json:"time"`
	Status      int       `json:"status"`
	Class       string    `json:"class"`
	Cause       string    `json:"cause"`
	Explanation string    `json:"explanation"`
}

func serveStatus(w http.ResponseWriter, r *http.Request) error {
	if r.URL.Path != "/vendorsign/" {
		return caddy.APIError{HTTPStatus: http.StatusNotFound, Err: errors.New("not found")}
	}
	if r.Method != http.MethodGet {
		w.Header().Set("Allow", http.MethodGet)
		return caddy.APIError{HTTPStatus: http.StatusMethodNotAllowed, Err: errors.New("method not allowed")}
	}
	all := []signerStatus{}
	for _, s := range liveSigners() {
		status := signerStatus{Signer: s.vendor, Hosts: s.gate.Hosts(), Credential: s.gate.Fingerprint(), ClockOffsetSeconds: s.gate.ClockOffset().Seconds(), LastRefusal: s.last.Load()}
		if status.Absent = s.gate.Absent(); status.Absent == "" {
			status.AgeSeconds = int64(time.Since(s.gate.Since()).Seconds())
		}
		if expires := s.gate.Expires(); !expires.IsZero() {
			status.Expires = &expires
		}
		if expires := s.gate.TokenExpires(); !expires.IsZero() {
			status.TokenExpires = &expires
		}
		all = append(all, status)
	}
	w.Header().Set("Content-Type", "application/json")
	return json.NewEncoder(w).Encode(all)
}

// statusCommand prints the answer of /vendorsign/ as a table.
func statusCommand() *cobra.Command {
	var address, config, adapter string
	c := &cobra.Command{
		Use:   "status",
		Short: "Show the signers of the running Caddy: credential, clock, last refusal",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			address, err := caddycmd.DetermineAdminAPIAddress(address, nil, config, adapter)
			if err != nil {
				return err
			}
			response, err := caddycmd.AdminAPIRequest(address, http.MethodGet, "/vendorsign/", nil, nil)
			if err != nil {
				return fmt.Errorf("asking the admin API at %s (--address names another; with admin off there is none): %w", address, err)
			}
			defer response.Body.Close()
			var all []signerStatus
			if err := json.NewDecoder(response.Body).Decode(&all); err != nil {
				return fmt.Errorf("reading the answer of the admin API: %w", err)
			}
			return printStatus(c, all)
		},
	}
	c.Flags().StringVar(&address, "address", "", "the address of the admin API (default localhost:2019)")
	c.Flags().StringVarP(&config, "config", "c", "", "the configuration file that names the address")
	c.Flags().StringVarP(&adapter, "adapter", "a", "", "the adapter of that file")
	return c
}

func printStatus(c *cobra.Command, all []signerStatus) error {
	t := tabwriter.NewWriter(c.OutOrStdout(), 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "SIGNER\tHOST\tCREDENTIAL\tAGE\tTOKEN ENDS\tCLOCK\tLAST REFUSAL")
	for _, s := range all {
		token, refusal := "-", "-"
		if s.TokenExpires != nil {
			token = "in " + time.Until(*s.TokenExpires).Round(time.Second).String()
		}
		if r := s.LastRefusal; r != nil {
			refusal = fmt.Sprintf("%s ago: %d %s, %s", time.Since(r.Time).Round(time.Second), r.Status, r.Cause, r.Explanation)
		}
		credential, age := s.Credential, (time.Duration(s.AgeSeconds) * time.Second).String()
		if s.Absent != "" {
			credential, age = s.Absent+" is not there", "-"
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%+.0fs\t%s\n", s.Signer, hostCell(s.Hosts), credential,
			age, token, s.ClockOffsetSeconds, refusal)
	}
	return t.Flush()
}

// hostCell keeps a table narrow whose signers have many hosts; the endpoint lists them all.
func hostCell(hosts []string) string {
	if len(hosts) > 2 {
		return fmt.Sprintf("%s and %d more", hosts[0], len(hosts)-1)
	}
	return strings.Join(hosts, " ")
}
