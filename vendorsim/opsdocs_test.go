package vendorsim

import (
	"encoding/json"
	"maps"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

const operationsPage = "../docs/operations.md"

// documented is what the page says of its examples: the request, the options, the moment and the nonce.
type documented struct {
	request *Request
	options []map[string]any
	values  map[string]string
	at      time.Time
	nonce   string
}

func readOperationsPage(t *testing.T) (page string, d documented) {
	t.Helper()
	data, err := os.ReadFile(operationsPage)
	if err != nil {
		t.Fatal(err)
	}
	page = string(data)
	_, block, _ := strings.Cut(page, "```text\n") // the first one
	block, _, _ = strings.Cut(block, "\n```")
	head, body, _ := strings.Cut(block, "\n\n")
	lines := strings.Split(head, "\n")
	first := strings.Fields(lines[0])
	d.request = &Request{Method: first[0], Target: first[1], Header: http.Header{}, Body: []byte(body)}
	for _, line := range lines[1:] {
		name, value, _ := strings.Cut(line, ": ")
		if name == "Host" {
			d.request.Host = value
		} else {
			d.request.Header.Add(name, value)
		}
	}
	found := regexp.MustCompile("It is signed at `(.*?)` with the nonce `(.*?)`").FindStringSubmatch(page)
	if d.at, err = time.Parse(time.RFC3339Nano, found[1]); err != nil {
		t.Fatal(err)
	}
	d.nonce = found[2]
	d.values = map[string]string{"token": "fetched-token"}
	for _, row := range regexp.MustCompile("(?m)^\\| `(\\w+)` \\| (?:`(.*?)` )?\\| (.*?) \\|$").FindAllStringSubmatch(page, -1) {
		o := map[string]any{"name": row[1], "list": row[3] == "a list", "number": row[3] == "a number",
			"secret": strings.HasPrefix(row[3], "secret"), "required": !strings.Contains(row[3], "not required")}
		if strings.HasPrefix(row[3], "one of") {
			o["values"] = []string{"one", "two"}
		}
		d.options = append(d.options, o)
		d.values[row[1]] = row[2]
	}
	if len(d.options) != 8 {
		t.Fatalf("the page has %d options", len(d.options))
	}
	return page, d
}

// result computes a template of the page, behind the lets above it, as text whatever it is.
func (d documented) result(t *testing.T, lets []string, template string) string {
	t.Helper()
	// json makes one line of it, and reveal is no harm where it is not needed.
	operations := append(append([]string{}, lets...), "let result = "+template, "header X-Result = [[result|json|reveal]]")
	data, _ := json.Marshal(map[string]any{"preset": 1, "name": "page", "options": d.options, "operations": operations})
	s, err := evaluate(data, d.values, d.request, d.at, d.nonce)
	if err != nil {
		t.Fatalf("%s: %v", template, err)
	}
	var text string
	if err := json.Unmarshal([]byte(s.Header[0][1]), &text); err != nil {
		t.Fatal(err)
	}
	return strings.ReplaceAll(text, "\n", `\n`)
}

func TestTheExamplesOfThePageOnOperationsAreRight(t *testing.T) {
	page, d := readOperationsPage(t)
	examples := 0
	for i, block := range strings.Split(page, "```text\n")[2:] {
		block, _, _ = strings.Cut(block, "```")
		var lets []string
		for _, line := range strings.Split(strings.TrimSpace(block), "\n") {
			template, want, ok := strings.Cut(line, " ->")
			if !ok {
				lets = append(lets, line)
				continue
			}
			examples++
			if got := d.result(t, lets, template); got != strings.TrimPrefix(want, " ") {
				t.Errorf("block %d: %s -> %s", i+1, strings.TrimSpace(template), got)
			}
		}
	}
	if examples < 80 {
		t.Errorf("%d examples were computed", examples)
	}
}

func TestThePageOnOperationsHasEveryValueAndFilter(t *testing.T) {
	page, _ := readOperationsPage(t)
	for _, name := range slices.Sorted(maps.Keys(filterTable)) {
		if !regexp.MustCompile(`[|` + "`" + `]` + name + "[:|`\\]]").MatchString(page) {
			t.Errorf("the filter %s is not on the page", name)
		}
	}
	for _, name := range reserved {
		if name != "opt" && name != "header" && !regexp.MustCompile(`\[\[`+name+`[:|\]]`).MatchString(page) {
			t.Errorf("the value %s has no example", name)
		}
	}
}
