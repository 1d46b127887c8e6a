package diagnose

import (
	"bytes"
	"io"
	"mime/multipart"
)

// partParams reads the fields of a body in parts (RFC 7578) as parameters: a client signs a form, and
// its library sends parts. The boundary is taken from the body, since the Content-Type may be missing.
// At most 63 fields; nil for anything else.
func partParams(body []byte) []param {
	line, _, ok := bytes.Cut(body, []byte("\n"))
	boundary := string(bytes.TrimSpace(bytes.TrimPrefix(line, []byte("--"))))
	if !ok || !bytes.HasPrefix(body, []byte("--")) || boundary == "" || len(boundary) > 100 {
		return nil
	}
	var all []param
	parts := multipart.NewReader(bytes.NewReader(body), boundary)
	for len(all) < 64 {
		p, err := parts.NextRawPart()
		if err != nil {
			return all
		}
		value, err := io.ReadAll(io.LimitReader(p, manyWays))
		if err != nil {
			return all
		}
		all = append(all, newParam(p.FormName(), string(value)))
	}
	return nil
}
