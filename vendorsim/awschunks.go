package vendorsim

import (
	"bytes"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"hash"
	"hash/crc32"
	"hash/crc64"
	"strconv"
	"strings"
)

// checkChunks reads a body of STREAMING-UNSIGNED-PAYLOAD-TRAILER: chunks as in HTTP without extensions, then the trailer that
// X-Amz-Trailer announces ("Transferring Payload in Multiple Chunks", S3 API Reference). The content's length must be
// X-Amz-Decoded-Content-Length.
//
//	5\r\nhello\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\n
func checkChunks(r *Request) awsRefusal {
	trailer, length := strings.ToLower(header(r.Header, "X-Amz-Trailer")), header(r.Header, "X-Amz-Decoded-Content-Length")
	if trailer == "" || length == "" {
		return damaged("X-Amz-Trailer or X-Amz-Decoded-Content-Length is missing")
	}
	var content []byte
	rest := r.Body
	for {
		line, after, ok := bytes.Cut(rest, []byte("\r\n"))
		size, err := strconv.ParseUint(string(line), 16, 31)
		switch {
		case !ok || err != nil:
			return damaged("the body is not in chunks")
		case size == 0:
			return checkTrailer(string(after), trailer, content, length)
		case uint64(len(after)) < size+2 || string(after[size:size+2]) != "\r\n":
			return damaged("a chunk is not as long as it says")
		}
		content, rest = append(content, after[:size]...), after[size+2:]
	}
}

// awsChecksums are those that a trailer may have ("Checking object integrity", S3 User Guide).
var awsChecksums = map[string]func() hash.Hash{
	"x-amz-checksum-crc32":     func() hash.Hash { return crc32.NewIEEE() },
	"x-amz-checksum-crc32c":    func() hash.Hash { return crc32.New(crc32.MakeTable(crc32.Castagnoli)) },
	"x-amz-checksum-crc64nvme": func() hash.Hash { return crc64.New(crc64.MakeTable(0x9a6c9329ac4bc9b5)) },
	"x-amz-checksum-sha1":      sha1.New,
	"x-amz-checksum-sha256":    sha256.New,
}

// checkTrailer compares what comes after the last chunk, NAME:VALUE and an empty line, with the announcement, the
// length and the checksum.
func checkTrailer(text, announced string, content []byte, length string) awsRefusal {
	line, ended := strings.CutSuffix(text, "\r\n\r\n")
	name, value, ok := strings.Cut(line, ":")
	checksum := awsChecksums[announced]
	switch {
	case length != strconv.Itoa(len(content)):
		return damaged("X-Amz-Decoded-Content-Length is not the length of what arrived")
	case checksum == nil:
		return damaged("X-Amz-Trailer announces no checksum")
	case !ended || !ok || strings.ToLower(name) != announced:
		return damaged("the trailer is not the one that X-Amz-Trailer announces")
	}
	sum := checksum()
	sum.Write(content)
	if strings.Trim(value, " ") != base64.StdEncoding.EncodeToString(sum.Sum(nil)) {
		return damaged("the checksum does not match the body")
	}
	return awsRefusal{}
}

// damaged is S3's IncompleteBody.
func damaged(reason string) awsRefusal { return awsRefusal{kind: awsChunks, reason: reason} }
