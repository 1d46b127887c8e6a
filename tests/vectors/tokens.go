package vectors

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// TokenCase is a vector about a token source in the project's words.
type TokenCase struct {
	Vendor  string
	Config  map[string]any
	Current string // the token to renew, if one is renewed
	Time    time.Time

	// The request that fetches the token.
	WantMethod, WantURL, WantBody string
	WantHeader                    http.Header

	// Its answer.
	Status int
	Answer []byte

	WantError   bool // the answer holds no token
	WantToken   string
	WantExpires time.Time

	// What is sent with the token.
	Method, Host, Target string
	WantSigned           http.Header
}

// TokenCase translates a vector that describes how a token is fetched.
func (v *Vector) TokenCase() (*TokenCase, error) {
	var request struct {
		Method, URL, Body string
		Headers           map[string]string
	}
	var answer struct {
		Status int
		Body   string
	}
	c := &TokenCase{Vendor: v.Vendor, Config: make(map[string]any), Time: v.Clock.Time, Method: "GET", Host: "h", Target: "/"}
	asked := v.Expect.TokenRequest
	if v.Mode == "token-renewal" {
		asked = v.Expect.Request
	}
	if err := json.Unmarshal(asked, &request); err != nil {
		return nil, err
	}
	if err := json.Unmarshal(v.VendorResponse, &answer); err != nil {
		return nil, err
	}
	c.WantMethod, c.WantURL, c.WantBody, c.WantHeader = request.Method, request.URL, request.Body, make(http.Header)
	for name, value := range request.Headers {
		c.WantHeader.Set(name, value)
	}
	c.Status, c.Answer = answer.Status, []byte(answer.Body)
	if v.Mode == "token-renewal" {
		return c, c.renewal(v)
	}
	return c, c.csp(v)
}

// renewal is ThreatConnect's.
func (c *TokenCase) renewal(v *Vector) error {
	c.Current = v.Credentials["token"]
	// A configured token with white space at its end is refused; an issued one is not.
	c.Config["token"], c.Config["api_url"] = strings.TrimSpace(c.Current), v.Credentials["token_url"]
	var result struct {
		Outcome         string
		APIToken        string
		APITokenExpires json.Number // or a text
	}
	if err := json.Unmarshal(v.ExpectResult, &result); err != nil {
		return err
	}
	if c.WantError = result.Outcome == "error"; c.WantError {
		return nil
	}
	seconds, err := result.APITokenExpires.Int64()
	if err != nil {
		return err
	}
	c.WantToken, c.WantExpires = result.APIToken, time.Unix(seconds, 0)
	c.WantSigned = http.Header{"Authorization": {"TC-Token " + c.WantToken}, "Timestamp": {fmt.Sprint(c.Time.Unix())}}
	return nil
}

// csp is Carbon Black's.
func (c *TokenCase) csp(v *Vector) error {
	names := map[string]string{"csp_oauth_app_id": "oauth_app_id", "csp_oauth_app_secret": "oauth_app_secret", "csp_api_token": "csp_api_token"}
	for name, value := range v.Credentials {
		if names[name] == "" {
			return fmt.Errorf("unknown credential %q", name)
		}
		c.Config[names[name]] = value
	}
	c.Method, c.WantError = v.Request.Method, v.Expect.Error != ""
	c.Host, c.Target = splitURL(v.Request.URL)
	if c.WantError {
		return nil
	}
	authorization := v.Expect.Headers["Authorization"]
	c.WantToken, c.WantExpires = strings.TrimPrefix(authorization, "Bearer "), c.Time.Add(1799*time.Second) // as all answers say
	c.WantSigned = http.Header{"Authorization": {authorization}}
	return nil
}
