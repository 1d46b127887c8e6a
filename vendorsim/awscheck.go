package vendorsim

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"
)

// checkScope compares day, region and service with what they must be. S3 has messages of its own (the field s3). The first of
// the configured regions and services is named as the expected one.
func (v *aws) checkScope(c *awsClaim) awsRefusal {
	switch {
	case !slices.Contains(v.services, c.service):
		return awsRefusal{kind: awsScope, reason: "the credential's scope names another service",
			text: fmt.Sprintf("Credential should be scoped to correct service: '%s'. ", v.services[0]), s3: fmt.Sprintf(
				"incorrect service %q. This endpoint belongs to %q.", c.service, v.services[0])}
	case !slices.Contains(v.regions, c.region):
		return awsRefusal{kind: awsScope, reason: "the credential's scope names another region",
			text:   fmt.Sprintf("Credential should be scoped to a valid region. Expecting '%s'. ", v.regions[0]),
			s3:     fmt.Sprintf("the region '%s' is wrong; expecting '%s'", c.region, v.regions[0]),
			fields: []string{"Region", v.regions[0]}}
	case c.day != c.at.Format(awsDay):
		return awsRefusal{kind: awsScope, reason: "the day in the credential's scope is not the date's",
			text: fmt.Sprintf("Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '%s' != '%s', from '%s'.",
				c.day, c.at.Format(awsDay), c.date),
			s3: fmt.Sprintf("Invalid credential date %q. This date is not the same as X-Amz-Date: %q.", c.day, c.at.Format(awsDay))}
	}
	return awsRefusal{}
}

// checkToken compares the session token. Temporary keys (ASIA..., from STS) are refused without their token, and a
// long-lived key (AKIA...) has none. It is compared even if it is not signed: X-Amz-Security-Token may be added to a
// presigned query after signing.
func (v *aws) checkToken(c *awsClaim, now time.Time) awsRefusal {
	switch {
	case v.token == "" && c.hasToken:
		return awsRefusal{kind: awsToken, reason: "a session token arrived with a key that has none"}
	case v.token != "" && c.token == "":
		return awsRefusal{kind: awsToken, reason: "the session token of a temporary key is missing"}
	case !same(c.token, v.token):
		return awsRefusal{kind: awsToken, reason: "the session token is not the one of this key"}
	case !v.expires.IsZero() && !now.Before(v.expires):
		return awsRefusal{kind: awsExpired, reason: "the session token has expired"}
	}
	return awsRefusal{}
}

// checkAWSTime compares the signed date with the clock. A request with an Authorization header may be off by 5
// minutes either way, at S3 by 15. A presigned one is good from its date, with the same allowance for a clock that
// runs ahead, until X-Amz-Expires is over, which is a week at most.
func checkAWSTime(c *awsClaim, now time.Time) awsRefusal {
	window := 5 * time.Minute
	if isS3(c.service) {
		window = 15 * time.Minute
	}
	const iso = "2006-01-02T15:04:05Z"
	now = now.UTC()
	// S3 shows both times and the window; other services put them into the message.
	skewed := []string{"RequestTime", c.date, "ServerTime", now.Format(iso), "MaxAllowedSkewMilliseconds", fmt.Sprint(window.Milliseconds())}
	minutes := int(window.Minutes())
	switch {
	case c.at.After(now.Add(window)):
		return awsRefusal{kind: awsSkewed, reason: fmt.Sprintf("the date is more than %d minutes ahead", minutes), fields: skewed,
			text: fmt.Sprintf("Signature not yet current: %s is still later than %s (%s + %d min.)",
				c.date, now.Add(window).Format(awsDate), now.Format(awsDate), minutes)}
	case c.presigned && now.After(c.at.Add(c.expires)):
		end := c.at.Add(c.expires)
		return awsRefusal{kind: awsOver, reason: "the presigned request has expired",
			text:   fmt.Sprintf("Signature expired: %s is now earlier than %s", end.Format(awsDate), now.Format(awsDate)),
			fields: []string{"X-Amz-Expires", fmt.Sprint(int64(c.expires.Seconds())), "Expires", end.Format(iso), "ServerTime", now.Format(iso)}}
	case !c.presigned && c.at.Before(now.Add(-window)):
		return awsRefusal{kind: awsSkewed, reason: fmt.Sprintf("the date is more than %d minutes old", minutes), fields: skewed,
			text: fmt.Sprintf("Signature expired: %s is now earlier than %s (%s - %d min.)",
				c.date, now.Add(-window).Format(awsDate), now.Format(awsDate), minutes)}
	}
	return awsRefusal{}
}

