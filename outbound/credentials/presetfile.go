//go:build go1.21

package credentials

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"regexp"
)

// varPresetsDir names the folder with the operator's own preset files.
const varPresetsDir = "VENDORSIGN_PRESETS_DIR"

// maxPreset bounds a preset file, in bytes.
const maxPreset = 64 << 10

// presetName is the name of a file without its ending: it has no slash and no dot, so it cannot lead out of the folder.
var presetName = regexp.MustCompile(`^[a-z0-9][a-z0-9_]*$`)

// Preset returns the content of a preset file, by its name in the operator's folder or by its path. Whoever writes labels can
// only name the operator's files, not a path: a preset says where a secret is put and what is signed, so that one of their
// own could send any secret anywhere.
//
//	"acme"                   -> $VENDORSIGN_PRESETS_DIR/acme.json
//	"/etc/gateway/acme.json" -> that file, if isPath
func (r References) Preset(name string, isPath bool) (string, error) {
	if r.Off { // it is the content already
		return name, nil
	}
	path := name
	if !isPath {
		if !presetName.MatchString(name) {
			return "", errors.New("must be the name of a preset file, without a folder and without .json")
		}
		// Read each time: tests set it, and a preset is read once for each configuration.
		dir := os.Getenv(varPresetsDir)
		if !filepath.IsAbs(dir) {
			return "", errors.New("preset files are read in the folder that " + varPresetsDir + " names from the root, and it is not set")
		}
		path = filepath.Join(dir, name+".json")
	}
	if !filepath.IsAbs(path) {
		return "", errors.New("must be an absolute path")
	}
	return readPreset(path)
}

// readPreset reads a regular file and follows no link: whoever can create a link in the folder could point it anywhere. Its
// errors show neither the path nor anything of the content, since they reach label authors.
func readPreset(path string) (string, error) {
	before, err := os.Lstat(path)
	if err != nil || !before.Mode().IsRegular() {
		return "", errors.New("the preset file does not exist, or is not a regular file")
	}
	f, err := os.Open(path)
	if err != nil {
		return "", errors.New("the preset file cannot be read")
	}
	defer f.Close()
	// Between Lstat and Open somebody may have put a link in its place.
	if opened, err := f.Stat(); err != nil || !os.SameFile(before, opened) {
		return "", errors.New("the preset file was replaced while it was read")
	}
	data, err := io.ReadAll(io.LimitReader(f, maxPreset+1))
	if err != nil || len(data) > maxPreset {
		return "", errors.New("the preset file cannot be read, or is larger than 64 KiB")
	}
	return string(data), nil
}
