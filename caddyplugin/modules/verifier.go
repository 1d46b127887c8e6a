package modules

import (
	"errors"
	"fmt"
	"net"
	"strings"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
	"go.uber.org/zap"

	"github.com/vendorsign/vendorsign/outbound"
	"github.com/vendorsign/vendorsign/outbound/apps"
	"github.com/vendorsign/vendorsign/signers"
)

// errVendorless is the error of a vendorsign_verify without a vendor. It lists those whose requests can be verified.
func errVendorless() error {
	var names []string
	for _, name := range append(signers.Natives(), signers.Presets()...) {
		scheme, err := signers.Lookup(name)
		// That of a preset file is known when the file is read.
		if err == nil && (scheme.Claims != nil || len(apps.SchemeOptions(name)) > 0) {
			names = append(names, name)
		}
	}
	return errors.New("the name of a vendor is required; those whose apps can have local keys are " + strings.Join(names, ", "))
}

// provision checks the options, and makes the verifier with its apps. The output of the audit is opened when
// nothing but the apps' secrets and file can fail any more. Errors name the option; secrets are not in them.
func (v *Verify) provision(ctx caddy.Context) error {
	// Without the name there is no scheme to verify.
	if v.Vendor == "" {
		return errVendorless()
	}
	if !v.InsecureDownstream {
		// Whoever reads a signature on the way could send the request again.
		if address := plainListener(ctx); address != "" {
			return fmt.Errorf("the server listens on %s for plain http, where signatures can be read and repeated: serve https, "+
				"bind 127.0.0.1, or set insecure_downstream", address)
		}
	}
	var err error
	// Without the option that of signers.
	if v.maxBody = outbound.MaxBody(outbound.Policy{}); v.MaxBody != "" {
		if v.maxBody, err = outbound.ParseSize(v.MaxBody); err != nil {
			return err
		}
	}
	if err := v.checkAudit(); err != nil {
		return err
	}
	made, err := v.newVerifier()
	if err != nil {
		return err
	}
	// The verifiers of a vendor share the memory of used signatures, so that a signature cannot be used once at each
	// site, or again after a reload.
	apps.Share(made)
	v.vendor, v.verifier = v.Vendor, made
	if v.Explain {
		v.logger.Warn(apps.ExplainNews, zap.String("signer", v.Vendor))
	}
	if err := v.openAudit(ctx); err != nil {
		return err
	}
	if v.list, err = v.resolved(); err != nil {
		return err
	}
	if len(v.list) == 0 && v.AppsFile == "" {
		return errors.New("there is no app; write app NAME { key_id ...  secret ... }, or apps_file")
	}
	return signersError(apps.AddFile(v.verifier, v.AppsFile, v.AppMaster, references(), v.list, usedByCredential, func(news string) {
		v.logger.Warn(news, zap.String("signer", v.Vendor))
	}))
}

// newVerifier makes a verifier without apps. The Caddyfile's check makes one, too, and throws it away.
func (v *Verify) newVerifier() (*apps.Verifier, error) {
	values := make(signers.Values)
	// What is not set is left to package apps, which has the defaults.
	for option, text := range map[string]string{"window": v.Window, "replay": v.Replay} {
		if text != "" {
			values[option] = []string{text}
		}
	}
	for option, on := range map[string]bool{"explain": v.Explain, "insecure_downstream": v.InsecureDownstream} {
		if on {
			values[option] = []string{"true"}
		}
	}
	o := apps.Options{Vendor: v.Vendor, LongTargets: true}
	if fault := apps.SetOptions(&o, values); fault != nil {
		return nil, errors.New(fault.Text)
	}
	// A scheme of one's own is a file. A vendor with one scheme has no such option.
	files := make(signers.Values)
	for option, text := range v.schemeFile() {
		if _, known := signers.Find(apps.SchemeOptions(v.Vendor), option); !known {
			return nil, errors.New(signers.Unknown(apps.VerifyOptions, option).Text)
		}
		files[option] = []string{text}
	}
	var fault *signers.Fault
	if o.File, fault = apps.ReadScheme(v.Vendor, files, references()); fault != nil {
		return nil, errors.New(fault.Text)
	}
	made, faults := apps.New(o)
	return made, signersError(faults)
}

