package cli

import (
	"net/http"
	"strings"

	"github.com/spf13/cobra"
)

// presetNewCommand prints a preset that loads and signs, to be changed key by key: check and test say
// after each change whether it still does.
func presetNewCommand() *cobra.Command {
	return &cobra.Command{
		Use: "new NAME", Short: "Print a preset file to start from", Args: asUsed,
		Long: `New prints a preset file that loads: with a key ID, a secret, and an HMAC over method, path, query, time and body. What you
have to find out is "unknown" in it. NAME consists of lower-case letters, digits and underscores, and must not be a built-in
vendor's.`,
		Example: "  $ vendorsign preset new acme > new.json",
		RunE: func(c *cobra.Command, args []string) error {
			name := args[0]
			if !presetName.MatchString(name) || len(name) > 41 {
				return usagef("NAME must begin with a lower-case letter and consist of at most 41 lower-case letters, digits and underscores")
			}
			if whose := taken(name); whose != "" {
				return usagef("%s is %s; choose another name", name, whose)
			}
			_, err := c.OutOrStdout().Write([]byte(skeleton(name)))
			return err
		},
	}
}

// skeleton is a preset of that name. Its header and host are placeholders to change, and begin with the
// name.
//
//	acme  ->  header X-Acme-Signature, host api.acme.example
func skeleton(name string) string {
	// Names of hosts and headers have dashes where a preset's name has underscores.
	host := strings.ReplaceAll(name, "_", "-")
	header := http.CanonicalHeaderKey("x-" + host)
	return strings.NewReplacer("NAME", name, "HEADER", header, "HOST", host).Replace(skeletonText)
}

// skeletonText is the file, with NAME, HEADER and HOST to be replaced. All keys are in it, so that
// nobody has to look them up.
const skeletonText = `{
  "preset": 1,
  "revision": 1,
  "name": "NAME",
  "title": "NAME",
  "page": "",
  "evidence": "",
  "proof": "derived",
  "sources": [{"fact": "signature", "where": "", "sure": "unknown"}],
  "options": [
    {"name": "key_id", "doc": "The ID of the API key."},
    {"name": "secret_key", "doc": "The secret of the API key.", "secret": true}
  ],
  "nonce": "",
  "operations": [
    "let ts = [[now|unix]]",
    "let text = [[method|upper]]\\n[[path]]\\n[[query]]\\n[[ts]]\\n[[body|sha256|hex]]",
    "header HEADER-Key-Id = [[opt.key_id]]",
    "header HEADER-Time = [[ts]]",
    "header HEADER-Signature = [[text|hmac_sha256:opt.secret_key|hex]]"
  ],
  "hosts": ["api.HOST.example"],
  "hosts_only": false,
  "guards": [],
  "guard_vectors": {"refused": [], "passed": []},
  "multiplexed": false,
  "probe": "unknown",
  "window": "unknown",
  "hides": [],
  "refusals": [{"status": 401, "means": "unclear"}, {"status": 403, "means": "rights"}, {"status": 429, "means": "rate"}],
  "engine": "operations",
  "token": null,
  "vectors": [],
  "docs": ""
}
`
