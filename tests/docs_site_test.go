package tests

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"

	"github.com/vendorsign/vendorsign/tests/interpret"
	"github.com/vendorsign/vendorsign/tests/pages"
)

// Links within the documentation lead somewhere: to a file that exists, and to a heading in it.
func TestEveryLinkOfTheDocumentationLeadsSomewhere(t *testing.T) {
	root := interpret.Root(t)
	all := pages.Read(t, root)
	byName := make(map[string]pages.Page)
	for _, page := range all {
		byName[page.Name] = page
	}
	const ours = "https://github.com/vendorsign/vendorsign/"
	links := 0
	for _, page := range all {
		for _, link := range page.Links() {
			target, anchor, _ := strings.Cut(link, "#")
			name := filepath.ToSlash(filepath.Join(filepath.Dir(page.Name), target))
			switch rest, own := strings.CutPrefix(target, ours); {
			case own && (strings.HasPrefix(rest, "blob/main/") || strings.HasPrefix(rest, "tree/main/")):
				name = rest[len("blob/main/"):]
			case strings.Contains(target, "://"), strings.HasPrefix(target, "mailto:"):
				continue
			case target == "":
				name = page.Name
			case strings.HasPrefix(page.Name, "docs/") && !strings.HasPrefix(name, "docs/"):
				t.Errorf("%s: %s leads out of docs, where the static site has nothing: write %sblob/main/%s", page.Name, link, ours, name)
			}
			links++
			if _, err := os.Stat(filepath.Join(root, name)); err != nil {
				t.Errorf("%s: %s leads nowhere", page.Name, link)
			} else if to, ok := byName[name]; anchor != "" && (!ok || !slices.Contains(to.Anchors(), anchor)) {
				t.Errorf("%s: %s: there is no such heading", page.Name, link)
			}
		}
	}
	if links < 50 {
		t.Errorf("%d links found", links)
	}
}

// navigation lists the pages that mkdocs.yml names, below docs.
func navigation(t *testing.T) (all []string) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(interpret.Root(t), "mkdocs.yml"))
	if err != nil {
		t.Fatal(err)
	}
	var config struct{ Nav []any }
	if err := yaml.Unmarshal(data, &config); err != nil {
		t.Fatal(err)
	}
	var walk func(node any)
	walk = func(node any) {
		switch node := node.(type) {
		case string:
			all = append(all, node)
		case []any:
			for _, child := range node {
				walk(child)
			}
		case map[string]any:
			for _, child := range node {
				walk(child)
			}
		}
	}
	walk(config.Nav)
	return all
}

func TestTheSiteHasEveryPageOnce(t *testing.T) {
	var want []string
	for _, page := range pages.Read(t, interpret.Root(t)) {
		if name, ok := strings.CutPrefix(page.Name, "docs/"); ok {
			want = append(want, name)
		}
	}
	got := navigation(t)
	slices.Sort(want)
	slices.Sort(got)
	for _, name := range want {
		if !slices.Contains(got, name) {
			t.Errorf("docs/%s is not in the nav of mkdocs.yml", name)
		}
	}
	for i, name := range got {
		if !slices.Contains(want, name) {
			t.Errorf("mkdocs.yml names %s, which does not exist", name)
		}
		if i > 0 && got[i-1] == name {
			t.Errorf("mkdocs.yml names %s twice", name)
		}
	}
}

func TestTheSiteBuilds(t *testing.T) {
	mkdocs, err := exec.LookPath("mkdocs")
	if err != nil {
		t.Skip("mkdocs is not installed (apt-get install mkdocs)")
	}
	build := exec.Command(mkdocs, "build", "--strict", "--quiet", "--site-dir", t.TempDir())
	build.Dir = interpret.Root(t)
	if out, err := build.CombinedOutput(); err != nil {
		t.Errorf("mkdocs build --strict: %v\n%s", err, out)
	}
}

// Commands stand in blocks that tests run, and nowhere else.
func TestCommandsAreWrittenAsShellBlocks(t *testing.T) {
	command := regexp.MustCompile(`(?m)^    (?:\$ )?(?:\./|sudo |curl |caddy |vendorsign |xcaddy |go |git |docker |kubectl |traefik |systemctl ).*$`)
	known := []string{
		"sh", "text", "diff", "", // sessions: TestEveryCommandOfTheDocumentationRuns
		"caddyfile", "yaml", // loaded by both gateways
		"json",                      // below
		"toml", "ini", "dockerfile", // by the tests of the pages that have them
		"python", // settings of the vendors' clients, which are not here to be run
	}
	for _, page := range pages.Read(t, interpret.Root(t)) {
		text := regexp.MustCompile("(?ms)^ *```.*?^ *```$").ReplaceAllString(page.Text, "")
		for _, line := range command.FindAllString(text, -1) {
			t.Errorf("%s: %q is no block of the language sh", page.Name, strings.TrimSpace(line))
		}
		for _, b := range page.Blocks {
			if !slices.Contains(known, b.Lang) {
				t.Errorf("%s:%d: nobody tests a block of the language %q", page.Name, b.Line, b.Lang)
			}
			if b.Lang == "json" && !json.Valid([]byte(b.Text)) {
				t.Errorf("%s:%d: it is not JSON", page.Name, b.Line)
			}
		}
	}
}

