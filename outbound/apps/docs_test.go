package apps

import (
	"os"
	"regexp"
	"testing"

	"github.com/vendorsign/vendorsign/signers"
)

// The tables of the pages have every option of an app, of a verifier and of an entry in apps_file.
func TestThePagesHaveEveryOptionOfApps(t *testing.T) {
	for _, list := range []struct {
		page    string
		options []signers.Option
	}{{"apps.md", AppOptions}, {"apps.md", VerifyOptions}, {"apps.md", FileNames}, {"migration.md", EntryOptions}} {
		page, err := os.ReadFile("../../docs/" + list.page)
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range list.options {
			if !regexp.MustCompile("(?m)^\\|[^|]*`" + o.Name + "`[^|]*\\|").Match(page) {
				t.Errorf("%s has no row for %s", list.page, o.Name)
			}
		}
	}
}
