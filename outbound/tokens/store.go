//go:build go1.21

package tokens

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"os"
	"time"
)

// Store is where gateways share tokens: a gateway's own storage, or a Folder. It only sees encrypted data. Its functions are
// called by one request at a time for each credential, and must return within seconds. Their errors are shown to the
// operator. Whatever the store does, no wrong token is used: it can lose or hold back records, and is then noticed, or each
// gateway fetches its own.
type Store struct {
	// Load returns what was saved last, or an error that is os.ErrNotExist.
	Load func(key string) ([]byte, error)
	Save func(key string, data []byte) error
	// Lock keeps the other gateways from renewing, and waits for the lock about as long as wait says; then its error is
	// ErrLocked. The lock of a gateway that died must expire by itself. Keep is called before a token is requested: it
	// extends the lock, and fails if the lock was lost. It does no harm if two gateways get the lock at once, as may
	// happen when a dead one's expires: they see each other's announcement.
	Lock func(key string, wait time.Duration) (keep func() error, unlock func(), err error)
}

// ErrLocked is the error of a Store's Lock that somebody else has.
var ErrLocked = errors.New("another gateway holds the lock")

// Share is a credential's place in a store. It never changes.
type Share struct {
	store  *Store
	key    string
	seal   cipher.AEAD
	holder string // this gateway, among those that share
}

// NewShare returns the place of a vendor's credential in a store. Its name and the encryption are derived from all fields of
// the credential: without it nothing can be read, and gateways with another credential use another place. The holder
// identifies this gateway, and must be another one in each process.
//
//	vendorsign/tokens/acme/c1277eb086712c1f44a6b902f81cb1c0
func NewShare(store *Store, vendor, fields, holder string) (*Share, error) {
	name, key := derive(fields, "name"), derive(fields, "encryption")
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	seal, err := cipher.NewGCM(block)
	if err != nil {
		return nil, err
	}
	place := "vendorsign/tokens/" + vendor + "/" + hex.EncodeToString(name[:16])
	return &Share{store: store, key: place, seal: seal, holder: holder}, nil
}

// derive derives a key of 32 bytes for a purpose from the fields of a credential. The 1 is the version: another format of records needs
// other keys and other names, so that a fleet may run both.
func derive(fields, purpose string) []byte {
	mac := hmac.New(sha256.New, []byte(fields))
	io.WriteString(mac, "vendorsign token "+purpose+" 1")
	return mac.Sum(nil)
}

// load reads the record; one without a token if there is none. One that cannot be decrypted is ignored: a tampered file must
// not stop a gateway. An error means that the store fails.
func load(s *Share) (record, error) {
	var r record
	data, err := s.store.Load(s.key)
	if errors.Is(err, os.ErrNotExist) {
		return r, nil
	}
	if err != nil {
		return r, errors.New("the shared token cannot be read: " + err.Error())
	}
	size := s.seal.NonceSize()
	if len(data) < size {
		return r, nil
	}
	// The place is authenticated with the text (AES-GCM, additional data), so that a record copied to another place is ignored.
	text, err := s.seal.Open(nil, data[:size], data[size:], []byte(s.key))
	if err != nil {
		return r, nil //nolint:nilerr // see above
	}
	if json.Unmarshal(text, &r) != nil || Sendable(tokenOf(r)) != nil {
		return record{}, nil //nolint:nilerr // see above
	}
	return r, nil
}

// save encrypts and stores a record, in place of what was there. The lock of the store keeps two gateways apart, not this
// function.
func save(s *Share, r record) error {
	text, err := json.Marshal(r)
	if err != nil {
		return err
	}
	// A random nonce of 96 bits under one key is safe for 2^32 records (NIST SP 800-38D, 8.3), which no credential gets to.
	nonce := make([]byte, s.seal.NonceSize())
	if _, err := rand.Read(nonce); err != nil {
		return err
	}
	if err := s.store.Save(s.key, s.seal.Seal(nonce, nonce, text, []byte(s.key))); err != nil {
		return errors.New("the shared token cannot be saved: " + err.Error())
	}
	return nil
}
