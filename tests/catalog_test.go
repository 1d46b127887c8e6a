package tests

import (
	"archive/zip"
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"

	"github.com/vendorsign/vendorsign/tests/interpret"
)

// archive is what the catalog serves of a tag: GitHub's zip, since the root module requires others. Its files lie below
// one folder, which Traefik strips.
func archive(t *testing.T) map[string]*zip.File {
	t.Helper()
	needsGit(t)
	c := exec.Command("git", "-c", "safe.directory=*", "archive", "--format=zip", "--prefix=vendorsign-vendorsign-1234567/", "HEAD")
	c.Dir = interpret.Root(t)
	data, err := c.Output()
	if err != nil {
		t.Fatal(err)
	}
	r, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	files := make(map[string]*zip.File)
	for _, f := range r.File {
		if _, name, _ := strings.Cut(f.Name, "/"); name != "" && !f.FileInfo().IsDir() {
			files[name] = f
		}
	}
	return files
}

func contents(t *testing.T, f *zip.File) []byte {
	t.Helper()
	if f == nil {
		t.Fatal("missing in the archive")
	}
	r, err := f.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	data, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// unpack makes the folder that Traefik makes of the archive, below plugins-storage/sources/gop-*, and returns it.
func unpack(t *testing.T, files map[string]*zip.File) string {
	t.Helper()
	goPath := t.TempDir()
	for name, f := range files {
		file := filepath.Join(goPath, "src", filepath.FromSlash(interpret.Module), filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, contents(t, f), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return goPath
}

var (
	// catalogTag is piceus' expression for tags: one other on the first page, and the plugin is not listed.
	catalogTag    = regexp.MustCompile(`^v\d+\.\d+\.\d+(-[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?(\+[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?$`)
	requirement   = regexp.MustCompile(`(?m)^\s*(?:require\s+|tool\s+)?([\w.~-]+\.[\w~-]+/\S+)(?: v\S+)?(?: // indirect)?$`)
	modulePathIn  = regexp.MustCompile(`(?m)^module (\S+)$`)
	majorInModule = regexp.MustCompile(`/v[2-9]\d*$`)
)

// The rules are those of traefik/piceus, in the order in which it checks them. Those about GitHub itself (public, no
// fork, topic, issues) are in .github/settings.yml.
func TestTheTraefikCatalogAdmitsThePlugin(t *testing.T) {
	files := archive(t)
	var m struct {
		DisplayName, Summary, Type, Import, BasePkg, Runtime, IconPath, BannerPath string
		UseUnsafe                                                                  bool
		TestData                                                                   map[string]any
	}
	raw := make(map[string]any)
	if err := yaml.Unmarshal(contents(t, files[".traefik.yml"]), &raw); err != nil {
		t.Fatal(err)
	}
	for key, value := range raw { // the keys are in camelCase, which yaml would not find
		field := reflect.ValueOf(&m).Elem().FieldByName(strings.ToUpper(key[:1]) + key[1:])
		if !field.IsValid() || reflect.TypeOf(value) != field.Type() {
			t.Errorf(".traefik.yml has %s, of which the catalog knows nothing", key)
			continue
		}
		field.Set(reflect.ValueOf(value))
	}
	mod := string(contents(t, files["go.mod"]))
	module := modulePathIn.FindStringSubmatch(mod)[1]

	t.Run("the repository is public, not archived, has the topic and issues", func(t *testing.T) {
		var settings struct {
			Repository struct {
				Topics            string
				Private, Archived *bool
				HasIssues         bool `yaml:"has_issues"`
			}
		}
		if err := yaml.Unmarshal(contents(t, files[".github/settings.yml"]), &settings); err != nil {
			t.Fatal(err)
		}
		r := settings.Repository
		if !strings.Contains(", "+r.Topics+",", ", traefik-plugin,") || strings.Contains(r.Topics, "traefik-plugin-hidden") || !r.HasIssues ||
			r.Private == nil || *r.Private || r.Archived == nil || *r.Archived {
			t.Errorf("the settings are %+v", r)
		}
	})
	t.Run("most of the code is Go", func(t *testing.T) {
		size := make(map[string]uint64) // by what GitHub counts as a language
		for name, f := range files {
			switch extension := path.Ext(name); extension {
			case ".go", ".sh", ".py", ".js", ".ts", ".html", ".css", ".c", ".java", ".Dockerfile":
				size[extension] += f.UncompressedSize64
			}
		}
		for extension, bytes := range size {
			if extension != ".go" && bytes >= size[".go"] {
				t.Errorf("%s has %d bytes, Go %d", extension, bytes, size[".go"])
			}
		}
	})
	t.Run("every tag is a plain semantic version", func(t *testing.T) {
		for _, tag := range strings.Fields(git(t, interpret.Root(t), "tag", "--list")) {
			if !catalogTag.MatchString(tag) {
				t.Errorf("invalid tag: %s", tag)
			}
		}
		for _, tag := range []string{"1.3.1", "v0.1", "latest", "v.1.0.5", "caddyplugin/v0.1.0"} { // refused in public
			if catalogTag.MatchString(tag) {
				t.Errorf("%s is taken", tag)
			}
		}
		for name := range files { // a module below the root would want tags of its own
			if strings.HasSuffix(name, "/go.mod") && !strings.HasPrefix(name, "tests/") {
				t.Errorf("%s is a module of its own", name)
			}
		}
	})
	t.Run("there is a readme", func(t *testing.T) { contents(t, files["README.md"]) })
	t.Run("the manifest is at the root", func(t *testing.T) { contents(t, files[".traefik.yml"]) })
	t.Run("the type is middleware, interpreted", func(t *testing.T) {
		if m.Type != "middleware" || m.Runtime != "" && m.Runtime != "yaegi" {
			t.Errorf("type %q, runtime %q", m.Type, m.Runtime)
		}
	})
	t.Run("import is given", func(t *testing.T) {
		if m.Import == "" {
			t.Error("missing import")
		}
	})
	t.Run("displayName, summary and testData are given", func(t *testing.T) {
		if m.DisplayName == "" || m.Summary == "" || m.TestData == nil {
			t.Errorf("%+v", m)
		}
	})
	t.Run("the icons are in the repository", func(t *testing.T) {
		for _, icon := range []string{m.IconPath, m.BannerPath} {
			if icon != "" {
				contents(t, files[path.Clean(icon)])
			}
		}
	})
	t.Run("nothing unsafe, which the catalog could not try", func(t *testing.T) {
		if m.UseUnsafe {
			t.Error("useUnsafe")
		}
	})
	t.Run("go.mod is at the root", func(t *testing.T) { contents(t, files["go.mod"]) })
	t.Run("nothing of Traefik is required", func(t *testing.T) {
		found := requirement.FindAllStringSubmatch(mod, -1)
		if len(found) < 100 {
			t.Fatalf("%d requirements found", len(found))
		}
		for _, r := range found {
			if forbiddenByCatalog.MatchString(r[1]) {
				t.Errorf("a plugin cannot have a dependence to: %s", r[1])
			}
		}
	})
	t.Run("import begins with the module's name", func(t *testing.T) {
		same := func(s string) string { return strings.ReplaceAll(s, "-", "_") }
		if !strings.HasPrefix(same(m.Import), same(module)) {
			t.Errorf("the import %q must be related to the module name %q", m.Import, module)
		}
	})
	t.Run("module and import are the repository", func(t *testing.T) {
		for _, name := range []string{module, m.Import} {
			if !strings.HasPrefix(name+"/", "github.com/vendorsign/vendorsign/") {
				t.Errorf("the module name (%s) doesn't contain the GitHub repository name", name)
			}
		}
	})
	t.Run("the major version is below 2", func(t *testing.T) {
		if majorInModule.MatchString(module) || strings.Count(module, "/") != 2 {
			t.Errorf("%s cannot be fetched from GitHub", module)
		}
	})
	t.Run("package and folder have one name", func(t *testing.T) {
		name := m.BasePkg
		if name == "" {
			name = path.Base(m.Import)
		}
		file := files[strings.TrimPrefix(m.Import, module+"/")+"/plugin.go"]
		if !bytes.Contains(contents(t, file), []byte("\npackage "+name+"\n")) {
			t.Errorf("the package is not %s", name)
		}
	})
	t.Run("what is imported is in the archive, and no link", func(t *testing.T) {
		for name, f := range files {
			if !f.Mode().IsRegular() {
				t.Errorf("%s is no regular file, and would not be unpacked", name)
			}
		}
		if _, ok := files["vendor/modules.txt"]; ok {
			t.Error("there is a vendor folder")
		}
	})
	goPath := unpack(t, files)
	var p interpret.Plugin
	// The catalog gives it ten seconds. A whole Traefik with the plugin starts in a quarter of one (tests/bench, growth).
	t.Run("it runs in yaegi without environment", func(t *testing.T) {
		p = interpret.LoadPluginFrom(t, goPath)
		var got received
		handler, err := p.New(m.TestData, recorder(&got))
		if err != nil {
			t.Fatalf("failed to run the plugin with Yaegi: %v", err)
		}
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, httptest.NewRequest("GET", "/admin/v1/users", nil))
		if w.Code != http.StatusTeapot || !strings.HasPrefix(got.Header.Get("Authorization"), "Basic ") {
			t.Errorf("%d %s", w.Code, w.Body)
		}
	})
	t.Run("New has the signature", func(t *testing.T) {
		newHandler, createConfig := p.Types()
		if createConfig.NumIn() != 0 || createConfig.NumOut() != 1 {
			t.Fatalf("CreateConfig is %s", createConfig)
		}
		in := []reflect.Type{reflect.TypeFor[context.Context](), reflect.TypeFor[http.Handler](), createConfig.Out(0), reflect.TypeFor[string]()}
		out := []reflect.Type{reflect.TypeFor[http.Handler](), reflect.TypeFor[error]()}
		if want := reflect.FuncOf(in, out, false); newHandler != want {
			t.Errorf("the signature of the function New is %s, want %s", newHandler, want)
		}
	})
}

// staticFile is the part of Traefik's static configuration that loads plugins (pkg/plugins/types.go).
type staticFile struct {
	Experimental struct {
		Plugins map[string]struct {
			ModuleName string `yaml:"moduleName"`
			Version    string `yaml:"version"`
			Hash       string `yaml:"hash"`
		} `yaml:"plugins"`
		LocalPlugins map[string]struct {
			ModuleName string `yaml:"moduleName"`
		} `yaml:"localPlugins"`
		AbortOnPluginFailure bool `yaml:"abortOnPluginFailure"`
	} `yaml:"experimental"`
}

// Each way to install is shown with a block that has only keys that Traefik knows, and names this module.
func TestTheWaysToInstallTheTraefikPluginAreShownRight(t *testing.T) {
	page, err := os.ReadFile(filepath.Join(interpret.Root(t), "docs/install-traefik.md"))
	if err != nil {
		t.Fatal(err)
	}
	remote, local := 0, 0
	for _, block := range regexp.MustCompile("(?s)```yaml\n(.*?)```").FindAllSubmatch(page, -1) {
		if !bytes.Contains(block[1], []byte("experimental:")) {
			continue
		}
		var file staticFile
		decoder := yaml.NewDecoder(bytes.NewReader(block[1]))
		decoder.KnownFields(true)
		if err := decoder.Decode(&file); err != nil {
			t.Errorf("%v in\n%s", err, block[1])
		}
		for alias, p := range file.Experimental.Plugins {
			remote++
			if alias != "vendorsign" || p.ModuleName != interpret.Module || !catalogTag.MatchString(p.Version) || len(p.Hash) != 64 {
				t.Errorf("%s: %+v", alias, p)
			}
		}
		for alias, p := range file.Experimental.LocalPlugins {
			local++
			if alias != "vendorsign" || p.ModuleName != interpret.Module {
				t.Errorf("%s: %+v", alias, p)
			}
		}
		if !file.Experimental.AbortOnPluginFailure {
			t.Error("a plugin that does not load would leave Traefik up, with 404 for its routers")
		}
	}
	if remote != 1 || local != 1 || !bytes.Contains(page, []byte("```dockerfile\n")) {
		t.Errorf("%d remote and %d local plugins shown", remote, local)
	}
}

// What the shown image copies is all that the plugin needs, and the shown middleware loads.
func TestTheBakedImageHasAllThatThePluginNeeds(t *testing.T) {
	page, err := os.ReadFile(filepath.Join(interpret.Root(t), "docs/install-traefik.md"))
	if err != nil {
		t.Fatal(err)
	}
	baked := make(map[string]*zip.File)
	copied := regexp.MustCompile(`(?m)^COPY --from=source /vendorsign/(\S+) /plugins-local/src/` + regexp.QuoteMeta(interpret.Module) + `/(\S*)$`)
	files := archive(t)
	for _, c := range copied.FindAllSubmatch(page, -1) {
		from, to := string(c[1]), string(c[2])
		for name, f := range files {
			if rest, ok := strings.CutPrefix(name, from); ok && (rest == "" || rest[0] == '/') {
				if rest == "" { // a file into a folder
					rest = path.Base(name)
				}
				baked[path.Join(to, rest)] = f
			}
		}
	}
	contents(t, baked[".traefik.yml"])
	if baked["go.mod"] != nil || len(baked) < 20 {
		t.Fatalf("%d files", len(baked))
	}
	p := interpret.LoadPluginFrom(t, unpack(t, baked))
	configs := 0
	for _, block := range regexp.MustCompile("(?s)```yaml\n(.*?)```").FindAllSubmatch(page, -1) {
		found, err := middlewares(string(block[1]))
		if err != nil {
			t.Error(err)
		}
		for _, config := range found {
			configs++
			options := config["duo"].(map[string]any)
			options["integrationKey"], options["secretKey"] = "DIX", "canary" // there is no environment
			if _, err := p.New(config, http.NotFoundHandler()); err != nil {
				t.Error(err)
			}
		}
	}
	if configs != 1 {
		t.Errorf("%d middlewares shown", configs)
	}
}
