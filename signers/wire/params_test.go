package wire

import "testing"

func TestOwnedParametersGoAndAllElseStays(t *testing.T) {
	owned := map[string]bool{"key": true, "x-sig": true, "": false}
	tests := []struct{ target, want string }{
		{"/p", "/p"}, {"/p?", "/p?"}, {"/p?a=1", "/p?a=1"}, {"/p?key", "/p"}, {"/p?key=1", "/p"}, {"/p?KEY=1&a=%7e", "/p?a=%7e"},
		{"/p?a=1&key=2&b=3", "/p?a=1&b=3"}, {"/p?a=1;key=2;b=3", "/p?a=1;b=3"}, {"/p?a=1;key=2&b=3", "/p?a=1&b=3"}, {"/p?a=1&key=2", "/p?a=1"},
		{"/p?%6b%65y=1&a=+", "/p?a=+"}, {"/p?x%2Dsig=1&x-sig=2&x_sig=3", "/p?x_sig=3"}, {"/p?&&key=1&&a", "/p?&&&a"},
		{"/p?keys=1&akey=2&a=key", "/p?keys=1&akey=2&a=key"}, {"/p?%zz=1&key=2", "/p?%zz=1"}, {"/p?a=?key=1", "/p?a=?key=1"}, {"/key?a", "/key?a"},
	}
	for _, test := range tests {
		if got := WithoutParams(test.target, owned); got != test.want {
			t.Errorf("%s becomes %s, want %s", test.target, got, test.want)
		}
	}
}
