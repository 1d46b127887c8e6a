package cli

import (
	"encoding/json"
	"errors"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"github.com/BurntSushi/toml"
)

// configFile is a gateway's configuration.
type configFile struct {
	name      string // as messages have it
	kind      string
	data      []byte
	documents []*node // after parse; those of a Caddyfile are of the JSON that it becomes
}

// The kinds of files.
const (
	kindJSON      = "json"
	kindYAML      = "yaml"
	kindTOML      = "toml"
	kindCaddyfile = "caddyfile"
)

// errNoCaddy is about a file of no kind that this program reads.
var errNoCaddy = errors.New("it is not JSON, YAML or TOML by its name; a Caddyfile is read by `caddy vendorsign` only")

func newFile(name string, data []byte) *configFile {
	return &configFile{name: name, kind: kindOf(name, data), data: data}
}

// kindOf tells a file's kind by its name, as the other commands do; empty: none that this program reads.
func kindOf(file string, data []byte) string {
	switch extension := strings.ToLower(filepath.Ext(file)); extension {
	case ".yaml", ".yml":
		return kindYAML
	case ".toml", ".json":
		return extension[1:]
	}
	if json.Valid(data) {
		return kindJSON
	}
	if adaptCaddyfile == nil {
		return ""
	}
	return kindCaddyfile
}

// parse reads the documents of the file. Its error is the decoder's; refusal and broken say it in the terms of a file.
func (f *configFile) parse() (err error) {
	switch f.kind {
	case kindYAML:
		f.documents, err = parseYAML(f.data)
	case kindTOML:
		f.documents, err = parseTOML(f.data)
	case kindJSON:
		f.documents, err = parseJSON(f.data)
	case kindCaddyfile:
		var config []byte
		if config, err = adaptCaddyfile(f.name, f.data); err == nil {
			f.documents, err = parseJSON(config)
		}
	}
	return err
}

// refusal is an error of parse for who asked for a signer in the file.
func (f *configFile) refusal(err error) error {
	switch f.kind {
	case kindYAML:
		return errors.New("not YAML: " + strings.TrimPrefix(firstLine(err), "yaml: "))
	case kindTOML:
		return errors.New("not TOML: " + firstLine(err))
	case kindJSON:
		return errors.New("it is not JSON")
	}
	return err
}

// broken is an error of parse as a fault of the file.
func (f *configFile) broken(err error) fault {
	found := fault{Line: 1, What: f.refusal(err).Error()}
	var inTOML toml.ParseError
	var inJSON *jsonError
	switch {
	case errors.As(err, &inTOML):
		found.Line, found.What = max(1, inTOML.Position.Line), "not TOML: "+inTOML.Message
	case errors.As(err, &inJSON):
		found.Line, found.What = inJSON.line, "not JSON: "+inJSON.Error()
	case f.kind == kindCaddyfile:
		return adapterFault(err)
	case f.kind == kindYAML:
		if m := yamlLine.FindStringSubmatch(found.What); m != nil {
			found.Line, _ = strconv.Atoi(m[1])
			found.What = strings.Replace(found.What, m[0], "", 1)
		}
	}
	return found
}

// yamlLine finds the line in an error of the YAML decoder.
var yamlLine = regexp.MustCompile(`line (\d+): `)

func firstLine(err error) string {
	line, _, _ := strings.Cut(err.Error(), "\n")
	return line
}
