package main

import "strings"

// results is what --json writes. The first names are fixed: others build on them.
type results struct {
	CaddyHandlerRatio   *float64            `json:"caddy_handler_ratio"` // requests per second, signed over unsigned, 16 connections, Darktrace
	CaddyTransportRatio *float64            `json:"caddy_transport_ratio"`
	CaddyHeadersRatio   *float64            `json:"caddy_headers_ratio"` // three constant headers, which nothing is computed for
	CaddyFloorRatio     *float64            `json:"caddy_floor_ratio"`   // one hash and a signed request's headers, without a look at anything
	TraefikRatio        *float64            `json:"traefik_ratio"`       // signer over no-op plugin
	TraefikSignUS       *float64            `json:"traefik_sign_us"`     // interpreted Darktrace GET /devices with ten headers, over a no-op plugin
	AWSSignRatio        *float64            `json:"aws_sign_ratio"`      // a small GET over AWS' own signer for Go
	TraefikAWSUS        *float64            `json:"traefik_aws_us"`      // as traefik_sign_us, for AWS
	TraefikAWSS3US      *float64            `json:"traefik_aws_s3_us"`
	TraefikAWSResignUS  *float64            `json:"traefik_aws_resign_us"`
	HTTPSigEd25519Ratio *float64            `json:"httpsig_ed25519_ratio"`      // a GET with @method, @authority and @path, over the bare signature
	HTTPSigHMACRatio    *float64            `json:"httpsig_hmac_ratio"`         // and over the bare hash
	TraefikEd25519US    *float64            `json:"traefik_httpsig_ed25519_us"` // as traefik_sign_us
	TraefikHMACUS       *float64            `json:"traefik_httpsig_hmac_us"`
	VerifyDuoRatio      *float64            `json:"verify_duo_ratio"` // to verify an app of 200, over Sign in the same run, compiled
	VerifyAWSRatio      *float64            `json:"verify_aws_ratio"`
	VerifyVeracodeRatio *float64            `json:"verify_veracode_ratio"`
	TraefikVerifyDuoUS  *float64            `json:"traefik_verify_duo_us"` // interpreted, over the same request without apps
	TraefikVerifyAWSUS  *float64            `json:"traefik_verify_aws_us"`
	TraefikVerifyVeraUS *float64            `json:"traefik_verify_veracode_us"`
	Micro               map[string]signCost `json:"micro"` // vendors in their default mode, small GET
	Routes1000LoadS     *float64            `json:"routes_1000_load_s"`
	PresetRoutes1000S   *float64            `json:"preset_routes_1000_s"` // to load routes over all presets into one interpreter
	RSS64x8MiB          *float64            `json:"rss_64x8mib_mib"`

	Quick        bool                           `json:"quick"`
	Machine      *machine                       `json:"machine"`
	Budgets      []budget                       `json:"budgets"`
	Spreads      map[string]spread              `json:"spreads"` // of the ratios and times above
	MicroModes   map[string]map[string]signCost `json:"micro_modes,omitempty"`
	MicroAWS     map[string]awsCost             `json:"micro_aws,omitempty"`
	MicroHTTPSig map[string]httpsigCost         `json:"micro_httpsig,omitempty"`
	MicroVerify  map[string]verifyCost          `json:"micro_verify,omitempty"`
	Interpreted  map[string]pluginCost          `json:"micro_interpreted,omitempty"`
	VerifyPlugin map[string]verifyPluginCost    `json:"verify_interpreted,omitempty"`
	EndToEnd     []loadCost                     `json:"end_to_end,omitempty"`
	Growth       []growthCost                   `json:"growth,omitempty"`
	Soak         []soakCost                     `json:"soak,omitempty"`
	Bodies       []bodiesCost                   `json:"bodies,omitempty"`
	Seconds      float64                        `json:"seconds"`
}

