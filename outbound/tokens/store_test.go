package tokens

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"testing"
)

// Gateways of different versions share a token_cache while a fleet is upgraded, and a ThreatConnect token dies when it is
// renewed. So name, encryption and fields of a file are a promise. This is written without the functions that it judges.
func TestATokensFileIsWrittenAsFormerVersionsReadIt(t *testing.T) {
	dir := t.TempDir()
	s, err := NewShare(Folder(dir, "this"), "vendor", "all fields", "this")
	if err != nil {
		t.Fatal(err)
	}
	if err := save(s, record{Token: "t", Expires: 1, Issued: 2, Number: 3, Renewing: 4, By: "b", Retry: 5, Failures: 6}); err != nil {
		t.Fatal(err)
	}

	derived := func(purpose string) []byte {
		mac := hmac.New(sha256.New, []byte("all fields"))
		mac.Write([]byte("vendorsign token " + purpose + " 1"))
		return mac.Sum(nil)
	}
	name := hex.EncodeToString(derived("name")[:16])
	data, err := os.ReadFile(filepath.Join(dir, "vendor-"+name+".token"))
	if err != nil {
		t.Fatal(err)
	}
	block, err := aes.NewCipher(derived("encryption"))
	if err != nil {
		t.Fatal(err)
	}
	seal, err := cipher.NewGCM(block)
	if err != nil {
		t.Fatal(err)
	}
	text, err := seal.Open(nil, data[:12], data[12:], []byte("vendorsign/tokens/vendor/"+name))
	if err != nil {
		t.Fatal(err)
	}
	want := `{"token":"t","expires":1,"issued":2,"number":3,"renewing":4,"by":"b","retry":5,"failures":6}`
	if string(text) != want {
		t.Errorf("the file holds %s, want %s", text, want)
	}
}

func TestAFolderThatIsGoneIsAnError(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "gone")
	if err := saveFile(folder, filepath.Join(folder, "x"), []byte("x")); err == nil {
		t.Error("a token was saved in it")
	}
}
