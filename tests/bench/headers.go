package main

import "net/http"

// usualHeaders are ten that a usual client behind a proxy sends.
func usualHeaders() http.Header {
	return http.Header{
		"Accept": {"application/json"}, "Accept-Encoding": {"gzip"}, "Accept-Language": {"en"}, "Cache-Control": {"no-cache"},
		"Content-Type": {"application/json"}, "User-Agent": {"python-requests/2.32.0"}, "X-Forwarded-For": {"10.0.0.1"},
		"X-Forwarded-Host": {"darktrace.internal"}, "X-Forwarded-Proto": {"https"}, "X-Request-Id": {"0123456789abcdef"},
	}
}
