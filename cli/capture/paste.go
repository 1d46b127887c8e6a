package capture

import (
	"errors"
	"html"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/vendorsign/vendorsign/diagnose"
)

// takenForms says how a request can be given. It follows every error about a text in no known form.
const takenForms = `
Give the request as it was sent, in one of these forms:
  --curl  a curl command: typed, from a script, or a browser's or Postman's "copy as cURL" (bash or cmd)
  --raw   HTTP as text: a request line with headers and body, HTTP/2's :method and :path, or what curl -v prints
  --har   a HAR file, or one entry of it`

// notTaken says what a text is that is not a request: another tool's form, the name of a file, or what
// otherwise says. It asks the file system for a name of one line only.
func notTaken(text, otherwise string) error {
	if err := otherFormOf(text); err != nil {
		return err
	}
	if name := strings.TrimSpace(text); name != "" && !strings.ContainsAny(name, "\n") && len(name) < 1000 {
		if info, err := os.Stat(name); err == nil && !info.IsDir() {
			return errors.New("this is the name of a file; give its content with --curl - < FILE, or the file to --raw or --har" + takenForms)
		}
	}
	return errors.New(otherwise + takenForms)
}

// otherFormOf names another tool's form; nil: the form is unknown. The first 64 KiB tell: each pattern reads them once.
func otherFormOf(text string) error {
	text = text[:min(len(text), 1<<16)]
	for _, f := range known.OtherForms {
		if f.Looks.MatchString(text) {
			return errors.New("this is " + f.Name + ", which is not read: " + f.Advice + takenForms)
		}
	}
	return nil
}

// aliasOfPowerShell is Invoke-WebRequest under the name of curl.
var aliasOfPowerShell = regexp.MustCompile(`(?i)\bcurl\b[^|]*\s-(uri|headers|method|body|contenttype)\s`)

var (
	// GET /path HTTP/1.1, or with a URL
	requestStart = regexp.MustCompile(`^\s*[A-Za-z]{1,20} (/|https?://|\*)\S*( \S+)* HTTP/\d`)
	// HTTP/2 as a browser's tools copy it.
	pseudoStart = regexp.MustCompile(`(?m)\A\s*:(method|path|authority|scheme)\b`)
	objectStart = regexp.MustCompile(`^\s*\{`)
	// The prompt of a shell, and what follows it.
	prompt = regexp.MustCompile(`^\s*(?:` + strings.Join(prompts, "|") + `)\s*(\S)`)
	// The marks of a quoted line in mail and on pages, and the second prompt of a shell.
	moreLines    = regexp.MustCompile(`^\s*(?:> ?)+`)
	unquotedLine = regexp.MustCompile(`^\s*[^\s>]`)
)

// prompts of shells, of bash -x and of Windows, as patterns: $, %, user@host:~$, PS C:\>, C:\>,
// bash-5.2$, + before a traced command.
var prompts = []string{
	`\$`, `%`, `❯`, `➜(?: +\S+)?`, `\+{1,4}`, `PS [^>\n]*>`, `\[?[\w.-]+@[\w.-]+[^$#%>\n]{0,60}[$#%>]`,
	`[A-Za-z]:\\[^>\n]*>`, `(?:bash|sh)-[\d.]+[$#]`,
}

// Paste reads a request in any of the forms. flag is the flag that it was given with, which decides
// only where the text itself does not: people give a raw request to --curl and the other way round.
// signature tells which headers are the vendor's.
func Paste(flag, text string, signature Signature, read func(string) ([]byte, error)) (*Request, *diagnose.Response, error) {
	text = asTyped(text)
	// The surest forms come first: a trace and a request line cannot be mistaken, while the word curl can occur in
	// any text.
	switch {
	case strings.TrimSpace(text) == "":
		return nil, nil, errors.New("it is empty" + takenForms)
	case isTrace(text):
		return parseTrace(text, signature, read)
	case requestStart.MatchString(text), pseudoStart.MatchString(text):
		return parseExchange(text)
	case objectStart.MatchString(text) && isHAR(text):
		return nil, nil, notTaken(text, "this is a HAR file or an entry of one: give it with --har")
	}
	if raw, err := fromLog(text); raw != "" || err != nil {
		if err != nil {
			return nil, nil, errors.New(err.Error() + takenForms)
		}
		return parseExchange(raw)
	}
	if isPowerShell(text) && aliasOfPowerShell.MatchString(text) {
		return nil, nil, notTaken(text, "")
	}
	s, err := curlOf(text, signature.Headers, read)
	if err == nil || !errors.Is(err, errNoCurl) {
		return s, nil, err
	}
	if flag == "--raw" {
		s, r, rawErr := parseExchange(text)
		if rawErr == nil {
			return s, r, nil
		}
		return nil, nil, notTaken(text, rawErr.Error())
	}
	return nil, nil, notTaken(text, "this is not a curl command")
}