// checkCover finds what arrived unsigned and must not: the host, the content's type and everything of AWS's own. X-Amzn-Trace-Id,
// which load balancers add, is no X-Amz- header.
func (v *aws) checkCover(c *awsClaim, r *Request) awsRefusal {
	// Sorted, so that a request that lacks several always has the same one in its answer.
	must := []string{"host"}
	for name, values := range r.Header {
		name = strings.ToLower(name)
		own := strings.HasPrefix(name, "x-amz-") && (name != "x-amz-security-token" || !v.tokenUnsigned)
		if len(values) > 0 && (own || name == "content-type") {
			must = append(must, name)
		}
	}
	slices.Sort(must)
	for _, name := range slices.Compact(must) {
		if !slices.Contains(c.signed, name) {
			return awsRefusal{kind: awsUnsigned, reason: "the header " + name + " is not signed", fields: []string{"HeadersNotSigned", name},
				text: "'" + name + "' must be a 'SignedHeader' in the AWS Authorization."}
		}
	}
	// net/http takes Host and Content-Length out of the headers.
	arrived := map[string]bool{"host": true, "content-length": true}
	for name, values := range r.Header {
		arrived[strings.ToLower(name)] = arrived[strings.ToLower(name)] || len(values) > 0
	}
	for _, name := range c.signed {
		if !arrived[name] {
			return awsRefusal{kind: awsIncomplete, text: "SignedHeaders names a header that did not arrive",
				reason: "SignedHeaders names a header that did not arrive"}
		}
	}
	return awsRefusal{}
}

// AWS's words for a payload that the signature does not cover: any body, and a body in chunks with a checksum in its
// trailer.
const (
	awsUnsignedPayload = "UNSIGNED-PAYLOAD"
	awsUnsignedTrailer = "STREAMING-UNSIGNED-PAYLOAD-TRAILER"
)

// awsPayload is the last line of the canonical request, with the refusal that follows if the signature is right. The line is empty
// if there is nothing to verify.
func awsPayload(c *awsClaim, r *Request) (line string, refusal awsRefusal) {
	sum := sha256.Sum256(r.Body)
	body, claimed := hex.EncodeToString(sum[:]), header(r.Header, "X-Amz-Content-Sha256")
	// Other services always hash the body, whatever X-Amz-Content-Sha256 says. The header is covered by the signature
	// as any X-Amz- header is, and must be true.
	if !isS3(c.service) {
		if claimed != "" && claimed != body {
			refusal = awsRefusal{kind: awsBody, reason: "X-Amz-Content-Sha256 is not the hash of the body that arrived"}
		}
		return body, refusal
	}
	if claimed == "" && c.presigned { // a link is signed before anybody knows the body; a parameter may say otherwise
		value, ok := only(c.query, "X-Amz-Content-Sha256")
		if !ok {
			return awsUnsignedPayload, awsRefusal{}
		}
		claimed = value
	}
	switch {
	case claimed == "":
		return "", awsRefusal{kind: awsNoHash, reason: "X-Amz-Content-Sha256 is missing"}
	case claimed == awsUnsignedPayload:
		return claimed, awsRefusal{}
	case claimed == awsUnsignedTrailer:
		return claimed, checkChunks(r)
	case strings.HasPrefix(claimed, "STREAMING-"):
		return "", awsRefusal{kind: awsNoHash, reason: "signatures of chunks are not verified here"}
	case claimed != body:
		return claimed, awsRefusal{kind: awsBody, reason: "X-Amz-Content-Sha256 is not the hash of the body that arrived",
			fields: []string{"ClientComputedContentSHA256", claimed, "S3ComputedContentSHA256", body}}
	}
	return claimed, awsRefusal{}
}
