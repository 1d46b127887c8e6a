//go:build go1.21

package wire

// PlainHeaders are headers that most requests have and that mean nothing to a signature, and more.
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
