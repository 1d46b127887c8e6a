package vendorsim

import (
	"bytes"
	"encoding/base64"
	"hash/crc32"
	"strconv"
	"strings"
)

// checkChunks reads a body of STREAMING-UNSIGNED-PAYLOAD-TRAILER: chunks as in HTTP without extensions, then the trailer that
// X-Amz-Trailer announces ("Transferring Payload in Multiple Chunks", S3 API Reference). The content's length must be
// X-Amz-Decoded-Content-Length. Of the checksums, CRC-32 is compared.
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

// checkTrailer compares what comes after the last chunk, NAME:VALUE and an empty line, with the announcement, the
// length and the checksum. Other checksums than CRC-32 (CRC-32C, CRC-64/NVME, SHA) are taken unseen.
func checkTrailer(text, announced string, content []byte, length string) awsRefusal {
	name, value, ok := strings.Cut(strings.TrimSuffix(text, "\r\n\r\n"), ":")
	crc := crc32.NewIEEE()
	crc.Write(content)
	sum := base64.StdEncoding.EncodeToString(crc.Sum(nil))
	switch {
	case length != strconv.Itoa(len(content)):
		return damaged("X-Amz-Decoded-Content-Length is not the length of what arrived")
	case !ok || strings.ToLower(name) != announced:
		return damaged("the trailer is not the one that X-Amz-Trailer announces")
	case announced == "x-amz-checksum-crc32" && strings.Trim(value, " ") != sum:
		return damaged("the checksum is not that of what arrived")
	}
	return awsRefusal{}
}

// damaged is S3's IncompleteBody.
func damaged(reason string) awsRefusal { return awsRefusal{kind: awsChunks, reason: reason} }
