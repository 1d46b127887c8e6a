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

// rememberLine keeps the line of a directive, which became m.
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
	// State is new for each Caddyfile that Caddy adapts (httpcaddyfile.Helper).
	if h.State[lineState] == nil { // the first directive of another Caddyfile
		clear(lines.of)
		h.State[lineState] = true
	}
	lines.of[string(text)] = append(lines.of[string(text)], line)
}

const lineState = "vendorsign.lines"

// lineOf is the line of a module, or of some that are written like it; empty for JSON.
func lineOf(m caddy.Module) string {
	text, err := json.Marshal(m)
	if err != nil {
		return ""
	}
	lines.Lock()
	defer lines.Unlock()
	return strings.Join(cutList(lines.of[string(text)], 3), ", ")
}
