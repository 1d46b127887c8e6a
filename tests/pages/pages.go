// Package pages reads the documentation, for the tests that hold it to what it says.
package pages

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/vendorsign/vendorsign/signers"
	_ "github.com/vendorsign/vendorsign/signers/all" // every vendor
)

// Page is a Markdown file.
type Page struct {
	Name   string // below the root, with slashes
	Text   string
	Blocks []Block
}

// Block is fenced code, in the order of the page.
type Block struct {
	Lang string // the word behind the fence: caddyfile, yaml, sh, text
	File string // the file that the line before names, if it ends as in "the file `traefik.yml`:"
	Text string
	Line int
}

// Read returns the README, the other pages of the root and all pages below docs.
func Read(t testing.TB, root string) []Page {
	t.Helper()
	names := []string{"README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md"}
	err := filepath.WalkDir(filepath.Join(root, "docs"), func(path string, d fs.DirEntry, err error) error {
		if err == nil && strings.HasSuffix(path, ".md") {
			name, _ := filepath.Rel(root, path)
			names = append(names, filepath.ToSlash(name))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	var all []Page
	for _, name := range names {
		data, err := os.ReadFile(filepath.Join(root, name))
		if err != nil {
			t.Fatal(err)
		}
		page := Page{Name: name, Text: string(data)}
		if !Later[name] {
			page.Blocks = blocks(page.Text)
		}
		all = append(all, page)
	}
	return all
}

// Later are pages whose configurations and commands need what is not built yet: schemes of one's own in both gateways
// (custom with option, secret, preset) and `simulate preset`. Delete the entry with them.
var Later = map[string]bool{}

var (
	fence = regexp.MustCompile("^( *)```(\\w*)$")
	named = regexp.MustCompile("`(Caddyfile|[\\w-]+\\.(?:json|sh|toml|yml|yaml))`[^`]*:$")
)

func blocks(text string) (all []Block) {
	lines := strings.Split(text, "\n")
	for i := 0; i < len(lines); i++ {
		m := fence.FindStringSubmatch(lines[i])
		if m == nil {
			continue
		}
		b := Block{Lang: m[2], Line: i + 1}
		for before := i - 1; before >= 0; before-- {
			if lines[before] == "" {
				continue
			}
			if n := named.FindStringSubmatch(lines[before]); n != nil {
				b.File = n[1]
			}
			break
		}
		var body []string
		for i++; i < len(lines) && strings.TrimSpace(lines[i]) != "```"; i++ {
			body = append(body, strings.TrimPrefix(lines[i], m[1]))
		}
		b.Text = strings.Join(body, "\n") + "\n"
		all = append(all, b)
	}
	return all
}

// Commands returns the commands of a shell block: its lines without comments, continued ones joined.
func (b Block) Commands() (all []string) {
	for _, line := range strings.Split(strings.ReplaceAll(b.Text, "\\\n", " "), "\n") {
		line, _, _ = strings.Cut(line, "  #")
		line = strings.Join(strings.Fields(line), " ")
		if line != "" && !strings.HasPrefix(line, "#") {
			all = append(all, line)
		}
	}
	return all
}

var code = regexp.MustCompile("(?ms)^ *```.*?^ *```$|`[^`\n]*`")

// Links returns where a page points to, outside of code.
func (p Page) Links() (all []string) {
	text := code.ReplaceAllString(p.Text, "")
	for _, m := range regexp.MustCompile(`\]\(([^)\s]+)\)`).FindAllStringSubmatch(text, -1) {
		all = append(all, m[1])
	}
	return all
}

// Anchors returns the names of the page's headings, as GitHub and MkDocs both make them, and those that it gives itself.
func (p Page) Anchors() (all []string) {
	text := regexp.MustCompile("(?ms)^ *```.*?^ *```$").ReplaceAllString(p.Text, "")
	for _, m := range regexp.MustCompile(`(?m)^#+ +(.*)$`).FindAllStringSubmatch(text, -1) {
		heading := strings.ToLower(m[1])
		heading = regexp.MustCompile("[^a-z0-9 _-]").ReplaceAllString(heading, "")
		all = append(all, strings.ReplaceAll(heading, " ", "-"))
	}
	for _, m := range regexp.MustCompile(`<a id="([a-z0-9-]+)"></a>`).FindAllStringSubmatch(text, -1) {
		all = append(all, m[1])
	}
	return all
}

var template = regexp.MustCompile(`\{\{ env "(\w+)" \}\}`)

// Rendered fills in the templates of Traefik's file provider.
func Rendered(text string) string {
	return template.ReplaceAllStringFunc(text, func(match string) string {
		if name := template.FindStringSubmatch(match)[1]; strings.HasSuffix(name, "_FILE") {
			return "/run/secrets/" + strings.ToLower(name)
		}
		return "vendor.example"
	})
}

// Needs is what configurations of the documentation refer to: variables, and files by what is behind the folder.
type Needs struct {
	Env   []string
	Files map[string]string // the name below the folder, by the whole one
}

var (
	env  = regexp.MustCompile(`(?:\{env\.|env:)(\w+)`)
	file = regexp.MustCompile(`(?:/var)?/(?:run/secrets|etc/gateway)/([\w./-]*\w)`)
)

// Refers finds the environment variables and files that a text refers to.
func Refers(text string) Needs {
	n := Needs{Files: make(map[string]string)}
	for _, m := range env.FindAllStringSubmatch(text, -1) {
		if !slices.Contains(n.Env, m[1]) {
			n.Env = append(n.Env, m[1])
		}
	}
	for _, m := range file.FindAllStringSubmatch(text, -1) {
		n.Files[m[0]] = m[1]
	}
	return n
}

// Moved returns the text with the files that it refers to below dir.
func Moved(text, dir string) string {
	return file.ReplaceAllString(text, dir+"/$1")
}

// Variable is what an environment variable holds: a text, or a path where only that will do.
func Variable(name string) string {
	if strings.HasSuffix(name, "_RELATIVE_URI") {
		return "/v2/credentials/1"
	}
	if name == "APP_MASTER" { // at least 32 bytes
		return "master-secret-of-the-documentation-0000"
	}
	return "value-of-" + strings.TrimPrefix(name, "VENDORSIGN_")
}

// Secret is what a file of secrets holds: a text, a whole credential of Duo, or apps. The file of a preset's secret is named like the
// preset, and like the option where it has several; it holds what that option takes. So does that of a private key.
func Secret(name string) string {
	for _, vendor := range signers.Presets() {
		scheme, err := signers.Lookup(vendor)
		for _, o := range scheme.Options {
			if err == nil && o.Secret && o.Required && (name == vendor || name == vendor+"_"+o.Name) {
				return o.Example() + "\n"
			}
		}
	}
	for _, vendor := range signers.Natives() {
		scheme, err := signers.Lookup(vendor)
		for _, o := range scheme.Options {
			if err == nil && o.Secret && (name == vendor && o.Kind == signers.Document || name == vendor+"_"+o.Name && o.Sample != "") {
				return o.Example() + "\n"
			}
		}
	}
	if strings.HasSuffix(name, "apps.json") {
		return `{"version": 1, "vendor": "duo", "gateway": "duo.internal", "apps": []}` + "\n"
	}
	if strings.HasSuffix(name, ".json") {
		return `{"integration_key": "DIXXXXXXXXXXXXXXXXXX", "secret_key": "secret", "host": "api-1.duosecurity.com"}` + "\n"
	}
	return "secret-of-" + name + "\n"
}
