package attack

import (
	"encoding/hex"
	"fmt"
	"strings"
)

// The clients of AWS: of a service whose paths are normalised, of S3, and of S3 with the signature in the query.

// awsClient is a client of a service whose paths are normalised.
func awsClient() *Client {
	c := awsBy("aws", "guardduty")
	c.Read = Request{Method: "GET", Target: "/detector?a=1&b=2", Lines: []string{"X-Amz-Meta-A: 1"}}
	c.Write = Request{Method: "POST", Target: "/detector/d1/filter", Body: `{"a":1}`, Lines: []string{"X-Amz-Meta-A: 1"}}
	return c
}

// s3Client is a client of S3, which signs the hash of each payload and the path decoded.
func s3Client() *Client {
	c := awsBy("s3", "s3")
	c.Read = Request{Method: "GET", Target: "/bucket/key?a=1&b=2", Lines: []string{"X-Amz-Meta-A: 1", "X-Amz-Content-Sha256: " + hex256("")}}
	c.Write = Request{Method: "PUT", Target: "/bucket/key", Body: "data",
		Lines: []string{"X-Amz-Meta-A: 1", "X-Amz-Content-Sha256: " + hex256("data")}}
	c.Scheme.Target = "decoded"
	return c
}

// awsBy makes a client with the signature in Authorization. Its canonical request is written out by hand, for these headers
// only: nothing is shared with the signers or the judge. service is s3 or any other; only S3 has the hash of the payload
// among the headers.
func awsBy(name, service string) *Client {
	c := &Client{Name: name, Vendor: "aws", Host: "aws.internal:8443", Owned: "X-Amz-", Hex: true,
		Headers: []string{"Authorization", "X-Amz-Date"}, Key: "access_key_id", Secret: "secret_access_key",
		More:   map[string]string{"mode": "re_sign", "region": "eu-west-1", "service": service},
		Scheme: Scheme{Method: true, Host: "exact", Target: "normalised", Body: "all", Prefix: "X-Amz-", Blanks: true}}
	names := func(r Request) string {
		if r.value("X-Amz-Content-Sha256") == "" {
			return "host;x-amz-date;x-amz-meta-a"
		}
		return "host;x-amz-content-sha256;x-amz-date;x-amz-meta-a"
	}
	// The query is in canonical order already, and both headers that may be there are written out.
	c.prove = func(r Request, k Key, s Stamp) string {
		path, query, _ := strings.Cut(r.Target, "?")
		payload := r.value("X-Amz-Content-Sha256")
		headers := "host:" + r.Host + "\n"
		if payload == "" {
			payload = hex256(r.Body)
		} else {
			headers += "x-amz-content-sha256:" + payload + "\n"
		}
		headers += "x-amz-date:" + awsDate(s) + "\nx-amz-meta-a:1\n"
		return awsProof(k, s, service, strings.Join([]string{r.Method, path, query, headers, names(r), payload}, "\n"))
	}
	c.write = func(r *Request, id, proof string, s Stamp) {
		r.Lines = append(r.Lines, "X-Amz-Date: "+awsDate(s), fmt.Sprintf("Authorization: AWS4-HMAC-SHA256 "+
			"Credential=%s/%s/eu-west-1/%s/aws4_request, SignedHeaders=%s, Signature=%s", id, awsDate(s)[:8], service, names(*r), proof))
	}
	return c
}

// awsDate is a stamp as X-Amz-Date has it.
func awsDate(s Stamp) string { return s.At.UTC().Format("20060102T150405Z") }

// awsProof derives the key and signs ("Create a signed AWS API request", IAM User Guide). canonical is the canonical request,
// whose hash is the last line of what is signed.
func awsProof(k Key, s Stamp, service, canonical string) string {
	key, scope := "AWS4"+k.Secret, awsDate(s)[:8]+"/eu-west-1/"+service+"/aws4_request"
	for _, part := range strings.Split(scope, "/") {
		key = mac256(key, part)
	}
	return hex.EncodeToString([]byte(mac256(key, "AWS4-HMAC-SHA256\n"+awsDate(s)+"\n"+scope+"\n"+hex256(canonical))))
}

// s3Link makes presigned URLs that are valid for 30 seconds. In canonical order the parameters of the signature come before
// versionId, since capital letters sort before small ones, so that nothing has to be sorted here.
func s3Link() *Client {
	c := &Client{Name: "s3 link", Vendor: "aws", Host: "aws.internal:8443", Owned: "X-Amz-", Hex: true,
		Key: "access_key_id", Secret: "secret_access_key",
		More:   map[string]string{"mode": "re_sign", "region": "eu-west-1", "service": "s3"},
		Read:   Request{Method: "GET", Target: "/bucket/key?versionId=7"},
		Write:  Request{Method: "PUT", Target: "/bucket/key?versionId=7", Body: "data"},
		Scheme: Scheme{Method: true, Host: "exact", Target: "decoded", Prefix: "X-Amz-", Link: true}}
	signed := func(id string, s Stamp) string {
		return "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=" + id + "%2F" + awsDate(s)[:8] + "%2Feu-west-1%2Fs3%2Faws4_request" +
			"&X-Amz-Date=" + awsDate(s) + "&X-Amz-Expires=30&X-Amz-SignedHeaders=host"
	}
	c.prove = func(r Request, k Key, s Stamp) string {
		path, query, _ := strings.Cut(r.Target, "?")
		lines := []string{r.Method, path, signed(k.ID, s) + "&" + query, "host:" + r.Host + "\n", "host", "UNSIGNED-PAYLOAD"}
		return awsProof(k, s, "s3", strings.Join(lines, "\n"))
	}
	c.write = func(r *Request, id, proof string, s Stamp) {
		r.Target += "&" + signed(id, s) + "&X-Amz-Signature=" + proof
	}
	return c
}
