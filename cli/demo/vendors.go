package demo

import (
	"maps"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/vendorsign/vendorsign/signers/presets"
	"github.com/vendorsign/vendorsign/vendorsim"
)

// credentials are the credentials that Caddyfile.example names: the prefix of their environment variables, as
// DUO in {$DUO_ADDR} and {env.DUO_SECRET_KEY}; the vendor; and the modes of its demo credential, none of a preset.
var credentials = []struct {
	name, vendor string
	modes        []string
}{
	{"CARBONBLACK", "carbonblack", []string{""}},
	{"CORTEX", "cortex", []string{""}},
	{"CORTEX_STANDARD", "cortex", []string{"standard"}},
	{"XSOAR6", "cortex", []string{"xsoar6"}},
	{"DARKTRACE", "darktrace", []string{""}},
	{"THREATCONNECT", "threatconnect", []string{"hmac", "token"}},
	{"DUO", "duo", []string{""}},
	{"VERACODE", "veracode", nil},
	{"AKAMAI", "akamai", nil},
	{"LOGICMONITOR", "logicmonitor", nil},
	{"TENABLE", "tenable", nil},
	{"AWS", "aws", []string{""}},
	{"S3", "aws", []string{"s3"}},
}

// vendor is a simulated vendor, and keeps what arrived there last. Its server handles requests in
// goroutines, so the two are locked.
type vendor struct {
	address string
	server  *http.Server

	mu      sync.Mutex
	request *vendorsim.Request
	answer  *vendorsim.Answer
}

// vendors are the vendors by the name of their credential: two sites of Caddyfile.example may share
// one.
type vendors map[string]*vendor

// startVendors starts one vendor for each credential and puts its address and credential into the
// environment, where Caddyfile.example reads them. What is there already is overwritten: it may be
// real.
func startVendors() (vendors, error) {
	all := make(vendors)
	for _, c := range credentials {
		config := vendorsim.Config{Credential: make(map[string]string)}
		for _, mode := range c.modes {
			maps.Copy(config.Credential, vendorsim.DemoCredential(c.vendor, mode))
		}
		var err error
		if file, ok := presets.File(c.vendor); ok {
			config.Preset = []byte(file)
			config.Credential, err = vendorsim.DemoPreset(config.Preset)
		}
		var v *vendor
		if err == nil {
			v, err = startVendor(c.vendor, config)
		}
		if err != nil {
			all.close()
			return nil, err
		}
		all[c.name] = v
		variables := maps.Clone(config.Credential)
		variables["addr"] = v.address
		for key, value := range variables {
			if err := os.Setenv(c.name+"_"+strings.ToUpper(key), value); err != nil {
				all.close()
				return nil, err
			}
		}
	}
	return all, nil
}

// startVendor serves a simulated vendor on a free port of loopback.
func startVendor(name string, config vendorsim.Config) (*vendor, error) {
	v := new(vendor)
	config.OnAnswer = v.saw
	simulator, err := vendorsim.New(name, config)
	if err != nil {
		return nil, err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	v.address = l.Addr().String()
	v.server = &http.Server{Handler: simulator, ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = v.server.Serve(l) }() // until it is closed
	return v, nil
}

// close ends all servers.
func (v vendors) close() {
	for _, vendor := range v {
		vendor.server.Close()
	}
}

// saw keeps the last request and its answer. The demo sends one request at a time.
func (v *vendor) saw(r *vendorsim.Request, a *vendorsim.Answer) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.request, v.answer = r, a
}

// last returns what arrived since the last call; nothing did if both are nil. Then the gateway answered
// by itself.
func (v *vendor) last() (*vendorsim.Request, *vendorsim.Answer) {
	v.mu.Lock()
	defer v.mu.Unlock()
	r, a := v.request, v.answer
	v.request, v.answer = nil, nil
	return r, a
}
