//go:build go1.21

package wire

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"encoding/pem"
	"math/big"
)

// SampleKey takes the place of a private key of any kind in a configuration whose references are not read. The keys that it becomes
// are public, in this file, so nothing real must be signed with them.
const SampleKey = "vendorsign-sample-key"

// sampleKey is the key that SampleKey becomes, of the kind that the signature n takes. So a signer
// can be made where the real key may not be read.
func sampleKey(n int) interface{} {
	switch n {
	case Ed25519:
		return ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))
	case ECDSAP256SHA256, ECDSAP256SHA512ASN1:
		// The private number 1, whose public point is the curve's base point: a key that takes no
		// computation.
		key := &ecdsa.PrivateKey{D: big.NewInt(1)}
		key.Curve = elliptic.P256()
		key.X = key.Curve.Params().Gx
		key.Y = key.Curve.Params().Gy
		return key
	}
	block, _ := pem.Decode([]byte(sampleRSA))
	return readDER(block.Bytes)
}

// sampleRSA was made for this file. It is a constant, since making an RSA key takes a tenth of a
// second and more.
const sampleRSA = `-----BEGIN PRIVATE KEY-----
MIIEvAIBADANBgkqhkiG9w0BAQEFAASCBKYwggSiAgEAAoIBAQCFoC0N5CD1cJ3d
WQIZ1Sx2Gp+xoAmH7dmTmFMDBPHqLEHxEg4cQYdNan5vAjxpP2jyuccT9NtZYeBo
E1gx/usLW4kKdgvGy9UXmfHjLFf5GGw/YhSNm14EBtS0WZFn5ipKM4A+xPLVoXCt
mAIADEo0Epwc1b5iU/3vCy3oZdpuVgTMcxoy3Bm2M4S7FpHDn3CpSSZYqm9PtUn0
95iXWbR7VKP+28oAfWh0YG3/1dQQZhzpN2Q2R5h8PaTAfhgehs73yfACfxkiKUYH
QmiaS3pqvK6Qb+z24QMSi60fpoDT2rbcp6DDYiuWDTq9ZURLY/Yuvz49PJQQE0Cp
JwCayX9nAgMBAAECggEACvJxXnb3AESGmlClbGpbZx2NQacDwOAKeB39hvzLuMyB
Znd9MnFn3T7BNuTvAAxS07fGiGsB4VO0Z7JWAlqI9Pg9xN6g3ltqjLFu8JZ8aorG
q3akimlVDW1l1ZSU5fckNcn8Uqgd4MSGD6KpX0midpujsHUOUM3iusemrihR+cHx
+rbR/NvDe4c+n0EKeUrLn6thM6ZbiuM5X1XoHbjwGeGqglpgpIOlOGJWF/E2Fqud
mv5UwHhmLWQ8EpArE082aXZNjMmljQIC1yaDtvnM5iz4B3dPDQlCko8Vi0P8x8Pw
WNdCWmbpEJYUui57eLP17/cWsZAQyIEoxfMdYZrKmQKBgQC5LAtXQA6oWrj8xK7n
8bV4sM+Z6SF+qbno6f+FJjq7e00O8Ty/6d1ZvXzNS9XQyR6D2Vd3QPNPRf6IIYMG
LaQIDbu79vizF6EO5F9Ixy10kLJ18d3oNNQSrMfV6jgsxEgNeySG5tL4/QJmEoAi
KJyI574xc+5Xbozr0Y1nYMFGIwKBgQC4vLzKi4l7HjitIUlNryQ9LnMeJddFXbVe
6w6biqC4r9dPcBaTgrRh3nAfC3r7IW9ZzssBeH4qtLmVHvIHJGpZBlgPkIvFOqnK
RcXawk8Xu7iU0GGMxpz0aU9NlZQW8gYj1iiwN2Edi/iBmDGtmCY77lDiahkOTi5M
fifQyeC77QKBgATGZ/x2AGrC/CY4hDIi/4T/OjtD0cNMaSjib95lH/qZsWEDQ4fH
ZhfcVQ2OORNLPGg2AJVorV2L9oZYJuLP5nz2rbKpKbykjViu9u4PhNKOsKtt80T7
p8RbhEO16IDvBtSiKkz4QtR84cT0ES3QUkkNgNARp0HF7ghevQC/c/x1AoGADMfR
79lTe5cNqLyiy6MQSMNL54wKppvjDlwIuK4QjHZt2OsSRMZIIHU5IIy0x2b6wyXR
WZqyb9Xs+OoZKHFWgi40LW98m/qBAKNvGsFSo3uzO2hnN0wOU8JtYBq3EhdQYW5R
hk9ugpLKcHzNAwuBqafFJMTeUuUJwvT/YCx3RckCgYB8HKtdghaMgnL66OTNd0t/
bMWjPJN3VM95ugwLSwiZrFqb8U/7te8jpg1G+VIV22DVOZHcS5b9zQnmPnvUC0Dc
kwOfdoGWcw0gLWB8x1sB0wuiNt2GV/6Bs9zS2nKmo+SOJbgQh4X62T6AEfZyuOPS
i/oYSGvEasvcwR/Zye7o9Q==
-----END PRIVATE KEY-----
`
