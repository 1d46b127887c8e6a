package modules

import (
	"io"
	"net/http"
	"net/http/httptrace"
	"net/textproto"

	"github.com/vendorsign/vendorsign/outbound"
)

// hideEarly removes what clients must not receive from informational responses such as 103 (RFC 8297), which
// reverse_proxy passes on by its own trace. The one that is added last is called first.
func hideEarly(out *http.Request, names []string) *http.Request {
	if len(names) == 0 {
		return out
	}
	return out.WithContext(httptrace.WithClientTrace(out.Context(), &httptrace.ClientTrace{
		Got1xxResponse: func(_ int, header textproto.MIMEHeader) error {
			outbound.Hide(names, http.Header(header))
			return nil
		},
	}))
}

// hideTrailers removes what clients must not receive from the trailers of a response. Their names may be known before the body;
// their values are there once it has ended or was closed.
func hideTrailers(response *http.Response, names []string) {
	// An upgraded connection has no trailers, and its body must stay what it is: reverse_proxy writes to it.
	if len(names) == 0 || response.StatusCode == http.StatusSwitchingProtocols {
		return
	}
	// Names that were announced by the header Trailer are there already, without values.
	outbound.Hide(names, response.Trailer)
	response.Body = &hiding{response.Body, response, names}
}

// hiding is a response's body, with the trailers that are removed when it ends.
type hiding struct {
	body     io.ReadCloser
	response *http.Response
	names    []string
}

// Read removes trailers at the end of the body: net/http fills them in just before it returns io.EOF.
func (h *hiding) Read(data []byte) (int, error) {
	n, err := h.body.Read(data)
	// io.EOF, or the body broke off: no trailer comes after either.
	if err != nil {
		outbound.Hide(h.names, h.response.Trailer)
	}
	return n, err
}

// Close removes those of a body that was not read to its end.
func (h *hiding) Close() error {
	err := h.body.Close()
	outbound.Hide(h.names, h.response.Trailer)
	return err
}
