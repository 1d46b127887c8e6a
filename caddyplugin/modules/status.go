package modules

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
	Credential         string       `json:"credential"`         // a fingerprint
	Previous           bool         `json:"previous,omitempty"` // it stands in for a newer one that the vendor does not take
	AgeSeconds         int64        `json:"age_seconds"`
	Absent             string       `json:"absent,omitempty"`  // the option whose file is not there yet
	Expires            *time.Time   `json:"expires,omitempty"` // the credential's end, if it is configured
	TokenExpires       *time.Time   `json:"token_expires,omitempty"`
	ClockOffsetSeconds float64      `json:"clock_offset_seconds"`
	PauseEnds          *time.Time   `json:"pause_ends,omitempty"` // of the pause that the vendor asked for
	LastRefusal        *lastRefusal `json:"last_refusal,omitempty"`
}

// lastRefusal is the vendor's latest refusal of a signed request.
type lastRefusal struct {
	Time        time.Time `json:"time"`
	Credential  string    `json:"credential"`
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
		status := signerStatus{Signer: s.vendor, Hosts: s.gate.Hosts(), Credential: s.gate.Fingerprint(), Previous: s.gate.Previous(),
			Expires: known(s.gate.Expires()), TokenExpires: known(s.gate.TokenExpires()), PauseEnds: known(s.gate.PauseEnds()),
			ClockOffsetSeconds: s.gate.ClockOffset().Seconds(), LastRefusal: s.refusal.Load().last.Load()}
		if status.Absent = s.gate.Absent(); status.Absent == "" {
			status.AgeSeconds = int64(time.Since(s.gate.Since()).Seconds())
		}
		all = append(all, status)
	}
	w.Header().Set("Content-Type", "application/json")
	return json.NewEncoder(w).Encode(all)
}

// known is nil for the zero time.
func known(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// StatusCommand prints the answer of /vendorsign/ as a table.
func StatusCommand() *cobra.Command {
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
	now := time.Now()
	for _, s := range all {
		token, age := "-", (time.Duration(s.AgeSeconds) * time.Second).String()
		if s.TokenExpires != nil {
			token = "in " + s.TokenExpires.Sub(now).Round(time.Second).String()
		}
		if s.Absent != "" {
			age = "-"
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%+.0fs\t%s\n", s.Signer, hostCell(s.Hosts), credentialCell(s, now),
			age, token, s.ClockOffsetSeconds, refusalCell(s, now))
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

// credentialCell says beside the fingerprint what must be done about the credential.
func credentialCell(s signerStatus, now time.Time) string {
	cell := s.Credential
	if s.Absent != "" {
		cell = s.Absent + " is not there"
	}
	if s.Previous {
		cell += ", the previous one"
	}
	if s.Expires == nil {
		return cell
	}
	switch left := s.Expires.Sub(now); {
	case left <= 0:
		return cell + ", expired"
	case left < 48*time.Hour:
		return fmt.Sprintf("%s, ends in %d hours", cell, left/time.Hour)
	default:
		return fmt.Sprintf("%s, ends in %d days", cell, left/(24*time.Hour))
	}
}

func refusalCell(s signerStatus, now time.Time) string {
	cell := "-"
	if r := s.LastRefusal; r != nil {
		cell = fmt.Sprintf("%s ago: %d %s, %s", now.Sub(r.Time).Round(time.Second), r.Status, r.Cause, r.Explanation)
	}
	if s.PauseEnds != nil {
		cell += "; pause for " + s.PauseEnds.Sub(now).Round(time.Second).String()
	}
	return cell
}
