package e2e

import (
	"net/http"
	"strings"
	"testing"
)

// What a client of AWS cannot do, on the wire. All of it, compiled and interpreted, is in tests/aws_client_test.go.
func TestAClientOfAWSChoosesNothingThatIsTheOperators(t *testing.T) {
	scope := func(service string) string { return placeholderFor("attacker-key", "eu-west-1", service) }
	eachForm(t, func(t *testing.T, f form) {
		var routes []*route
		add := func(mode, name string, more options) *route {
			r := find(mode).route(t, f)
			r.name, r.options = name, r.options.with(more)
			routes = append(routes, r)
			return r
		}
		sign, store, presign := add("aws", "sign", nil), add("aws-s3", "store", nil), add("aws-query", "presign", nil)
		again := add("aws-re-sign", "again", options{"placeholder_key": "attacker-key"})
		closed := add("aws", "closed", options{"service": "sts"})
		actions := add("aws-re-sign", "actions", options{"allow_actions": []string{"Describe*", "GetFindings"}})
		g := start(t, f, routes...)

		for _, r := range []*route{sign, store, presign} {
			for _, lines := range [][]string{
				{scope("iam")}, {"X-Amz-Date: 20200101T000000Z"}, {"x-amz-security-token: attacker-token"}, {"X-Amz-Content-Sha256: attacker-hash"},
				{"X_Amz_Date: attacker-date", "X_AMZ_SECURITY_TOKEN: attacker-token", "XAmzDate: attacker-date"},
				{"Connection: X-Amz-Date, X-Amz-Security-Token, X-Amz-Content-Sha256, Authorization"},
			} {
				a, _ := g.accepted(t, r, request{method: "GET", target: "/detector?a=1", header: lines})
				find("aws").ownedOnce(t, a, "attacker-")
			}
		}
		for _, r := range []*route{sign, store, presign, again} {
			var lines []string
			if r == again {
				lines = []string{scope("guardduty")}
			}
			for _, name := range awsParams {
				for _, target := range []string{"/?%s=x", "/?a=1&%s", "/?a=1;%s=x"} {
					for _, spelt := range []string{name, strings.ToLower(name), "%58" + name[1:], name[:5] + "%2D" + strings.TrimPrefix(name[5:], "-")} {
						g.refused(t, r, request{method: "GET", target: strings.Replace(target, "%s", spelt, 1), header: lines}, http.StatusBadRequest, "unsignable")
					}
				}
			}
		}

		g.accepted(t, again, request{method: "GET", target: "/detector", header: []string{scope("guardduty"), "X-Amz-Date: 20200101T000000Z"}})
		g.refused(t, again, request{method: "GET", target: "/detector"}, http.StatusBadRequest, "unsignable")
		g.refused(t, again, request{method: "GET", target: "/detector", header: []string{scope("guardduty"), scope("guardduty")}}, http.StatusBadRequest, "unsignable")
		for _, line := range []string{scope("iam"), scope("s3"), placeholderFor("attacker-key", "us-east-1", "guardduty"), placeholderFor("attacker-2", "eu-west-1", "guardduty")} {
			g.refused(t, again, request{method: "GET", target: "/detector", header: []string{line}}, http.StatusForbidden, "not-allowed")
		}
		for _, target := range []string{"/", "/?Action=AssumeRole", "//x"} {
			g.refused(t, closed, request{method: "POST", target: target, length: true}, http.StatusForbidden, "credential-endpoint")
		}
		for _, r := range []request{
			{target: "/b/k", header: []string{"x-amz-copy-source: /other/k"}}, {target: "/b/k?x-amz-copy-source=%2Fother%2Fk"},
		} {
			r.method, r.length = "PUT", true
			g.refused(t, store, r, http.StatusForbidden, "not-allowed")
		}

		hash := "X-Amz-Content-Sha256: " + hexOf(sum256("Action=TerminateInstances"))
		for _, r := range []request{
			{target: "/?Action=TerminateInstances"}, {target: "/"}, {target: "/?Action=DescribeInstances&Action=TerminateInstances"},
			{target: "/?Action=DescribeInstances;%41ction=TerminateInstances"}, {target: "/?Action=DescribeInstances", header: []string{"x-amz-target: Svc.TerminateInstances"}},
			{target: "/?Action=DescribeInstances", header: []string{asForm}, body: []byte("Action=TerminateInstances")},
			{target: "/?Action=DescribeInstances", header: []string{asForm, hash}, body: []byte("Action=TerminateInstances")},
			{target: "/?Action=DescribeInstances", header: []string{asForm, hash}, body: []byte("Action=TerminateInstances"), chunked: true},
			{target: "/?Action=DescribeInstances", body: []byte("Action=TerminateInstances")},
		} {
			r.method, r.header, r.length = "POST", append([]string{scope("guardduty")}, r.header...), true
			g.refused(t, actions, r, http.StatusForbidden, "not-allowed")
		}
		encoded := request{method: "POST", target: "/?Action=DescribeInstances", header: []string{scope("guardduty"), asForm, "Content-Encoding: gzip"}, body: []byte("x")}
		g.refused(t, actions, encoded, http.StatusBadRequest, "unsignable")
		g.accepted(t, actions, request{method: "POST", target: "/", header: []string{scope("guardduty"), asForm}, body: []byte("Action=DescribeInstances")})
		g.accepted(t, actions, request{method: "POST", target: "/", header: []string{scope("guardduty"), asJSON, "X-Amz-Target: Svc.GetFindings"}, body: []byte("{}")})
	})
}