// Whoever reaches a signing site uses its key: an example that is copied as it is must not listen to everybody.
func TestExamplesListenOnLoopbackOrAuthenticate(t *testing.T) {
	site := regexp.MustCompile(`(?ms)^(\S[^\n]*) \{\n(.*?)^\}$`)
	closed := regexp.MustCompile(`(?m)^\s+(?:bind 127\.0\.0\.1$|basic_auth \{|forward_auth |client_auth \{)`)
	seen := 0
	for _, page := range pages.Read(t, interpret.Root(t)) {
		for _, b := range page.Blocks {
			if b.Lang != "caddyfile" {
				continue
			}
			for _, m := range site.FindAllStringSubmatch(b.Text, -1) {
				if !strings.Contains(m[2], "reverse_proxy") {
					continue
				}
				seen++
				if !closed.MatchString(m[2]) {
					t.Errorf("%s:%d: the site %s is open to everyone who reaches the machine", page.Name, b.Line, m[1])
				}
			}
		}
	}
	if seen < 100 {
		t.Errorf("only %d sites found", seen)
	}
}

// A page about a vendor answers the same questions as the others.
func TestEveryVendorsPageHasAllItsSections(t *testing.T) {
	seen := 0
	for _, page := range pages.Read(t, interpret.Root(t)) {
		if !strings.HasPrefix(page.Name, "docs/vendors/") {
			continue
		}
		seen++
		var sections []string
		for _, m := range regexp.MustCompile(`(?m)^## (.*)$`).FindAllStringSubmatch(page.Text, -1) {
			sections = append(sections, m[1])
		}
		want := []string{"Keys", "Caddy", "Traefik", "Options", "What is signed", "Credential endpoints", "Limits", "Rotation", "Errors"}
		if strings.HasPrefix(page.Text, "<!-- Made by go generate from signers/presets/") {
			want = append(want, "How sure this is")
		}
		if strings.Join(sections, ", ") != strings.Join(want, ", ") {
			t.Errorf("%s has the sections %q, want %q", page.Name, sections, want)
		}
	}
	if seen < 5 {
		t.Errorf("%d pages found", seen)
	}
}

// An advisory says the same as the others, so that somebody who looks for one thing finds it.
func TestEveryAdvisoryHasAllItsParts(t *testing.T) {
	data, err := os.ReadFile(filepath.Join(interpret.Root(t), "SECURITY.md"))
	if err != nil {
		t.Fatal(err)
	}
	advisories := regexp.MustCompile(`(?m)^### (VSA-\d{4}-\d{2})$`).Split(string(data), -1)[1:]
	want := []string{"severity", "affected", "what somebody could do", "who is affected", "fixed in", "workaround", "credit"}
	for i, advisory := range advisories {
		var parts []string
		for _, m := range regexp.MustCompile(`(?m)^\| ([a-z ]+) \| [^|]+ \|$`).FindAllStringSubmatch(advisory, -1) {
			parts = append(parts, m[1])
		}
		if !slices.Equal(parts, want) {
			t.Errorf("advisory %d has the parts %q, want %q", i+1, parts, want)
		}
	}
	if len(advisories) < 9 {
		t.Errorf("%d advisories found", len(advisories))
	}
}

// What the documentation has people install is the version that it describes.
func TestTheDocumentationInstallsTheNewestVersion(t *testing.T) {
	newest, found := "", 0
	all := pages.Read(t, interpret.Root(t))
	for _, page := range all {
		if m := regexp.MustCompile(`(?m)^## (\d+\.\d+\.\d+) - \d{4}-\d{2}-\d{2}$`).FindStringSubmatch(page.Text); page.Name == "CHANGELOG.md" && m != nil {
			newest = m[1]
		}
	}
	version := regexp.MustCompile(`(?:version[=:] ?|--branch |vendorsign/)v(\d+\.\d+\.\d+)`)
	for _, page := range all {
		for _, m := range version.FindAllStringSubmatch(page.Text, -1) {
			found++
			if m[1] != newest {
				t.Errorf("%s installs %s, and the newest version is %s", page.Name, m[0], newest)
			}
		}
	}
	if found < 5 {
		t.Errorf("%d versions found", found)
	}
}

func TestPicturesAreReadable(t *testing.T) {
	root := interpret.Root(t)
	pictures, err := filepath.Glob(filepath.Join(root, "docs/pictures/*.svg"))
	if err != nil || len(pictures) < 2 {
		t.Fatalf("%d pictures, %v", len(pictures), err)
	}
	var text bytes.Buffer
	for _, page := range pages.Read(t, root) {
		text.WriteString(page.Text)
	}
	for _, picture := range pictures {
		data, err := os.ReadFile(picture)
		if err != nil {
			t.Fatal(err)
		}
		if err := wellFormed(data); err != nil {
			t.Errorf("%s: %v", filepath.Base(picture), err)
		}
		for _, part := range []string{"<title", "<desc", "viewBox="} {
			if !bytes.Contains(data, []byte(part)) {
				t.Errorf("%s has no %s", filepath.Base(picture), part)
			}
		}
		if !strings.Contains(text.String(), "pictures/"+filepath.Base(picture)) {
			t.Errorf("no page shows %s", filepath.Base(picture))
		}
	}
}

func wellFormed(data []byte) error {
	decoder := xml.NewDecoder(bytes.NewReader(data))
	for {
		if _, err := decoder.Token(); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
	}
}
