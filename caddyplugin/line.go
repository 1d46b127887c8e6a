package caddyplugin

import (
	"encoding/json"
	"fmt"
	"strings"
	"sync"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
)

// lines are where directives stood in the Caddyfiles that this process adapted, by the JSON that became of them: whoever
// wrote a Caddyfile is told its line, also of a fault that only shows when all of it is loaded.
var lines = struct {
	sync.Mutex
	of map[string][]string
}{of: make(map[string][]string)}

// maxLines bounds what is kept; then it begins anew.
const maxLines = 10000

// rememberLine keeps the line of d's directive, which became m.
func rememberLine(d *caddyfile.Dispenser, m any) {
	text, err := json.Marshal(m)
	if err != nil {
		return
	}
	d.Reset()
	d.Next()
	line := fmt.Sprintf("%s:%d", d.File(), d.Line())
	lines.Lock()
	defer lines.Unlock()
	if len(lines.of) >= maxLines {
		clear(lines.of)
	}
	for _, known := range lines.of[string(text)] {
		if known == line {
			return
		}
	}
	lines.of[string(text)] = append(lines.of[string(text)], line)
}

// lineOf is the line of a module, or of all that are written like it; empty for JSON.
func lineOf(m caddy.Module) string {
	text, err := json.Marshal(m)
	if err != nil {
		return ""
	}
	lines.Lock()
	defer lines.Unlock()
	return strings.Join(lines.of[string(text)], ", ")
}
