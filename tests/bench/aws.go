package main

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"github.com/vendorsign/vendorsign/signers"
)

// awsCost is what a signature for AWS costs, over that of AWS' own signer for Go for the same request in the same run.
type awsCost struct {
	NS           float64 `json:"ns"`
	Allocs       float64 `json:"allocs"`
	Bytes        float64 `json:"bytes"`
	VendorNS     float64 `json:"vendor_ns"`
	VendorAllocs float64 `json:"vendor_allocs"`
	Ratio        spread  `json:"vendor_ratio"`
}

// awsMode is a small GET to AWS.
type awsMode struct {
	name, service, target string
	reSign                bool
}

var awsModes = []awsMode{
	{name: "aws", service: "guardduty", target: "/detector?maxResults=50"},
	{name: "aws-s3", service: "s3", target: "/reports/2026/11/28.json"},
	{name: "aws-resign", service: "guardduty", target: "/detector?maxResults=50", reSign: true},
}

const (
	awsID        = "AKIAIOSFODNN7EXAMPLE"
	awsSecret    = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
	awsRegion    = "eu-west-1"
	awsEmptyHash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
)

func (m awsMode) config() signers.Values {
	v := signers.Values{"access_key_id": {awsID}, "secret_access_key": {awsSecret}, "region": {awsRegion}, "service": {m.service}}
	if m.reSign {
		v["mode"] = []string{"re_sign"}
	}
	return v
}

// placeholder is the signature of a client that has no key of AWS.
func (m awsMode) placeholder(day string) string {
	return "AWS4-HMAC-SHA256 Credential=placeholder/" + day + "/" + awsRegion + "/" + m.service +
		"/aws4_request, SignedHeaders=content-type;host;x-amz-date, Signature=" + awsEmptyHash
}

func measureAWS(p plan) (map[string]awsCost, error) {
	all := make(map[string]awsCost)
	for _, m := range awsModes {
		cost, err := m.measure(p)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", m.name, err)
		}
		all[m.name] = cost
	}
	return all, nil
}

// measure has both signers sign the same headers: AWS' own signs nearly all that there are, and ours those that AWS wants.
func (m awsMode) measure(p plan) (awsCost, error) {
	s, err := signerOf("aws", m.config())
	if err != nil {
		return awsCost{}, err
	}
	at := moment(s, 0)
	at.Token = ""
	message := &signers.Message{Method: "GET", Host: vendorHost, Target: m.target, Header: http.Header{"Content-Type": {"application/json"},
		"User-Agent": {"python-requests/2.32.0"}}}
	traits := s.Traits()
	placeholder := []string{m.placeholder(at.Date[:8])}
	ours := func(n int) error {
		now := at
		for range n {
			delete(message.Header, "X-Amz-Date") // which the gateway takes from clients
			delete(message.Header, "Authorization")
			delete(message.Header, "X-Amz-Content-Sha256")
			if m.reSign {
				message.Header["Authorization"] = placeholder
				var err error
				if now, err = signers.Hinted(traits, message, at); err != nil {
					return err
				}
			}
			if err := s.Sign(message, now); err != nil {
				return err
			}
		}
		return nil
	}
	request, err := http.NewRequest("GET", "https://"+vendorHost+m.target, nil)
	if err != nil {
		return awsCost{}, err
	}
	request.Header = http.Header{"Content-Type": {"application/json"}, "User-Agent": {"python-requests/2.32.0"}}
	if m.service == "s3" { // its SDK sets it before it signs
		request.Header["X-Amz-Content-Sha256"] = []string{awsEmptyHash}
	}
	sdk := v4.NewSigner(func(o *v4.SignerOptions) { o.DisableURIPathEscaping = m.service == "s3" })
	credential := aws.Credentials{AccessKeyID: awsID, SecretAccessKey: awsSecret}
	theirs := func(n int) error {
		for range n {
			delete(request.Header, "Authorization")
			if err := sdk.SignHTTP(context.Background(), credential, request, awsEmptyHash, m.service, awsRegion, at.Time); err != nil {
				return err
			}
		}
		return nil
	}
	if err := ours(1); err != nil {
		return awsCost{}, err
	}
	if err := theirs(1); err != nil {
		return awsCost{}, err
	}
	if got, want := message.Header.Get("Authorization"), request.Header.Get("Authorization"); got != want {
		return awsCost{}, fmt.Errorf("signed %s, and AWS' own signer %s", got, want)
	}
	times, err := measure(p, []subject{ours, theirs})
	if err != nil {
		return awsCost{}, err
	}
	cost := awsCost{NS: median(times[0]), VendorNS: median(times[1]), Ratio: pairs(times[0], times[1], ratio)}
	if cost.Bytes, cost.Allocs, err = memory(ours); err != nil {
		return cost, err
	}
	_, cost.VendorAllocs, err = memory(theirs)
	return cost, err
}

// awsRequests sends small GETs with ten headers through a handler, in mode re_sign with a placeholder's signature.
func awsRequests(handler http.Handler, m awsMode) subject {
	if !m.reSign {
		return requests(handler, m.target)
	}
	return requestsWith(handler, m.target, http.Header{"Authorization": {m.placeholder(time.Now().UTC().Format("20060102"))}})
}
