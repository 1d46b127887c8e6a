//go:build !race

package vendors_test

import (
	"fmt"
	"net/http"
	"runtime/debug"
	"strings"
	"testing"

	"github.com/vendorsign/vendorsign/signers"
)

// The promise is six, whatever is signed. The race detector makes pools forget on purpose, and so does a collection.
func TestSignTakesSixAllocationsAtMostInEveryModeAndSize(t *testing.T) {
	defer debug.SetGCPercent(debug.SetGCPercent(-1))
	for _, mode := range modes {
		s := newSigner(t, mode.config)
		for _, size := range []int{0, 1 << 10, 128 << 10, 1 << 20} {
			if size > 0 && s.Traits().Body == signers.NoBody {
				continue
			}
			message := sized(mode.message, size, strings.HasPrefix(mode.name, "duo-2"))
			at := moment(s, 1)
			if err := s.Sign(message, at); err != nil {
				t.Fatalf("%s, a body of %d bytes: %v", mode.name, size, err)
			}
			runs := 100
			if size > 1<<10 {
				runs = 1
			}
			n := testing.AllocsPerRun(runs, func() { s.Sign(message, at) })
			if n > 6 {
				t.Errorf("%s, a body of %d bytes: %v allocations, want at most 6", mode.name, size, n)
			}
		}
	}
}

// sized is m with a body of about so many bytes; of 0 it is m.
func sized(m *signers.Message, size int, form bool) *signers.Message {
	if size == 0 {
		return m
	}
	post := &signers.Message{Method: "POST", Host: m.Host, Target: m.Target, Header: m.Header, Body: []byte(strings.Repeat("x", size))}
	if form {
		var b strings.Builder
		for i := 0; b.Len() < size; i++ {
			fmt.Fprintf(&b, "alias%d=Jane+Doe+%%28ops%%29&", i)
		}
		post.Target, _, _ = strings.Cut(m.Target, "?")
		post.Body, post.Header = []byte(b.String()), http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}
	}
	return post
}
