//go:build go1.21

package aws

import (
	"regexp"
	"strings"

	"github.com/vendorsign/vendorsign/signers/wire"
)

// SigningNames are services whose name in the host is the one that they sign for. Many others have two: email signs as ses.
// Source: the service authorization reference, and "Service endpoints and quotas" of the AWS General Reference.
var SigningNames = []string{
	"s3", "execute-api", "es", "aoss", "lambda", "sts", "iam", "ec2", "guardduty", "securityhub", "inspector2", "dynamodb", "sqs", "sns",
	"kms", "secretsmanager", "ssm", "logs", "monitoring", "events", "kinesis", "firehose", "cloudtrail", "config", "ecs", "eks", "rds",
	"batch", "states", "athena", "glue", "bedrock", "rekognition", "comprehend", "polly", "cloudformation", "route53", "cloudfront",
	"organizations", "access-analyzer", "macie2", "detective", "wafv2", "appsync", "elasticache", "redshift", "sagemaker", "backup",
}

// global are those of them with an endpoint without a region, which signs for us-east-1.
var global = map[string]bool{"iam": true, "sts": true, "route53": true, "cloudfront": true, "organizations": true}

// signingNames are SigningNames as a set.
var signingNames = setOf(SigningNames)

var (
	// regionName is what regions look like: eu-west-1, us-gov-east-1, cn-north-1. awsDomain has what comes before the domains of AWS.
	regionName = regexp.MustCompile(`^[a-z]{2,3}(?:-[a-z]{2,4})?-[a-z]+-[0-9]$`)
	awsDomain  = regexp.MustCompile(`^(.*)\.(?:amazonaws\.com|amazonaws\.com\.cn|api\.aws|on\.aws)$`)
)

// ScopeOfHost returns the region that an endpoint names, and the service if its name there is the
// one that it signs for; empty: unknown.
//
//	guardduty.eu-west-1.amazonaws.com             eu-west-1, guardduty
//	bucket.s3.eu-west-1.amazonaws.com:443         eu-west-1, s3
//	s3-eu-west-1.amazonaws.com                    eu-west-1, s3
//	search-x.eu-west-1.es.amazonaws.com           eu-west-1, es
//	iam.amazonaws.com                             us-east-1, iam
//	email.eu-west-1.amazonaws.com                 eu-west-1 alone: it signs as ses
//	minio.example.com                             neither
//
// It is for advice, and no request is signed by it: a name in a host may be a customer's.
func ScopeOfHost(host string) (string, string) {
	found := awsDomain.FindStringSubmatch(strings.ToLower(wire.WithoutPort(host)))
	if found == nil {
		return "", ""
	}
	labels := strings.Split(found[1], ".")
	// bucket.s3.eu-west-1 has the service before the region, and S3's old endpoints have both in one label: s3-eu-west-1.
	for i, label := range labels {
		if strings.HasPrefix(label, "s3-") && regionName.MatchString(label[len("s3-"):]) {
			return label[len("s3-"):], "s3"
		}
		if !regionName.MatchString(label) {
			continue
		}
		service := ""
		for _, at := range []int{i - 1, i + 1} { // OpenSearch has the region first
			if at >= 0 && at < len(labels) && service == "" {
				if name := strings.TrimSuffix(labels[at], "-fips"); signingNames[name] {
					service = name
				}
			}
		}
		return label, service
	}
	// The global endpoints, as in iam.amazonaws.com.
	if last := labels[len(labels)-1]; global[last] {
		return "us-east-1", last
	}
	return "", ""
}

// doubtHost says how a host contradicts the configured regions and services; usually nothing.
// Stores that speak S3's API have hosts of their own, of which nothing is known.
func (s *signer) doubtHost(host string) string {
	region, service := ScopeOfHost(host)
	if region != "" && !wire.Contains(s.regions, region) {
		return "host " + host + " is in the region " + region + ", and region is " + strings.Join(s.regions, ", ") +
			": AWS refuses signatures of another region"
	}
	if service != "" && !wire.Contains(s.services, service) && !(storesObjects(service) && storesObjects(s.services[0])) {
		return "host " + host + " is that of the service " + service + ", and service is " + strings.Join(s.services, ", ") +
			": AWS refuses signatures of another service"
	}
	return ""
}
