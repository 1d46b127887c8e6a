package apps

import (
	"encoding/hex"
	"regexp"
	"strings"
	"testing"

	"github.com/vendorsign/vendorsign/signers"
	_ "github.com/vendorsign/vendorsign/signers/all"
)

// The test cases of RFC 5869, appendix A, with SHA-256.
func TestHKDFGivesTheValuesOfItsRFC(t *testing.T) {
	for _, tt := range []struct{ name, secret, salt, info, key, out string }{
		{"A.1", strings.Repeat("0b", 22), "000102030405060708090a0b0c", "f0f1f2f3f4f5f6f7f8f9",
			"077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5",
			"3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865"},
		{"A.2", "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f" +
			"404142434445464748494a4b4c4d4e4f",
			"606162636465666768696a6b6c6d6e6f707172737475767778797a7b7c7d7e7f808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f" +
				"a0a1a2a3a4a5a6a7a8a9aaabacadaeaf",
			"b0b1b2b3b4b5b6b7b8b9babbbcbdbebfc0c1c2c3c4c5c6c7c8c9cacbcccdcecfd0d1d2d3d4d5d6d7d8d9dadbdcdddedfe0e1e2e3e4e5e6e7e8e9eaebecedeeef" +
				"f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff",
			"06a6b88c5853361a06104c9ceb35b45cef760014904671014a193f40c15fc244",
			"b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac7827271cb41c65e590e09da3275600c2f09b8367793a9aca3db71" +
				"cc30c58179ec3e87c14c01d5c1f3434f1d87"},
		{"A.3", strings.Repeat("0b", 22), "", "",
			"19ef24a32c717b167f33a91d6f648bdf96596776afdb6377ac434c1c293ccb04",
			"8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8"},
	} {
		key := hkdfExtract(fromHex(t, tt.salt), fromHex(t, tt.secret))
		if got := hex.EncodeToString(key); got != tt.key {
			t.Errorf("%s: the key is %s, want %s", tt.name, got, tt.key)
		}
		want := fromHex(t, tt.out)
		s := &keyStream{key: key, info: fromHex(t, tt.info)}
		first, _ := take(s, 7) // in two steps, which must not matter
		rest, err := take(s, len(want)-7)
		if got := hex.EncodeToString(first) + hex.EncodeToString(rest); err != nil || got != tt.out {
			t.Errorf("%s: %s, %v, want %s", tt.name, got, err, tt.out)
		}
	}
}

