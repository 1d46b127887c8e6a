//go:build go1.21

package outbound

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

	"github.com/vendorsign/vendorsign/signers"
)

// Store is where gateways share tokens: a gateway's own storage, or a folder (FolderStore). It sees what is encrypted
// only. Its functions are called by one request at a time for each credential, and must end within seconds.
type Store struct {
	// Load returns what was saved last, or an error that is os.ErrNotExist.
	Load func(key string) ([]byte, error)
	Save func(key string, data []byte) error
	// Lock keeps the other gateways from renewing, and waits for the lock about as long as wait says; then its error
	// is ErrLocked. The lock of a gateway that died must come free by itself. Keep is called before a token is
	// asked for: it prolongs the lock, and fails if that was lost. A lock that two gateways get at once, as may happen
	// when a dead one's comes free, does no harm: they see each other's claim.
	Lock func(key string, wait time.Duration) (keep func() error, unlock func(), err error)
}

// ErrLocked is the error of a Store's Lock that somebody else has.
var ErrLocked = errors.New("another gateway holds the lock")

// Sharing says where the tokens of a configuration are shared that names no token_cache.
type Sharing struct {
	Store *Store // nil: nowhere
	// Demand refuses a configuration without a store whose token dies when it is renewed: after a restart the
	// configured one would be dead.
	Demand bool
}

// shared is a credential's place in a store.
type shared struct {
	store  *Store
	key    string
	seal   cipher.AEAD
	holder string // this gateway, among those that share
}

// newShared derives name and encryption from all fields of the credential: who does not have it can read nothing, and
// gateways with another credential look elsewhere.
func newShared(store *Store, vendor, fields string) (*shared, error) {
	name, key := derive(fields, "name"), derive(fields, "encryption")
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	seal, err := cipher.NewGCM(block)
	if err != nil {
		return nil, err
	}
	return &shared{store: store, key: "vendorsign/tokens/" + vendor + "/" + hex.EncodeToString(name[:16]), seal: seal, holder: instance}, nil
}

func derive(fields, purpose string) []byte {
	mac := hmac.New(sha256.New, []byte(fields))
	io.WriteString(mac, "vendorsign token "+purpose+" 1")
	return mac.Sum(nil)
}

// record is what is stored of a token.
type record struct {
	Token    string `json:"token"`
	Expires  int64  `json:"expires"`  // unix seconds; 0: not known
	Issued   int64  `json:"issued"`   // unix seconds
	Number   int64  `json:"number"`   // it counts renewals: no clock decides which of two tokens is newer
	Renewing int64  `json:"renewing"` // the unix second since when a gateway is about to end this token; 0: none is
	By       string `json:"by"`       // the gateway that is about to renew it
	Retry    int64  `json:"retry"`    // after a failure nobody asks before that unix second
	Failures int    `json:"failures"` // in a row
}

func signersToken(r record) signers.Token {
	token := signers.Token{Text: r.Token}
	if r.Expires != 0 {
		token.Expires = time.Unix(r.Expires, 0)
	}
	return token
}

// loadRecord reads what is stored. What cannot be decrypted is none: a tampered file must not stop a gateway.
func loadRecord(s *shared) (record, error) {
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
	text, err := s.seal.Open(nil, data[:size], data[size:], []byte(s.key))
	if err != nil {
		return r, nil //nolint:nilerr // see above
	}
	if json.Unmarshal(text, &r) != nil || !sendable(r.Token) {
		return record{}, nil //nolint:nilerr // see above
	}
	return r, nil
}

func saveRecord(s *shared, r record) error {
	text, err := json.Marshal(r)
	if err != nil {
		return err
	}
	nonce := make([]byte, s.seal.NonceSize())
	if _, err := rand.Read(nonce); err != nil {
		return err
	}
	if err := s.store.Save(s.key, s.seal.Seal(nonce, nonce, text, []byte(s.key))); err != nil {
		return errors.New("the shared token cannot be saved: " + err.Error())
	}
	return nil
}
