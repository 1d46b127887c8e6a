package diagnose

import (
	"fmt"

	"github.com/vendorsign/vendorsign/signers"
	_ "github.com/vendorsign/vendorsign/signers/all" // every vendor
	"github.com/vendorsign/vendorsign/signers/aws"
)

// standIn makes the vendor's signer for options that need not be right: it is asked for the text that it hashes, in which
// what was sent then takes the place of the credential.
func standIn(vendor string, options map[string]string) (signers.Signer, error) {
	scheme, err := signers.Lookup(vendor)
	if err != nil {
		return nil, err
	}
	values := make(signers.Values)
	for _, o := range scheme.Options {
		if value := options[o.Name]; value != "" {
			if fault := values.Set(o, value); fault != nil {
				return nil, signers.FaultsError(vendor, []signers.Fault{*fault})
			}
		}
	}
	s, faults := scheme.Signer(values)
	return s, signers.FaultsError(vendor, faults)
}

// unusable says what is wrong with the secrets that are configured, so that nothing can be checked with them; empty: nothing is, or
// there are none.
func unusable(vendor string, options map[string]string) string {
	scheme, err := signers.Lookup(vendor)
	if err != nil {
		return ""
	}
	values := make(signers.Values)
	secrets := make(map[string]bool)
	for _, o := range scheme.Options {
		if value := options[o.Name]; value != "" {
			secrets[o.Name] = o.Secret
			if fault := values.Set(o, value); fault != nil && o.Secret {
				return fault.Text
			}
		}
	}
	_, faults := scheme.Signer(values)
	for _, f := range faults {
		if secrets[f.Option] {
			return f.Text
		}
	}
	return ""
}

// secretOptions are the names of the vendor's options that hold secrets.
func secretOptions(vendor string) map[string]bool {
	all := make(map[string]bool)
	if scheme, err := signers.Lookup(vendor); err == nil {
		for _, o := range scheme.Options {
			all[o.Name] = o.Secret
		}
	}
	return all
}

// unknownSigner is the error for a vendor without a profile.
func unknownSigner(vendor string) error {
	_, err := signers.Lookup(vendor)
	if err == nil {
		err = fmt.Errorf("%s requests cannot be diagnosed yet", vendor)
	}
	return err
}

// knownRefusal is what signers know of a vendor's answer.
func knownRefusal(vendor string, b *answerBody) signers.Refusal {
	scheme, err := signers.Lookup(vendor)
	if err != nil {
		return signers.Unrefused
	}
	refusal, _ := signers.KnownRefusal(scheme.Answers, b.code, signers.Answer{Body: []byte(b.text)})
	return refusal
}

// canonical is the text that a signer hashes for a message, for any date and nonce.
func canonical(s signers.Signer, m *signers.Message) ([]signers.Part, error) {
	return s.Canonical(m, &signers.Moment{Date: "date", Nonce: "nonce"})
}

// owned are the headers of all modes of the vendor's scheme, those of a family with a * at the end.
func owned(s signers.Signer) []string { return s.Traits().Owns }

// coversBody reports whether a signature is one of the body, too.
func coversBody(s signers.Signer) bool { return s.Traits().Body != signers.NoBody }

// scopeOfHost is the region and the service that an endpoint of AWS names; empty: unknown.
func scopeOfHost(host string) (region, service string) { return aws.ScopeOfHost(host) }

// signingNames are services of AWS, by the names that they sign for.
func signingNames() []string { return aws.SigningNames }
