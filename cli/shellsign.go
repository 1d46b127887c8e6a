package cli

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/vendorsign/vendorsign/cli/capture"
	"github.com/vendorsign/vendorsign/cli/config"
	"github.com/vendorsign/vendorsign/signers"
)

// shellNames are the variables that stand for a vendor's secrets in what is shown: DUO_SKEY by its users' custom.
func shellNames(vendor string) map[string]string {
	names := make(map[string]string)
	for _, s := range config.NewOptions(vendor).Config.Settings() {
		if s.Secret {
			names[s.Name] = strings.ToUpper(vendor + "_" + s.Name)
		}
	}
	if vendor == "duo" {
		names["secret_key"] = "DUO_SKEY"
	}
	return names
}

// standIn gives every secret that is missing a value, so that all but the signature can be shown, and names them.
func standIn(o *config.Options) []string {
	var given []string
	stand := func(names ...string) {
		for _, name := range names {
			if s, ok := signers.Find(o.Settings, name); ok && s.Text != nil && *s.Text == "" {
				*s.Text = "stand-in"
				given = append(given, name)
			}
		}
	}
	has := o.Texts()
	switch o.Vendor {
	case "duo":
		stand("secret_key")
	case "darktrace":
		stand("private_token")
	case "cortex":
		stand("api_key")
	case "threatconnect":
		if has["token"] == "" && has["access_id"] != "" {
			stand("secret_key")
		} else if has["token"] == "" {
			stand("token")
		}
	case "carbonblack":
		switch {
		case has["oauth_app_id"] != "":
			stand("oauth_app_secret")
		case has["csp_api_token"] == "":
			stand("api_secret_key")
		}
	}
	return given
}

// howHashed names the function.
func howHashed(vendor string, o *config.Options) string {
	switch vendor {
	case "duo":
		if o.Texts()["digest"] == "sha1" {
			return "HMAC-SHA1"
		}
		return "HMAC-SHA512"
	case "darktrace":
		return "HMAC-SHA1"
	case "threatconnect":
		return "HMAC-SHA256"
	case "cortex":
		return "SHA-256, no HMAC,"
	}
	return "nothing"
}

// recipe is how a shell makes the header that needs the secret. The secret stays out of every command's arguments,
// which others can see in the list of processes: perl reads it from the environment, curl its header from a pipe.
type recipe struct {
	header, value string // the header, and its value with variables
	sum           string // a command that reads the text and prints the signature; empty: nothing is signed
	secret        string // the variable that sum reads before the text
	export        string // the variable that must be in the environment
}

func shellRecipe(vendor string, o *config.Options, names map[string]string) recipe {
	has := o.Texts()
	hmac := func(function, key string) string {
		return fmt.Sprintf(`perl -MDigest::SHA=%s -0777 -ne 'print %s($_, $ENV{%s})'`, function, function, names[key])
	}
	switch vendor {
	case "duo":
		function := "hmac_sha512_hex"
		if has["digest"] == "sha1" {
			function = "hmac_sha1_hex"
		}
		return recipe{header: "Authorization", value: fmt.Sprintf(`Basic $(printf %%s "%s:$signature" | base64 | tr -d '\n')`, has["integration_key"]),
			sum: hmac(function, "secret_key"), export: names["secret_key"]}
	case "darktrace":
		return recipe{header: "Dtapi-Signature", value: "$signature", sum: hmac("hmac_sha1_hex", "private_token"), export: names["private_token"]}
	case "threatconnect":
		if has["token"] != "" {
			return recipe{header: "Authorization", value: "TC-Token $" + names["token"]}
		}
		return recipe{header: "Authorization", value: "TC " + has["access_id"] + ":$signature=", sum: hmac("hmac_sha256_base64", "secret_key"), export: names["secret_key"]}
	case "cortex":
		if has["key_type"] == "standard" {
			return recipe{header: "Authorization", value: "$" + names["api_key"]}
		}
		return recipe{header: "Authorization", value: "$signature", sum: "openssl dgst -sha256 -r | cut -d ' ' -f 1", secret: names["api_key"]}
	}
	if has["oauth_app_id"] != "" || has["csp_api_token"] != "" {
		return recipe{header: "Authorization", value: "Bearer $TOKEN"}
	}
	return recipe{header: "X-Auth-Token", value: "$" + names["api_secret_key"] + "/" + has["api_id"]}
}

// command is a shell script that signs this very text and sends the request.
func (r recipe) command(s *capture.Request, x *explanation, parts []signers.Part) string {
	var b strings.Builder
	lead := ""
	if r.export != "" {
		fmt.Fprintf(&b, "export %s\n", r.export)
	}
	if r.sum != "" {
		var text strings.Builder
		for _, p := range parts {
			if !p.Secret {
				text.WriteString(p.Text)
			}
		}
		b.WriteString("signature=$(printf ")
		lines := strings.Split(text.String(), "\n")
		format := strings.Repeat(`%s\n`, len(lines)-1) + "%s"
		if r.secret != "" {
			fmt.Fprintf(&b, "'%%s%s' \"$%s\"", format, r.secret)
		} else {
			fmt.Fprintf(&b, "'%s'", format)
		}
		for _, line := range lines {
			b.WriteString(" \\\n  " + singleQuoted(line))
		}
		fmt.Fprintf(&b, " |\n  %s)\n", r.sum)
	} else {
		lead = fmt.Sprintf("printf '%%s\\n' \"%s: %s\" |\n  ", r.header, r.value)
	}
	fmt.Fprintf(&b, "%scurl --path-as-is -X %s %s", lead, s.Method, singleQuoted(x.URL))
	for _, name := range slices.Sorted(maps.Keys(x.Headers)) {
		switch {
		case name != r.header:
			fmt.Fprintf(&b, " \\\n  -H %s", singleQuoted(name+": "+x.Headers[name]))
		case lead != "":
			b.WriteString(" \\\n  -H @-")
		default:
			fmt.Fprintf(&b, " \\\n  -H \"%s: %s\"", name, r.value)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(s.Header)) {
		for _, v := range s.Header[name] {
			fmt.Fprintf(&b, " \\\n  -H %s", singleQuoted(name+": "+v))
		}
	}
	if len(s.Body) > 0 {
		if s.Header.Get("Content-Type") == "" {
			b.WriteString(" \\\n  -H 'Content-Type:'")
		}
		fmt.Fprintf(&b, " \\\n  --data-raw %s", singleQuoted(string(s.Body)))
	}
	return b.String()
}

// singleQuoted is text as one word of a shell.
func singleQuoted(text string) string { return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'" }
