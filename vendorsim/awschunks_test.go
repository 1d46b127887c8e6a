package vendorsim

import (
	"net/http"
	"strings"
	"testing"
)

// The checksums of 123456789 are those that catalogues of CRCs, and sha1sum and sha256sum, have for it.
func TestABodyInChunksIsTakenWithItsChecksumAlone(t *testing.T) {
	sums := map[string]string{
		"crc32":     "y/Q5Jg==",
		"crc32c":    "4waSgw==",
		"crc64nvme": "rosUhgp5mIg=",
		"sha1":      "98O8HYCOBHMq32eZZczDTKeuNEE=",
		"sha256":    "FeKw08M4keuw8e9gnsQZQgwg4yDOlMZfvIwzEkSOsiU=",
	}
	check := func(announced, trailer string) string {
		r := &Request{Header: http.Header{"X-Amz-Trailer": {announced}, "X-Amz-Decoded-Content-Length": {"9"}},
			Body: []byte("4\r\n1234\r\n5\r\n56789\r\n0\r\n" + trailer)}
		return checkChunks(r).reason
	}
	for name, sum := range sums {
		name = "x-amz-checksum-" + name
		wrong := "A" + sum[1:]
		for _, tt := range []struct{ announced, trailer, want string }{
			{name, name + ":" + sum + "\r\n\r\n", ""},
			{strings.ToUpper(name), name + ": " + sum + "\r\n\r\n", ""},
			{name, name + ":" + wrong + "\r\n\r\n", "the checksum does not match the body"},
			{name, name + ":\r\n\r\n", "the checksum does not match the body"},
			{name, name + ":" + sum, "the trailer is not the one that X-Amz-Trailer announces"},
			{name, name + ":" + sum + "\r\n", "the trailer is not the one that X-Amz-Trailer announces"},
			{name, "x-other:" + sum + "\r\n\r\n", "the trailer is not the one that X-Amz-Trailer announces"},
			{"x-other", "x-other:" + sum + "\r\n\r\n", "X-Amz-Trailer announces no checksum"},
		} {
			if got := check(tt.announced, tt.trailer); got != tt.want {
				t.Errorf("%s announced, %q: %q, want %q", tt.announced, tt.trailer, got, tt.want)
			}
		}
	}
}
