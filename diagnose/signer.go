package diagnose

import (
	"fmt"

	"github.com/vendorsign/vendorsign/signers"
)

// standIn makes the vendor's signer for options that need not be right: it is asked for the text that it hashes, in which
// what was sent then takes the place of the credential.
func standIn(vendor string, options map[string]string) (signers.Signer, error) {
	config, err := signers.New(vendor)
	if err != nil {
		return nil, err
	}
	for _, s := range config.Settings() {
		if value := options[s.Name]; value != "" {
			if err := s.Set(value); err != nil {
				return nil, err
			}
		}
	}
	return config.Signer()
}

// secretOptions are the names of the vendor's options that hold secrets.
func secretOptions(vendor string) map[string]bool {
	all := make(map[string]bool)
	if config, err := signers.New(vendor); err == nil {
		for _, s := range config.Settings() {
			all[s.Name] = s.Secret
		}
	}
	return all
}

// unknownSigner is the error for a vendor without a profile.
func unknownSigner(vendor string) error {
	_, err := signers.New(vendor)
	if err == nil {
		err = fmt.Errorf("%s requests cannot be diagnosed yet", vendor)
	}
	return err
}

// canonical is the text that a signer hashes for a message, for any date and nonce.
func canonical(s signers.Signer, m *signers.Message) ([]signers.Part, error) {
	return s.Canonical(m, signers.Moment{Date: "date", Nonce: "nonce"})
}

// owned are the headers of all modes of the vendor's scheme, those of a family with a * at the end.
func owned(s signers.Signer) []string { return s.Owns() }

// coversBody reports whether a signature is one of the body, too.
func coversBody(s signers.Signer) bool { return s.Needs().Body }
