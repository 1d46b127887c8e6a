package cli

import (
	"bytes"
	"encoding/json"
	"io"

	"github.com/vendorsign/vendorsign/signers/presets"
)

// recordedLines reads the lines of a file, or else the vectors of the preset as lines.
func recordedLines(p *presets.Preset, file string, in io.Reader) (lines [][]byte, err error) {
	if file == "" {
		for i := range p.Vectors {
			line, err := vectorLine(&p.Vectors[i])
			if err != nil {
				return nil, err
			}
			lines = append(lines, line)
		}
		return lines, nil
	}
	data, err := readInput(in, file)
	if err != nil {
		return nil, usagef("--against: %w", err)
	}
	return bytes.Split(data, []byte("\n")), nil
}

// vectorLine is a vector as a line, without what it leaves out.
func vectorLine(v *presets.Vector) ([]byte, error) {
	all, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	var object map[string]json.RawMessage
	if err := json.Unmarshal(all, &object); err != nil {
		return nil, err
	}
	for key, value := range object {
		if text := string(value); text == `""` || text == "null" {
			delete(object, key)
		}
	}
	request := map[string]json.RawMessage{}
	if err := json.Unmarshal(object["request"], &request); err != nil {
		return nil, err
	}
	for _, key := range []string{"body", "body_b64"} {
		if string(request[key]) == `""` {
			delete(request, key)
		}
	}
	if object["request"], err = json.Marshal(request); err != nil {
		return nil, err
	}
	return json.Marshal(object)
}