// asTyped is a text without what programs put around it on its way: a byte order mark, blanks of no width, a page's fence,
// the indentation of all its lines, line ends that are CR alone, and the quotes that Go prints around it (%q).
func asTyped(text string) string {
	text = strings.Trim(text, "\ufeff\u200b\u2060")
	if !strings.Contains(text, "\n") {
		text = strings.ReplaceAll(text, "\r", "\n")
	}
	if plain, err := strconv.Unquote(strings.TrimSpace(text)); err == nil && requestStart.MatchString(plain) {
		return plain
	}
	if indent := indentation.FindString(text); indent != "" && !isTrace(text) {
		lines := strings.SplitAfter(text, "\n")
		if !slices.ContainsFunc(lines, func(l string) bool { return strings.TrimSpace(l) != "" && !strings.HasPrefix(l, indent) }) {
			for i, l := range lines {
				lines[i] = strings.TrimPrefix(l, indent)
			}
			text = strings.Join(lines, "")
		}
	}
	if found := fenced.FindStringSubmatch(text); found != nil && requestStart.MatchString(found[1]) {
		text = found[1]
	}
	return text
}

var (
	// What stands between a page's fences.
	fenced = regexp.MustCompile("(?s)^\\s*(?:```|~~~)[^\n]*\n(.*?)\n(?:```|~~~)\\s*$")
	// The blanks before the first line.
	indentation = regexp.MustCompile(`^[ \t]+`)
)

// isPowerShell reports whether a text is one of PowerShell's forms: some of its lines look like curl's,
// since curl was an alias of Invoke-WebRequest there.
func isPowerShell(text string) bool {
	return slices.ContainsFunc(known.OtherForms, func(f otherForm) bool { return f.Name == "PowerShell" && f.Looks.MatchString(text) })
}

// isHAR reports whether an object is a browser's log, or an entry of one. A line of diagnose has a
// request as well, but also a signer.
func isHAR(text string) bool {
	return strings.Contains(text, `"request"`) && strings.Contains(text, `"headers"`) && !strings.Contains(text, `"signer"`)
}

// typographic are the characters that web pages use for quotes and blanks.
var typographic = strings.NewReplacer(
	"\u201c", `"`, "\u201d", `"`, "\u201e", `"`, "\u2018", "'", "\u2019", "'", "\u00a0", " ", "\u200b", "",
)

// cleaned is a command as it was typed: without prompts, a page's fences and quotes, and what editors
// do to line ends.
//
//	$ curl “https://x” \        curl "https://x" \
//	> –H a                  ->  -H a
func cleaned(text string) string {
	text = strings.ReplaceAll(text, "\r\n", "\n")
	if strings.Contains(text, "&quot;") || strings.Contains(text, "&#39;") || strings.Contains(text, "&#x27;") {
		text = html.UnescapeString(text)
	}
	if strings.ContainsAny(text, "\u201c\u201d") || strings.Contains(text, "curl\u00a0") || strings.Contains(text, "\u00a0-") {
		text = typographic.Replace(text)
	}
	text = strings.NewReplacer("\u2013-", "--", "\u2013\u2013", "--").Replace(text)
	// Word processors turn -- and - into dashes.
	text = dashes.ReplaceAllString(text, "$1--$2")
	text = shortDash.ReplaceAllString(text, "$1-$2")
	text = fromPowerShell(text)
	text = blankAfterBackslash.ReplaceAllString(text, "\\\n")
	lines := strings.Split(text, "\n")
	quoted := !slices.ContainsFunc(lines, unquotedLine.MatchString) // a page's quote: every line has its mark
	prompted := slices.ContainsFunc(lines, prompt.MatchString)
	var kept []string
	for _, l := range lines {
		switch found := prompt.FindStringSubmatchIndex(l); {
		case strings.HasPrefix(strings.TrimSpace(l), "```"), strings.HasPrefix(strings.TrimSpace(l), "~~~"):
			continue
		case quoted:
			l = moreLines.ReplaceAllString(l, "")
			if found = prompt.FindStringSubmatchIndex(l); found != nil {
				l = l[found[2]:]
			}
		case found != nil:
			l = l[found[2]:]
		case prompted && moreLines.MatchString(l) && len(kept) > 0 && strings.HasSuffix(kept[len(kept)-1], `\`):
			l = moreLines.ReplaceAllString(l, "")
		}
		kept = append(kept, l)
	}
	return strings.Join(kept, "\n")
}

var (
	// An en or em dash before an option's name of two letters or more.
	dashes = regexp.MustCompile(`(^|\s)[\x{2013}\x{2014}]([a-z]{2})`)
	// The same before one letter.
	shortDash = regexp.MustCompile(`(^|\s)[\x{2013}\x{2014}]([A-Za-z]\b)`)
	// A blank between a backslash and the line end, where the shell would take the blank literally.
	blankAfterBackslash = regexp.MustCompile(`\\[ \t]+\n`)
	// # before a curl command.
	rootPrompt = regexp.MustCompile(`(?m)^\s*#\s+((?:sudo\s+)?curl(?:\.exe)?\s)`)
)
