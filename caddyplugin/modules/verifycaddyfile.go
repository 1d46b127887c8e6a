package modules

import (
	"errors"
	"slices"
	"strings"

	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
	"github.com/caddyserver/caddy/v2/caddyconfig/httpcaddyfile"

	"github.com/vendorsign/vendorsign/outbound"
	"github.com/vendorsign/vendorsign/outbound/apps"
	"github.com/vendorsign/vendorsign/signers"
)

// The directive comes before all that changes a request, since an app has signed it as it was sent. method is the
// first of Caddy's own directives that do.
func init() {
	httpcaddyfile.RegisterDirective("vendorsign_verify", func(h httpcaddyfile.Helper) ([]httpcaddyfile.ConfigValue, error) {
		h.Next()
		matchers, err := h.ExtractMatcherSet()
		if err != nil {
			return nil, err
		}
		v := Verify{}.CaddyModule().New().(*Verify)
		if err := v.UnmarshalCaddyfile(h.Dispenser); err != nil {
			return nil, err
		}
		return h.NewRoute(matchers, v), nil
	})
	httpcaddyfile.RegisterDirectiveOrder("vendorsign_verify", httpcaddyfile.Before, "method")
}

// verifyOptions are the options of the directive. Package apps has most of them, with their kinds, so that both
// gateways take the same.
var verifyOptions = append(append(slices.Clone(apps.VerifyOptions), apps.FileNames...), signers.Option{Name: "app"},
	signers.Option{Name: "max_body", Also: []string{"max_size"}}, signers.Option{Name: "audit"}, signers.Option{Name: "audit_output"})

// UnmarshalCaddyfile reads the directive. Syntax:
//
//	vendorsign_verify [<matcher>] <vendor> {
//		app <name> {
//			key_id   <id>
//			secret   <secret>
//			previous <secret>
//			allow    <methods> <paths...>
//			rate     <count>/<window> [<paths...>]
//			expires  <day>
//			revoked
//		}
//		preset_file <path>
//		preset      <name>
//		apps_file  <path>
//		app_master <secret>
//		window     <duration>
//		replay     unsafe|refuse|allow
//		max_body   <size>
//		insecure_downstream
//		explain
//		audit        off|on|required
//		audit_output <writer> <arguments...>
//	}
func (v *Verify) UnmarshalCaddyfile(d *caddyfile.Dispenser) error {
	d.Next()
	if !d.NextArg() {
		return d.WrapErr(errVendorless())
	}
	v.Vendor = d.Val()
	if _, err := signers.Lookup(v.Vendor); err != nil {
		return d.WrapErr(err)
	}
	// A second argument has no meaning.
	if d.NextArg() {
		return d.Errf("vendorsign_verify takes a vendor, and a matcher before it: vendorsign_verify @matcher %s", v.Vendor)
	}
	// A vendor whose scheme is a file has options that name it.
	options := append(slices.Clone(verifyOptions), apps.SchemeOptions(v.Vendor)...)
	given := make(map[string]bool)
	for nesting := d.Nesting(); d.NextBlock(nesting); {
		o, ok := signers.Find(options, d.Val())
		if !ok {
			return d.WrapErr(errors.New(signers.Unknown(options, d.Val()).Text))
		}
		if o.Name == "app" {
			if err := v.unmarshalApp(d); err != nil {
				return err
			}
			continue
		}
		if given[o.Name] {
			return d.Errf("%s is given twice", o.Name)
		}
		given[o.Name] = true
		if o.Kind == signers.Flag {
			// A map in place of a switch: one line for each option.
			*map[string]*bool{"insecure_downstream": &v.InsecureDownstream, "explain": &v.Explain}[o.Name] = true
			if d.NextArg() {
				return d.Errf("%s takes no value", o.Name)
			}
			continue
		}
		if o.Name == "audit_output" {
			v.AuditOutput = d.RemainingArgs()
			if len(v.AuditOutput) == 0 {
				return countErr(d, o.Name)
			}
			continue
		}
		to := map[string]*string{"audit": &v.Audit, "window": &v.Window, "replay": &v.Replay,
			"apps_file": &v.AppsFile, "app_master": &v.AppMaster,
			"max_body": &v.MaxBody, "preset": &v.Preset, "preset_file": &v.PresetFile}[o.Name]
		args := d.RemainingArgs()
		if len(args) != 1 {
			return countErr(d, o.Name, args...)
		}
		*to = args[0]
	}
	return v.check(d)
}

