package diagnose

import (
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/vendorsign/vendorsign/signers/wire"
)

// hostBuckets is the bucket in the host of S3, as in bucket.s3.eu-west-1.amazonaws.com, or nothing.
func hostBuckets(host string) iter.Seq[string] {
	return func(yield func(string) bool) {
		if bucket, rest, found := strings.Cut(wire.WithoutPort(host), ".s3"); found && strings.Contains(rest, "amazonaws.com") {
			yield(bucket)
		}
	}
}

// hosts are other endpoints of the same service: of other regions, and S3's own forms.
func (s *scoped) hosts() (all []string) {
	host := strings.ToLower(wire.WithoutPort(s.d.Request.Host))
	region, _ := scopeOfHost(host)
	for _, other := range append([]string{s.region}, known.Regions...) {
		if region != "" {
			all = append(all, strings.ReplaceAll(host, "."+region+".", "."+other+"."))
		}
	}
	if region != "" {
		all = append(all, strings.ReplaceAll(host, "."+region+".", "."))
	}
	for bucket := range hostBuckets(host) {
		all = append(all, strings.TrimPrefix(host, bucket+"."), bucket+".s3.amazonaws.com", "s3.amazonaws.com",
			bucket+".s3."+s.region+".amazonaws.com",
			bucket+".s3-accelerate.amazonaws.com", bucket+".s3-"+s.region+".amazonaws.com")
	}
	if s.service != "" && s.region != "" {
		all = append(all, s.service+"."+s.region+".amazonaws.com", s.service+".amazonaws.com")
	}
	return all
}

// storesObjects reports whether a service follows S3's rules.
func storesObjects(service string) bool {
	return slices.Contains([]string{"s3", "s3-outposts", "s3-object-lambda", "s3express"}, service)
}

// configured are the values of an option that may be a list.
func (s *scoped) configured(option string) []string {
	if all := s.d.Values[option]; len(all) > 0 {
		return all
	}
	return strings.FieldsFunc(s.d.Options[option], func(r rune) bool { return r == ',' || r == ' ' })
}

// compareScope compares region and service of the scope with the configuration and with the host that
// was addressed. The host counts more: a service checks the scope against itself.
func (s *scoped) compareScope() {
	d := s.d
	if d.answer.kind == accepted {
		return
	}
	hostRegion, hostService := scopeOfHost(d.Request.Host)
	for _, part := range []struct{ name, sent, host string }{{"region", s.region, hostRegion}, {"service", s.service, hostService}} {
		configured := s.configured(part.name)
		cause := "wrong_" + part.name
		switch {
		case part.host != "" && part.host != part.sent && !alike(part.host, part.sent):
			d.fact(cause, "the signature is scoped to the ", part.name, " ", plain(part.sent), ", and the host is that of ", part.host)
		case part.host == "" && len(configured) > 0 && !slices.Contains(configured, part.sent):
			d.fact(cause, "the signature is scoped to the ", part.name, " ", plain(part.sent), ", and ", strings.Join(configured, ", "),
				" is configured")
		}
	}
}

// alike reports whether a service signs under both names, such as s3 and s3-outposts.
func alike(host, signed string) bool {
	return storesObjects(host) && storesObjects(signed) || strings.HasPrefix(signed, host+"-") || strings.HasPrefix(host, signed+"-")
}

// hour is a number of hours.
func hour(n int) time.Duration { return time.Duration(n) * time.Hour }
