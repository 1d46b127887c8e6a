//go:build go1.21

package wire

// PlainHeaders are headers that most requests have and that mean nothing to a signature, and more,
// which are a scheme's own. All names are in canonical form. Schemes pass the result to OnlyHas: a
// request that has only such headers need not be searched for others, as for X-Duo- or X-Amz-
// headers. A name that is missing here costs time alone, but a name with a scheme's prefix would
// hide a header that must be signed.
func PlainHeaders(more ...string) map[string]bool {
	names := make(map[string]bool)
	for _, name := range plain {
		names[name] = true
	}
	for _, name := range more {
		names[name] = true
	}
	return names
}

// plain are the names of such headers, of clients and of proxies in front.
var plain = []string{
	"Accept", "Accept-Charset", "Accept-Encoding", "Accept-Language", "Cache-Control", "Connection", "Content-Encoding", "Content-Length",
	"Content-Type", "Cookie", "Date", "If-Match", "If-Modified-Since", "If-None-Match", "Origin", "Pragma", "Range", "Referer", "Te",
	"Traceparent", "Tracestate", "User-Agent", "Via", "X-Correlation-Id", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Port",
	"X-Forwarded-Proto", "X-Forwarded-Server", "X-Real-Ip", "X-Request-Id", "X-Requested-With",
}