// schemeFile are the options that name a preset file, if they are given.
func (v *Verify) schemeFile() map[string]string {
	given := make(map[string]string)
	if v.PresetFile != "" {
		given["preset_file"] = v.PresetFile
	}
	if v.Preset != "" {
		given["preset"] = v.Preset
	}
	return given
}

// resolved are the apps with their secrets: a reference is read, and a literal taken with a warning. AddFile
// checks them.
func (v *Verify) resolved() ([]apps.App, error) {
	var list []apps.App
	for _, a := range v.Apps {
		ends, err := apps.ParseExpires(a.Expires)
		if err != nil {
			return nil, fmt.Errorf("app %s: %w", a.Name, err)
		}
		// The secrets follow: they are references as a rule.
		one := apps.App{Name: a.Name, KeyID: a.KeyID, Allow: a.Allow, Rate: a.Rate, Revoked: a.Revoked, Expires: ends}
		for _, s := range []struct {
			option, given string
			to            *string
		}{{"secret", a.Secret, &one.Secret}, {"previous", a.Previous, &one.Previous}} {
			if s.given == "" {
				continue
			}
			// A reference has a brace.
			if !strings.Contains(s.given, "{") {
				v.logger.Warn("the secret is written in plain text in the configuration, where the admin API shows it; use {file./path} or {env.NAME}",
					zap.String("signer", v.Vendor), zap.String("app", a.Name), zap.String("option", s.option))
			}
			// The error names the file or variable, and not what is in it.
			if *s.to, err = references().Value(s.given); err != nil {
				return nil, fmt.Errorf("app %s: %s: %w", a.Name, s.option, err)
			}
		}
		list = append(list, one)
	}
	return list, nil
}

// signersError joins faults into one error, a line for each; nil without any.
func signersError(faults []signers.Fault) error {
	var all []error
	for _, f := range faults {
		all = append(all, errors.New(f.Text))
	}
	return errors.Join(all...)
}

// plainListener is an address at which the server takes plain http from other machines; empty: there is none. Unix
// sockets and inherited file descriptors are this machine's. As App.Start of Caddy does, it takes a server with
// TLSConnPolicies to serve TLS, except on the HTTP port.
//
//	:443 with TLS policies     ""
//	127.0.0.1:8080             ""      only this machine can connect
//	:8080                      ":8080"
func plainListener(ctx caddy.Context) string {
	// Outside of a server there is no listener to judge.
	server, ok := ctx.Value(caddyhttp.ServerCtxKey).(*caddyhttp.Server)
	if !ok {
		return ""
	}
	for _, listen := range server.Listen {
		address, err := caddy.ParseNetworkAddress(listen)
		// An address that cannot be parsed is Caddy's to refuse.
		if err != nil || address.IsUnixNetwork() || address.IsFdNetwork() {
			continue
		}
		// The HTTP port is the one at which Caddy redirects to https.
		if http := httpPort(ctx); len(server.TLSConnPolicies) > 0 && (http < address.StartPort || address.EndPort < http) {
			continue
		}
		// An empty host is every address.
		if ip := net.ParseIP(address.Host); address.Host != "localhost" && !ip.IsLoopback() {
			return listen
		}
	}
	return ""
}

// httpPort is the port at which Caddy serves plain http, whatever the server's policies are.
func httpPort(ctx caddy.Context) uint {
	for _, m := range ctx.Modules() {
		if app, ok := m.(*caddyhttp.App); ok && app.HTTPPort > 0 {
			return uint(app.HTTPPort)
		}
	}
	return caddyhttp.DefaultHTTPPort
}
