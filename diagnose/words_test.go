package diagnose

import (
	"net/http"
	"strconv"
	"strings"
	"testing"
)

func TestFixesNameTheVendorsOwnMeans(t *testing.T) {
	stamp := strconv.FormatInt(moment.Unix(), 10)
	changed := func(c *Case, header, value string) *Case {
		c.Request.Header.Set(header, value)
		return c
	}
	epoch := darktraceCase("/devices", "/devices")
	epoch.Request.Header.Set("Dtapi-Date", stamp)
	epoch.Request.Header.Set("Dtapi-Signature", darktraceSumAt(canary, "public", stamp))
	epoch.Response.Body = []byte(`{"error":"API DATE ERROR"}`)
	lower := threatConnectCase(stamp)
	lower.Request.Header.Set("Authorization", strings.Replace(lower.Request.Header.Get("Authorization"), "TC ", "tc ", 1))
	refused := keyCase(canary)
	refused.Signer, refused.Options = "carbonblack", map[string]string{"api_id": "ABCDEFGHIJ", "api_secret_key": canary}
	refused.Request.Header = http.Header{"X-Auth-Token": {canary + "/ABCDEFGHIJ"}}
	refused.Response = &Response{Status: 401}
	for name, tt := range map[string]struct {
		c    *Case
		want string
	}{
		"another timestamp": {changed(threatConnectCase(stamp), "Timestamp", "1767323044"),
			"Create the date once, then sign and send that text."},
		"a float":             {threatConnectCase(stamp + ".123"), "seconds since 1970, in digits alone, as in 1767323045."},
		"an epoch":            {epoch, "Write DTAPI-Date in UTC as in 20260102T030405."},
		"a blank":             {darktraceCase("/devices?q=a+b", "/devices?q=a%20b"), "Sign the target exactly as it is sent."},
		"another scheme":      {lower, "Begin the value of Authorization with `TC `"},
		"the type of the key": {refused, "credential is right, but this type of key"},
	} {
		t.Run(name, func(t *testing.T) {
			f := diagnosed(t, tt.c)
			if text := f.Explanation + " " + f.Fix; !strings.Contains(text, tt.want) || strings.Contains(text, "Duo") ||
				strings.Contains(text, "ignature is right") {
				t.Errorf("%v: %s\n\twant %q", f.Causes, text, tt.want)
			}
		})
	}
}

// What is said of any vendor names none.
func TestTheTableOfCausesNamesNoVendor(t *testing.T) {
	for _, c := range Causes {
		for _, name := range []string{"Duo", "ThreatConnect", "Cortex", "Darktrace", "Carbon Black"} {
			if strings.Contains(c.Says+c.Fix, name) {
				t.Errorf("%s names %s: %s %s", c.ID, name, c.Says, c.Fix)
			}
		}
	}
	for vendor, p := range profiles {
		for cause := range p.Fixes {
			if causeByID[cause] == nil {
				t.Errorf("%s: there is no cause %s", vendor, cause)
			}
		}
	}
}