// unmarshalApp reads app <name> and its block. allow may be repeated, as in the signer. A key ID and a secret must
// be there; whether they have the vendor's form is for check.
func (v *Verify) unmarshalApp(d *caddyfile.Dispenser) error {
	var a VerifiedApp
	if !d.AllArgs(&a.Name) {
		return d.Err("app takes a name before its block, as in app billing {")
	}
	given := make(map[string]bool)
	for nesting := d.Nesting(); d.NextBlock(nesting); {
		o, ok := signers.Find(apps.AppOptions[1:], d.Val()) // the name is there already
		if !ok {
			return d.WrapErr(errors.New(signers.Unknown(apps.AppOptions[1:], d.Val()).Text))
		}
		if given[o.Name] && o.Kind != signers.Lines {
			return d.Errf("%s is given twice", o.Name)
		}
		given[o.Name] = true
		// No error below quotes them: one may be a secret on the wrong line.
		args := d.RemainingArgs()
		// As a variable that is not set leaves it, in quotes: without the option the app could do more.
		if err := signers.EmptyList(o, o.Name); err != nil && len(args) == 1 && args[0] == "" {
			return d.Errf("app %s: %v", a.Name, err)
		}
		switch {
		case o.Kind == signers.Flag && len(args) == 0:
			a.Revoked = true
		case o.Kind == signers.Lines && len(args) > 0:
			a.Allow = append(a.Allow, strings.Join(args, " "))
		// With paths, as in the signer: rate 25/5m /logs/**.
		case o.Name == "rate" && len(args) > 0:
			a.Rate = strings.Join(args, " ")
		case o.Kind != signers.Flag && len(args) == 1:
			to := map[string]*string{"key_id": &a.KeyID, "secret": &a.Secret, "previous": &a.Previous, "expires": &a.Expires}
			*to[o.Name] = args[0]
		case o.Kind == signers.Flag:
			return d.Errf("%s takes no value", o.Name)
		default:
			return countErr(d, o.Name, args...)
		}
	}
	for _, need := range []string{"key_id", "secret"} {
		if !given[need] {
			return d.Errf("app %s: %s is required", a.Name, need)
		}
	}
	v.Apps = append(v.Apps, a)
	return nil
}

// check finds what is wrong while there is still a line to point to. Secrets that are references get different stand-ins.
func (v *Verify) check(d *caddyfile.Dispenser) error {
	if v.MaxBody != "" {
		if _, err := outbound.ParseSize(v.MaxBody); err != nil {
			return d.WrapErr(err)
		}
	}
	if err := v.checkAudit(); err != nil {
		return d.WrapErr(err)
	}
	// A preset file is on the machine with the gateway, and not always on the one where a Caddyfile is adapted.
	if len(v.schemeFile()) > 0 {
		return nil
	}
	made, err := v.newVerifier()
	if err != nil {
		return d.WrapErr(err)
	}
	var list []apps.App
	for _, a := range v.Apps {
		ends, err := apps.ParseExpires(a.Expires)
		if err != nil {
			return d.Errf("app %s: %v", a.Name, err)
		}
		// A literal secret is checked as it is; of a reference only the file knows it.
		one := apps.App{Name: a.Name, KeyID: a.KeyID, Secret: a.Secret, Previous: a.Previous, Allow: a.Allow, Rate: a.Rate, Expires: ends}
		// Two stand-ins, since a secret and the one before it must differ.
		if strings.Contains(one.Secret, "{") {
			one.Secret = standInSecret + "0"
		}
		if strings.Contains(one.Previous, "{") {
			one.Previous = standInSecret + "1"
		}
		list = append(list, one)
	}
	if faults := apps.SetApps(made, list); len(faults) > 0 {
		return d.WrapErr(signersError(faults))
	}
	return nil
}

// standInSecret is valid in hexadecimal and in Base64, with one more digit.
const standInSecret = "000000000000000000000000000000000000000"
