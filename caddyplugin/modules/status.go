package modules

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/caddyserver/caddy/v2"
	caddycmd "github.com/caddyserver/caddy/v2/cmd"
	"github.com/spf13/cobra"

	"github.com/vendorsign/vendorsign/cli/screen"
	"github.com/vendorsign/vendorsign/outbound"
)

func init() { caddy.RegisterModule(adminStatus{}) }

// adminStatus are the endpoints /vendorsign/ and /vendorsign/apps of the admin API: the state of each running signer, and of each app
// with a local key, without secrets.
type adminStatus struct{}

// CaddyModule returns the Caddy module information.
func (adminStatus) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{ID: "admin.api.vendorsign", New: func() caddy.Module { return new(adminStatus) }}
}

// Routes returns the endpoint. Its pattern ends in a slash, so serveStatus sees every path below.
func (adminStatus) Routes() []caddy.AdminRoute {
	return []caddy.AdminRoute{{Pattern: "/vendorsign/", Handler: caddy.AdminHandlerFunc(serveStatus)}}
}

// signerStatus is one signer in the answer of /vendorsign/:
//
//	{"signer": "acme", "hosts": ["api.acme.example"], "credential": "0f1e2d3c", "age_seconds": 3600,
//	 "clock_offset_seconds": 0}
//
// Programs read it, so keys must keep their names and meanings.
type signerStatus struct {
	Signer             string       `json:"signer"`
	Hosts              []string     `json:"hosts"`
	Credential         string       `json:"credential"`         // a fingerprint
	Previous           bool         `json:"previous,omitempty"` // in use because the vendor does not accept the current one
	AgeSeconds         int64        `json:"age_seconds"`
	Absent             string       `json:"absent,omitempty"`   // the option whose file is not there yet
	Unusable           string       `json:"unusable,omitempty"` // why a changed file is not used
	Expires            *time.Time   `json:"expires,omitempty"`  // the credential's end, if it is configured
	TokenExpires       *time.Time   `json:"token_expires,omitempty"`
	TokenOutage        *tokenOutage `json:"token_outage,omitempty"`
	ClockOffsetSeconds float64      `json:"clock_offset_seconds"`
	PauseEnds          *time.Time   `json:"pause_ends,omitempty"` // of the pause that the vendor asked for
	LastRefusal        *lastRefusal `json:"last_refusal,omitempty"`
}

// tokenOutage says that the last attempts to renew the token failed, why, and when the next request asks again.
type tokenOutage struct {
	Failures int       `json:"failures"`
	Reason   string    `json:"reason"`
	Retry    time.Time `json:"retry"`
}

// lastRefusal is the vendor's latest refusal of a signed request. Credential is the fingerprint of the one that
// signed; Class and Cause are those of docs/causes.md.
type lastRefusal struct {
	Time        time.Time `json:"time"`
	Credential  string    `json:"credential"`
	Status      int       `json:"status"`
	Class       string    `json:"class"`
	Cause       string    `json:"cause"`
	Explanation string    `json:"explanation"`
}

// serveStatus answers GET only. Caddy's admin API takes care of who may ask: by its listener, its origins and, for
// remote access, its access control. Nothing in an answer is a secret: credentials are fingerprints.
func serveStatus(w http.ResponseWriter, r *http.Request) error {
	// The pattern of the route matches everything below.
	if r.URL.Path != "/vendorsign/" && r.URL.Path != "/vendorsign/apps" {
		return caddy.APIError{HTTPStatus: http.StatusNotFound, Err: errors.New("not found")}
	}
	// RFC 9110 section 15.5.6 asks for Allow with 405.
	if r.Method != http.MethodGet {
		w.Header().Set("Allow", http.MethodGet)
		return caddy.APIError{HTTPStatus: http.StatusMethodNotAllowed, Err: errors.New("method not allowed")}
	}
	w.Header().Set("Content-Type", "application/json")
	if r.URL.Path == "/vendorsign/apps" {
		return json.NewEncoder(w).Encode(appStatuses(time.Now()))
	}
	// Without a signer the answer is [] and not null.
	all := []signerStatus{}
	// Several blocks with one credential are several signers, and several entries.
	for _, s := range liveSigners() {
		status := signerStatus{Signer: s.vendor, Hosts: s.gate.Hosts(), Credential: s.gate.Fingerprint(), Previous: s.gate.Previous(),
			Unusable: s.gate.Unusable(), Expires: known(s.gate.Expires()),
			TokenExpires: known(s.gate.TokenExpires()), PauseEnds: known(s.gate.PauseEnds()),
			ClockOffsetSeconds: outbound.ClockOffset(s.gate).Seconds(), LastRefusal: s.refusal.Load().last.Load()}
		if o := s.gate.TokenOutage(); o.Failures > 0 {
			status.TokenOutage = &tokenOutage{o.Failures, o.Reason, o.Retry}
		}
		// A credential whose file is missing has no age.
		if status.Absent = s.gate.Absent(); status.Absent == "" {
			status.AgeSeconds = int64(time.Since(s.gate.Since()).Seconds())
		}
		all = append(all, status)
	}
	return json.NewEncoder(w).Encode(all)
}

// known is nil for the zero time, so that JSON leaves it out.
func known(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// StatusCommand prints the answers of the endpoints as tables. It is a command of Caddy, and not of package cli,
// because it asks a running Caddy. Its flags are those of caddy reload. It fails if the admin API cannot be reached
// or is off.
func StatusCommand() *cobra.Command {
	var address, config, adapter string
	c := &cobra.Command{
		Use:   "status",
		Short: "Show the signers and apps of the running Caddy: credential, clock, last refusal",
		Long: `Status shows each signer of the running Caddy: its hosts, the fingerprint of the credential that the next request is signed
with, when the credential expires and for how long it has been in use. Below it is what an operator should know: a missing
file, a token's end, a clock that differs, the vendor's last refusal. Then the apps with local keys: when the key ends, and when
it was used last.`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			// From the flag, the configuration or Caddy's default, as caddy reload does.
			address, err := caddycmd.DetermineAdminAPIAddress(address, nil, config, adapter)
			if err != nil {
				return err
			}
			response, err := caddycmd.AdminAPIRequest(address, http.MethodGet, "/vendorsign/", nil, nil)
			if err != nil {
				return fmt.Errorf("asking the admin API at %s (use --address for another one; with `admin off` there is none): %w", address, err)
			}
			defer response.Body.Close()
			var all []signerStatus
			if err := json.NewDecoder(response.Body).Decode(&all); err != nil {
				return fmt.Errorf("reading the answer of the admin API: %w", err)
			}
			// Both answers are read before anything is printed.
			listed, err := askApps(address)
			if err != nil {
				return fmt.Errorf("reading the apps from the admin API: %w", err)
			}
			out, now := c.OutOrStdout(), time.Now()
			_, err = io.WriteString(out, statusTable(all, now, screen.Of(out))+appsTable(listed, now, screen.Of(out)))
			return err
		},
	}
	c.Flags().StringVar(&address, "address", "", "the address of the admin API (default localhost:2019)")
	c.Flags().StringVarP(&config, "config", "c", "", "the configuration file that names the address")
	c.Flags().StringVarP(&adapter, "adapter", "a", "", "the adapter of that file")
	return c
}
