package cli

import (
	"encoding/json"
	"runtime"
	"runtime/debug"
	"testing"
)

func TestTheVersionIsThatOfOurModule(t *testing.T) {
	commit := []debug.BuildSetting{
		{Key: "GOOS", Value: "linux"}, {Key: "GOARCH", Value: "arm64"},
		{Key: "vcs.revision", Value: "0123456789abcdef0123456789abcdef01234567"},
		{Key: "vcs.time", Value: "2026-01-02T03:04:05Z"}, {Key: "vcs.modified", Value: "true"},
	}
	ours := debug.Module{Path: modulePath, Version: "v0.1.0"}
	tests := []struct {
		name string
		info debug.BuildInfo
		want string
	}{
		{
			"our own program, installed",
			debug.BuildInfo{GoVersion: "go1.25.0", Main: ours, Settings: commit[:2]},
			"vendorsign v0.1.0, go1.25.0, linux/arm64",
		},
		{
			"our own program, built in a checkout with changes",
			debug.BuildInfo{GoVersion: "go1.25.0", Main: debug.Module{Path: modulePath, Version: "(devel)"}, Settings: commit},
			"vendorsign devel (0123456789ab of 2026-01-02, modified), go1.25.0, linux/arm64",
		},
		{
			"a Caddy with our plugin, whose commit is not ours",
			debug.BuildInfo{GoVersion: "go1.25.0", Main: debug.Module{Path: "caddy"}, Deps: []*debug.Module{{Path: "example.com/other", Version: "v9.0.0"}, &ours}, Settings: commit},
			"vendorsign v0.1.0, go1.25.0, linux/arm64",
		},
		{
			"a Caddy with our plugin from a folder",
			debug.BuildInfo{GoVersion: "go1.25.0", Main: debug.Module{Path: "caddy"}, Deps: []*debug.Module{{Path: modulePath, Version: "v0.1.0", Replace: &debug.Module{Path: "/src"}}}},
			"vendorsign devel, go1.25.0",
		},
		{
			"some other program",
			debug.BuildInfo{GoVersion: "go1.25.0"},
			"vendorsign unknown, go1.25.0",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := readBuild(&tt.info).String(); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

func TestVersionWritesJSON(t *testing.T) {
	status, stdout, stderr := runCLI("", "version", "--json")
	var got build
	if err := json.Unmarshal([]byte(stdout), &got); err != nil || status != 0 || stderr != "" {
		t.Fatalf("status %d, %q, %q: %v", status, stdout, stderr, err)
	}
	if got.Go != runtime.Version() || got.Version == "" {
		t.Errorf("got %+v", got)
	}
}
