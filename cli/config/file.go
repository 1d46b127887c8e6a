package config

import (
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"github.com/BurntSushi/toml"
)

// File is a gateway's configuration.
type File struct {
	// As messages have it.
	Name string
	Kind string
	Data []byte
	// After Parse. Those of a Caddyfile are of the JSON that it becomes.
	Documents []*Node
}

// IsYAML reports whether the file is YAML.
func (f *File) IsYAML() bool { return f.Kind == kindYAML }

// The kinds of files.
const (
	KindJSON      = "json"
	kindYAML      = "yaml"
	kindTOML      = "toml"
	KindCaddyfile = "caddyfile"
)

// ErrNoCaddy is about a file of no kind that this program reads.
var ErrNoCaddy = errors.New("its name ends in none of .json, .yaml, .yml and .toml; " +
	"Caddyfiles need `caddy vendorsign`, in a Caddy with the plugin")

// NewFile returns a file that is not parsed yet. Its kind is determined by its name or, without an extension, by its
// content.
func NewFile(name string, data []byte) *File {
	return &File{Name: name, Kind: kindOf(name, data), Data: data}
}

// kindOf determines a file's kind by its name; empty: none that this program reads.
func kindOf(file string, data []byte) string {
	switch extension := strings.ToLower(filepath.Ext(file)); extension {
	case ".yaml", ".yml":
		return kindYAML
	case ".toml", ".json":
		return extension[1:]
	}
	if json.Valid(data) {
		return KindJSON
	}
	if Adapt == nil {
		return ""
	}
	return KindCaddyfile
}

// Parse reads the documents of the file. Its error is the decoder's; refusal and broken say it in the terms of a file.
func (f *File) Parse() (err error) {
	switch f.Kind {
	case kindYAML:
		f.Documents, err = parseYAML(f.Data)
		f.extend()
	case kindTOML:
		f.Documents, err = parseTOML(f.Data)
	case KindJSON:
		f.Documents, err = ParseJSON(f.Data)
	case KindCaddyfile:
		var config []byte
		if config, err = Adapt(f.Name, f.Data); err == nil {
			f.Documents, err = ParseJSON(config)
		}
	}
	return err
}

// refusal is an error of Parse in one line, for commands that look for a signer in the file.
func (f *File) refusal(err error) error {
	switch f.Kind {
	case kindYAML:
		what := "not YAML: " + strings.TrimPrefix(firstLine(err), "yaml: ")
		if strings.Contains(what, "cannot start any token") {
			what += "; indent with spaces, not with tabs, and quote what begins with %, @ or `"
		}
		return errors.New(what)
	case kindTOML:
		return errors.New("not TOML: " + firstLine(err))
	}
	var inJSON *jsonError
	if f.Kind == KindJSON && errors.As(err, &inJSON) {
		return fmt.Errorf("not JSON: line %d: %w", inJSON.line, inJSON.error)
	}
	return err
}

// Broken is an error of Parse as a fault of the file, with its line if the decoder tells one.
func (f *File) Broken(err error) Fault {
	found := Fault{Line: 1, What: f.refusal(err).Error()}
	var inTOML toml.ParseError
	var inJSON *jsonError
	switch {
	case errors.As(err, &inTOML):
		found.Line, found.What = max(1, inTOML.Position.Line), "not TOML: "+inTOML.Message
	case errors.As(err, &inJSON):
		found.Line, found.What = inJSON.line, "not JSON: "+inJSON.Error()
	case f.Kind == KindCaddyfile:
		return adapterFault(err)
	case f.Kind == kindYAML:
		if m := yamlLine.FindStringSubmatch(found.What); m != nil {
			found.Line, _ = strconv.Atoi(m[1])
			found.What = strings.Replace(found.What, m[0], "", 1)
		}
	}
	return found
}

// yamlLine finds the line in an error of the YAML decoder.
var yamlLine = regexp.MustCompile(`line (\d+): `)

// firstLine is the first line of an error's text.
func firstLine(err error) string {
	line, _, _ := strings.Cut(err.Error(), "\n")
	return line
}
