package caddyplugin

import (
	"encoding/json"
	"fmt"
	"io"
	"testing"

	"github.com/caddyserver/caddy/v2"

	"github.com/vendorsign/vendorsign/cli"
)

func TestDemoLeavesConfiguredTLSAlone(t *testing.T) {
	config := &caddy.Config{AppsRaw: caddy.ModuleMap{"tls": json.RawMessage(`{}`)}}
	leaveNoTrace(config)
	if string(config.AppsRaw["tls"]) != `{}` || !config.Admin.Disabled || *config.Admin.Config.Persist {
		t.Errorf("got %+v", config)
	}
}

func TestExitStatusGoesThroughCaddy(t *testing.T) {
	for code, want := range map[int]string{1: "*cli.ExitError", 2: "*caddycmd.exitError"} {
		err := exitStatus(&cli.ExitError{Code: code, Err: io.EOF})
		if got := fmt.Sprintf("%T", err); got != want {
			t.Errorf("status %d: got %s, want %s", code, got, want)
		}
	}
}
