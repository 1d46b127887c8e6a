package vendorsim

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"
)

// maxPresetFile is the limit of a preset file.
const maxPresetFile = 64 << 10

// PresetFile is a vendor by data: a preset file whose operations were parsed and checked by this package's own
// reading of docs/operations.md. It shares no code with the signers, so a program that both run the same way is
// right, or both misread the page.
//
// The files ops*.go follow a program from text to verdict: opsparse.go reads it, opscheck.go types it, opseval.go and
// opsfilters.go run it, opsclaim.go reads back the moment and the nonce from a signed request, and opsvendor.go
// judges. How a token is fetched is in opstoken.go, and in opsoauth.go, opslogin.go and opsjwt.go for each way.
type PresetFile struct {
	Name string

	file       presetFile
	operations []operation
	window     time.Duration // 0 is unknown
	ways       []*tokenWay   // to a token, the first that counts
}

// presetFile is the JSON of a preset file (docs/presets.md, "The preset file"). What only steers gateways or people is read
// and not used: unknown keys are errors, so each that there is must be here.
type presetFile struct {
	// The format, 1; the changes of the file; and for people its title, the vendor's page and what the file was written from.
	Preset   int             `json:"preset"`
	Revision int             `json:"revision"`
	Name     string          `json:"name"`
	Title    string          `json:"title"`
	Page     string          `json:"page"`
	Evidence string          `json:"evidence"`
	Proof    string          `json:"proof"`
	Sources  json.RawMessage `json:"sources"`
	// What the vendor knows of a client, and how a request is signed with it. Nonce is the kind of the value nonce, as in
	// hex:16.
	Options    []presetOption `json:"options"`
	Nonce      string         `json:"nonce"`
	Operations []string       `json:"operations"`
	// More headers that a client's copies of are taken away; how much of a body counts, and with which methods.
	Owns        []string `json:"owns"`
	BodyFirst   int      `json:"body_first"`
	BodyMethods []string `json:"body_methods"`
	// For gateways: where the credential may go, what it may be used for, and a harmless call.
	Hosts            []string        `json:"hosts"`
	HostsOnly        bool            `json:"hosts_only"`
	Guards           []string        `json:"guards"`
	GuardVectors     json.RawMessage `json:"guard_vectors"`
	Multiplexed      bool            `json:"multiplexed"`
	MultiplexedPaths []string        `json:"multiplexed_paths"`
	Probe            string          `json:"probe"`
	// How far a date may be off, and what the vendor answers.
	Window   string          `json:"window"`
	Hides    []string        `json:"hides"`
	Refusals []presetRefusal `json:"refusals"`
	// Engine is operations, or another kind of scheme, which this package does not read. Token says how a token is fetched.
	Engine  string          `json:"engine"`
	Set     json.RawMessage `json:"set"`
	Token   json.RawMessage `json:"token"`
	Ended   string          `json:"ended"`
	Claim   json.RawMessage `json:"claim"` // for gateways
	Vectors json.RawMessage `json:"vectors"`
	Docs    string          `json:"docs"`
}

// presetRefusal is an answer of the vendor, by its status and a text in it, and what it means: clock, date, signature, key,
// rights, rate or unclear. The simulator answers with the first that has the meaning of its own finding.
type presetRefusal struct {
	Status   int    `json:"status"`
	Contains string `json:"contains"`
	Means    string `json:"means"`
}

// ReadPreset reads a preset file and checks its operations. Its errors name the operation and the reason. Unknown keys are
// errors: a misspelt one would be a demand that nobody checks.
func ReadPreset(data []byte) (*PresetFile, error) {
	if len(data) > maxPresetFile {
		return nil, fmt.Errorf("the preset file is larger than %d bytes", maxPresetFile)
	}
	p := &PresetFile{}
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(&p.file); err != nil {
		return nil, fmt.Errorf("the preset file: %w", err)
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, errors.New("the preset file: there is text behind the object")
	}
	p.Name = p.file.Name
	switch {
	case p.file.Preset != 1:
		return nil, errors.New("preset must be 1")
	case p.file.Engine != "" && p.file.Engine != "operations":
		return nil, fmt.Errorf("the engine %q has no operations to simulate", p.file.Engine)
	}
	if w := p.file.Window; w != "" && w != "unknown" {
		var err error
		if p.window, err = time.ParseDuration(w); err != nil || p.window <= 0 {
			return nil, errors.New("window must be a duration, such as 10m, or unknown")
		}
	}
	if err := p.checkOptions(); err != nil {
		return nil, err
	}
	var err error
	if p.operations, err = parseOperations(p.file.Operations); err != nil {
		return nil, err
	}
	if err = checkProgram(p); err == nil {
		p.ways, err = readWays(p)
	}
	return p, err
}