func fromHex(t *testing.T, text string) []byte {
	t.Helper()
	data, err := hex.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestHKDFEndsAfter255Blocks(t *testing.T) {
	s := &keyStream{key: []byte("k")}
	if _, err := take(s, 255*32); err != nil {
		t.Error(err)
	}
	if _, err := take(s, 1); err != errExhausted {
		t.Errorf("%v, want %v", err, errExhausted)
	}
}

const testMaster = "0123456789abcdef0123456789abcdef"

func newMaster(t *testing.T) *Master {
	t.Helper()
	m, err := NewMaster(testMaster)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// The looks of the vendors' own keys: Duo's, ThreatConnect's and Cortex's from their signers' checks, AWS's from its reference of IAM
// identifiers, Akamai's from the .edgerc of its Node client, BloodHound's and Veracode's from their presets.
var looks = []struct{ vendor, id, secret string }{
	{"duo", `^DI[A-Z0-9]{18}$`, `^[a-zA-Z0-9]{40}$`},
	{"darktrace", `^[0-9a-f]{40}$`, `^[0-9a-f]{40}$`},
	{"threatconnect", `^[0-9]{20}$`, `^[a-zA-Z0-9]{64}$`},
	{"cortex", `^[1-9][0-9]{8}$`, `^[a-zA-Z0-9]{128}$`},
	{"aws", `^AKIA[A-Z2-7]{16}$`, `^[A-Za-z0-9+/]{40}$`},
	{"veracode", `^[0-9a-f]{32}$`, `^[0-9a-f]{128}$`},
	{"akamai", `^akab-[a-z0-9]{16}-[a-z0-9]{16}$`, `^[A-Za-z0-9+/]{43}=$`},
	{"bloodhound", `^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`, `^[A-Za-z0-9+/]{43}=$`},
}

func TestLocalKeysLookLikeTheVendorsOwnAndMakeSigners(t *testing.T) {
	master, seen := newMaster(t), make(map[string]bool)
	for _, tt := range looks {
		scheme, err := signers.Lookup(tt.vendor)
		if err != nil {
			t.Fatal(err)
		}
		idOption, _ := signers.Find(scheme.Options, scheme.Claims.Key)
		secretOption, _ := signers.Find(scheme.Options, scheme.Claims.Secret)
		seen[tt.vendor] = true
		for i := 0; i < 50; i++ {
			id, err := NewKeyID(idOption)
			if err != nil || !regexp.MustCompile(tt.id).MatchString(id) {
				t.Fatalf("%s: the ID %q, %v", tt.vendor, id, err)
			}
			secret, err := Derive(master, Origin{Vendor: tt.vendor, Gateway: "gw", KeyID: id, Generation: 1}, secretOption)
			if err != nil || !regexp.MustCompile(tt.secret).MatchString(secret) {
				t.Fatalf("%s: the secret %q, %v", tt.vendor, secret, err)
			}
			if _, faults := newLocalKey(scheme, id, secret); len(faults) > 0 {
				t.Fatalf("%s: %v", tt.vendor, faults)
			}
		}
	}
	for _, name := range signers.Names() {
		if scheme, err := signers.Lookup(name); err == nil && scheme.Claims != nil && !seen[name] && name != "counted" {
			t.Errorf("the keys of %s have no shape in this test", name)
		}
	}
}

// A change of these values is a change of the keys that all apps have. They were computed by twenty lines of Python from the
// description in keys.go.
func TestDerivedSecretsNeverChange(t *testing.T) {
	master := newMaster(t)
	for _, tt := range []struct{ vendor, id, want string }{
		{"duo", "DI0123456789ABCDEF01", "8BliQAHlNnBIHsXUWwYfrwmMGhQLeNqeGEsSPpGO"},
		{"darktrace", "00112233445566778899aabbccddeeff00112233", "820ef56770e867e8c3b572c1f23d6b368f987961"},
		{"threatconnect", "12345678901234567890", "EdbeDAPlVqzAnApCYGm6HeLfUHcEPnfdZV8rNpPFKIoIjtLD36G0XywBZ8x1bh8r"},
		{"cortex", "912345678", "GbvY1E4kcQIm0x05vzGEudEuNT8COfv1WOOmMHbWxk8MIBXC07NTZOacZD9Pl8NPoENO7OHeuCjMKJ2kkK6U5GdzM5YNCxuYiOepDoWbDCSvSwTrc2x59iDOy4q1V28K"},
		{"aws", "AKIAABCDEFGHIJKLMNOP", "Mwjh/6JjJzOgrPAnQ8MYf27qTVxFXQanUdAm+ZVz"},
		{"veracode", "00112233445566778899aabbccddeeff", "96d59372fb83db53933489f86e8430a84846351debdf2412c8b7895062cd4f739ba8f069eee58801be0b5b61c6811031fea67a7f5fd009816c88342f7b8758de"},
		{"akamai", "akab-0000000000000000-0000000000000000", "0TntCKJs6OBK6uYD78On8ENErfcBM5OKtBK1zYLSQ6c="},
		{"bloodhound", "6f1d7a35-3d2c-4b7e-9d0a-1f2e3d4c5b6a", "ojCW2rsJ2ZKI+c/vs9Ry3nmD79bToG2Hd6AoxqRmlPw="},
	} {
		scheme, err := signers.Lookup(tt.vendor)
		if err != nil {
			t.Fatal(err)
		}
		option, _ := signers.Find(scheme.Options, scheme.Claims.Secret)
		got, err := Derive(master, Origin{Vendor: tt.vendor, Gateway: tt.vendor + ".internal", KeyID: tt.id, Generation: 3}, option)
		if err != nil || got != tt.want {
			t.Errorf("%s: %s, %v, want %s", tt.vendor, got, err, tt.want)
		}
	}
}

func TestEveryPartOfAnOriginChangesTheSecret(t *testing.T) {
	option := signers.Option{Name: "secret_key", Secret: true, Shape: "{alnum:40}"}
	other, err := NewMaster(testMaster + "x")
	if err != nil {
		t.Fatal(err)
	}
	renamed := option
	renamed.Name = "token_key"
	seen := make(map[string]string)
	for _, tt := range []struct {
		name   string
		master *Master
		origin Origin
		option signers.Option
	}{
		{"itself", newMaster(t), Origin{"duo", "gw", "id", 1}, option},
		{"master", other, Origin{"duo", "gw", "id", 1}, option},
		{"vendor", newMaster(t), Origin{"aws", "gw", "id", 1}, option},
		{"gateway", newMaster(t), Origin{"duo", "gx", "id", 1}, option},
		{"key ID", newMaster(t), Origin{"duo", "gw", "ie", 1}, option},
		{"generation", newMaster(t), Origin{"duo", "gw", "id", 2}, option},
		{"generation of the next byte", newMaster(t), Origin{"duo", "gw", "id", 257}, option},
		{"border of fields", newMaster(t), Origin{"duog", "w", "id", 1}, option},
		{"border of the next fields", newMaster(t), Origin{"duo", "gwi", "d", 1}, option},
		{"option", newMaster(t), Origin{"duo", "gw", "id", 1}, renamed},
	} {
		got, err := Derive(tt.master, tt.origin, tt.option)
		if err != nil {
			t.Fatal(err)
		}
		if before, twice := seen[got]; twice {
			t.Errorf("%s has the secret of %s", tt.name, before)
		}
		seen[got] = tt.name
	}
}

// A candidate is 8 bits here, 6 of them used for two digits of base 8, and 4 for one digit of base 10.
func TestCandidatesThatAreTooLargeAreDroppedAndNotReduced(t *testing.T) {
	for _, tt := range []struct {
		base, n int
		bytes   []byte
		want    string
	}{
		{10, 1, []byte{0xa0, 0xf0, 0x90}, "9"},
		{10, 1, []byte{0x00}, "0"},
		{36, 1, []byte{0xfc, 0x90, 0x8c}, "z"},
		{62, 1, []byte{0xff, 0xf8, 0xf4}, "Z"},
		{10, 3, []byte{0xff, 0xff, 0x01, 0xc0}, "007"},
	} {
		rest := tt.bytes
		got, err := number(tt.base, tt.n, func(n int) ([]byte, error) {
			taken := rest[:n]
			rest = rest[n:]
			return taken, nil
		})
		if err != nil || got != tt.want || len(rest) > 0 {
			t.Errorf("base %d: %q with %d bytes left, %v, want %q", tt.base, got, len(rest), err, tt.want)
		}
	}
}

func TestWeakMasterSecretsAreRefusedWithoutShowingThem(t *testing.T) {
	for _, secret := range []string{"", "short-and-secret", strings.Repeat("z", 31), strings.Repeat("z", 64)} {
		_, err := NewMaster(secret)
		if err == nil || secret != "" && strings.Contains(err.Error(), secret) || strings.Contains(err.Error(), "zz") {
			t.Errorf("%d bytes: %v", len(secret), err)
		}
	}
}

func TestShapesThatCannotBeReadAreRefused(t *testing.T) {
	for _, shape := range []string{"", "{alnum}", "{alnum:0}", "{alnum:129}", "{alnum:4", "{other:4}", "{uuid:16}", "{base32:10}", "DI{}"} {
		if _, ok := signers.ReadShape(shape); ok {
			t.Errorf("%q is taken for a shape", shape)
		}
	}
}