// summarize fills in the summary values. What was not measured stays null.
func (r *results) summarize() {
	r.Micro, r.Spreads = make(map[string]signCost), make(map[string]spread)
	for _, m := range modes {
		if cost, ok := r.MicroModes[m.name]["get"]; ok && m.byDefault() {
			r.Micro[m.name] = cost
			if cost.FloorRatio != nil {
				r.Spreads["micro."+m.name] = *cost.FloorRatio
			}
		}
	}
	if cost, ok := r.Interpreted["darktrace"]; ok {
		r.fix(&r.TraefikSignUS, "traefik_sign_us", cost.Spread)
	}
	if cost, ok := r.MicroAWS["aws"]; ok {
		r.fix(&r.AWSSignRatio, "aws_sign_ratio", cost.Ratio)
	}
	for name, field := range map[string]struct {
		value **float64
		name  string
	}{"aws": {&r.TraefikAWSUS, "traefik_aws_us"}, "aws-s3": {&r.TraefikAWSS3US, "traefik_aws_s3_us"}, "aws-resign": {&r.TraefikAWSResignUS, "traefik_aws_resign_us"},
		"httpsig-ed25519": {&r.TraefikEd25519US, "traefik_httpsig_ed25519_us"}, "httpsig-hmac": {&r.TraefikHMACUS, "traefik_httpsig_hmac_us"}} {
		if cost, ok := r.Interpreted[name]; ok {
			r.fix(field.value, field.name, cost.Spread)
		}
	}
	r.summarizeAppsAndHTTPSig()
	for _, cost := range r.EndToEnd {
		if cost.Connections != usualConnections || cost.Ratio == nil {
			continue
		}
		switch cost.Gateway + " " + cost.Variant {
		case caddyHandler.String():
			r.fix(&r.CaddyHandlerRatio, "caddy_handler_ratio", *cost.Ratio)
		case caddyTransport.String():
			r.fix(&r.CaddyTransportRatio, "caddy_transport_ratio", *cost.Ratio)
		case caddyHeaders.String():
			r.fix(&r.CaddyHeadersRatio, "caddy_headers_ratio", *cost.Ratio)
		case caddyFloor.String():
			r.fix(&r.CaddyFloorRatio, "caddy_floor_ratio", *cost.Ratio)
		case traefikSigner.String():
			r.fix(&r.TraefikRatio, "traefik_ratio", *cost.Ratio)
		}
	}
	// Of both gateways the slower, and of all ways to hold bodies the largest.
	for _, cost := range r.Growth {
		if cost.Signs && cost.Routes == 1000 && (r.Routes1000LoadS == nil || cost.Load.Median > *r.Routes1000LoadS) {
			r.fix(&r.Routes1000LoadS, "routes_1000_load_s", cost.Load)
		}
	}
	for _, cost := range r.Bodies {
		if r.RSS64x8MiB == nil || cost.Above > *r.RSS64x8MiB {
			r.RSS64x8MiB = &cost.Above
		}
	}
	r.Budgets = r.judge()
}

// summarizeAppsAndHTTPSig fills in what the verification of apps and HTTP message signatures cost.
func (r *results) summarizeAppsAndHTTPSig() {
	for name, field := range map[string]**float64{"httpsig-ed25519": &r.HTTPSigEd25519Ratio, "httpsig-hmac": &r.HTTPSigHMACRatio} {
		if cost, ok := r.MicroHTTPSig[name]; ok {
			r.fix(field, strings.ReplaceAll(name, "-", "_")+"_ratio", cost.FloorRatio)
		}
	}
	for name, field := range map[string]**float64{"duo": &r.VerifyDuoRatio, "aws": &r.VerifyAWSRatio, "veracode": &r.VerifyVeracodeRatio} {
		if cost, ok := r.MicroVerify[name]; ok {
			r.fix(field, "verify_"+name+"_ratio", cost.Ratio)
		}
	}
	for name, field := range map[string]**float64{"duo": &r.TraefikVerifyDuoUS, "aws": &r.TraefikVerifyAWSUS, "veracode": &r.TraefikVerifyVeraUS} {
		if cost, ok := r.VerifyPlugin[name]; ok {
			r.fix(field, "traefik_verify_"+name+"_us", cost.Spread)
		}
	}
}

func (r *results) fix(field **float64, name string, s spread) {
	*field, r.Spreads[name] = &s.Median, s
}
