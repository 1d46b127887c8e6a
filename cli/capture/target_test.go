package capture

import "testing"

func TestTheTargetIsTheURLsOwnText(t *testing.T) {
	tests := []struct{ url, authority, target string }{
		{"https://h/a/b?c=d", "h", "/a/b?c=d"},
		{"HTTPS://H:8443/a", "H:8443", "/a"},
		{"http://h", "h", "/"},
		{"http://h?x=1", "h", "/?x=1"},
		{"http://h#top", "h", "/"},
		{"http://h/a?b#top?c", "h", "/a?b"},
		{"http://h/a?", "h", "/a?"},
		{"http://h/a??b", "h", "/a??b"},
		{"http://h//a/./b/../c", "h", "//a/./b/../c"},
		{"http://h/%2f%7E%zz%", "h", "/%2f%7E%zz%"},
		{"http://h/é?ü=+%20;&&=", "h", "/é?ü=+%20;&&="},
		{"http://h/a?u=http://x@y/z", "h", "/a?u=http://x@y/z"},
		{"http://[::1]:80/a", "[::1]:80", "/a"},
	}
	for _, tt := range tests {
		authority, target, err := SplitURL(tt.url)
		if err != nil || authority != tt.authority || target != tt.target {
			t.Errorf("%s: %q, %q, %v", tt.url, authority, target, err)
		}
	}
	for _, url := range []string{"", "/a", "h/a", "//h/a", "ftp://h/a", "https:///a", "https://", "https://u@h/", "https://u:p@h/", "https://h/a b", "https://h/a\r\nX: y", "https://h/\x7f", " https://h/"} {
		if authority, target, err := SplitURL(url); err == nil {
			t.Errorf("%q: %q, %q", url, authority, target)
		}
	}
}

func TestHalfSurrogatePairsAreFound(t *testing.T) {
	for line, ok := range map[string]bool{
		`"\ud83d\ude00"`:       true,
		`"\\ud83d"`:            true,
		`"\\\\ud83d \u00e9"`:   true,
		`"\uD83D\uDE00\uffff"`: true,
		`"\ud83d"`:             false,
		`"\\\ud83d"`:           false,
		`"\ude00\ud83d"`:       false,
		`"\ud83d\ud83d\ude00"`: false,
		`"\ud83d\n\ude00"`:     false,
		`"\uD83D\u0041"`:       false,
	} {
		if err := faithful([]byte(line)); (err == nil) != ok {
			t.Errorf("%s: %v", line, err)
		}
	}
}
