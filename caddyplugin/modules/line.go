package modules

import (
	"encoding/json"
	"fmt"
	"strings"
	"sync"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig/httpcaddyfile"
)

// lines are the lines of directives in the Caddyfile that this process adapted last, by the JSON that they were adapted
// to. With them, even faults that only show up when the configuration is loaded are reported with a line of the Caddyfile.
var lines = struct {
	sync.Mutex
	of map[string][]string
}{of: make(map[string][]string)}

// rememberLine keeps the line of a directive, which became m. Caddy has no place for it in its JSON, so the JSON
// itself is the key: two directives that are written alike share their lines. A directive that cannot be
// marshalled has no line, which is no error.
func rememberLine(h httpcaddyfile.Helper, m any) {
	text, err := json.Marshal(m)
	if err != nil {
		return
	}
	d := h.Dispenser
	d.Reset()
	d.Next()
	line := fmt.Sprintf("%s:%d", d.File(), d.Line())
	lines.Lock()
	defer lines.Unlock()
	// The first directive of another Caddyfile: State is new for each one that Caddy adapts
	// (httpcaddyfile.Helper).
	if h.State[lineState] == nil {
		clear(lines.of)
		h.State[lineState] = true
	}
	lines.of[string(text)] = append(lines.of[string(text)], line)
}

// lineState marks a Caddyfile whose lines are being remembered.
const lineState = "vendorsign.lines"

// lineOf is the line of a module, or of some that are written like it; empty for JSON. At most three are named:
// Caddyfile:12, Caddyfile:20.
func lineOf(m caddy.Module) string {
	text, err := json.Marshal(m)
	if err != nil {
		return ""
	}
	lines.Lock()
	defer lines.Unlock()
	return strings.Join(cutList(lines.of[string(text)], 3), ", ")
}
