//go:build go1.21

package traefikplugin

import (
	"errors"
	"fmt"
	"strings"

	"github.com/vendorsign/vendorsign/outbound"
	"github.com/vendorsign/vendorsign/outbound/apps"
	"github.com/vendorsign/vendorsign/outbound/credentials"
	"github.com/vendorsign/vendorsign/signers"
)

// The names under which the spellings of options that are no vendor's are kept. No vendor has one of them.
const (
	verifyBlock = "verify"
	appsBlock   = "apps"
)

// verifySpelling is how the options that verify apps are spelt. They are in the block of the vendor, as its own
// options are, so a vendor's option must not have the name of one.
func verifySpelling() *camel {
	if c := knownCamel(verifyBlock); c != nil {
		return c
	}
	return spelt(verifyBlock, append(append([]signers.Option{}, apps.VerifyOptions...), apps.FileNames...))
}

// appBlock is the part of a vendor's block that is about apps with local keys, such as
//
//	plugin.vendorsign.acme.apps[0].name: inventory
//	plugin.vendorsign.acme.apps[0].keyId: K1
//	plugin.vendorsign.acme.apps[0].secret: file:/run/secrets/inventory
type appBlock struct {
	// given says that there is one option of these at least: then every request must be an app's.
	given  bool
	values signers.Values
	// list has the values of each app, in the order of the indexes.
	list []signers.Values
}

// set takes an option that is about apps, by its name in lower case. verify has the name, or it is apps.
func (a *appBlock) set(verify *camel, name string, given interface{}) error {
	a.given = true
	if name == "apps" {
		return a.setList(given)
	}
	i := verify.places[name]
	// A number is a text to the verifier: window: 300.
	text, ok := signers.ScalarText(given)
	if !ok {
		return errors.New(verify.names[i] + " must be a string")
	}
	if fault := a.values.Set(verify.options[i], text); fault != nil {
		return errors.New(verify.text.Replace(fault.Text))
	}
	return nil
}

// setList takes apps[0].name, apps[1].name and so on, which reach the plugin as a list of maps. Errors name the
// entry by its index, as the label does: apps[1]: unknown option ...
func (a *appBlock) setList(given interface{}) error {
	list, ok := given.([]interface{})
	if !ok {
		return errors.New("apps must be a list of blocks, as in apps[0].name")
	}
	for i, entry := range list {
		fields, ok := entry.(map[string]interface{})
		if !ok {
			return fmt.Errorf("apps[%d] must be a block of options", i)
		}
		// A block of its own, so that the options of an app are read as those of a vendor are.
		b := &block{vendor: appsBlock, options: apps.AppOptions, camel: spelt(appsBlock, apps.AppOptions), values: make(signers.Values)}
		for _, key := range sortedKeys(fields) {
			if setText(b, strings.ToLower(key), fields[key]) {
				continue
			}
			if err := setOption(b, key, fields[key]); err != nil {
				return fmt.Errorf("apps[%d]: %w", i, err)
			}
		}
		a.list = append(a.list, b.values)
	}
	return nil
}

// verifier makes the verifier of the apps; nil without any. Secrets may be references, which are resolved once: an
// app's key changes with the configuration, or in apps_file, which is read again. say tells the operator what is
// no error.
func (b *block) verifier(references credentials.References, gate *outbound.Gate, say func(news string)) (*apps.Verifier, error) {
	if !b.apps.given {
		return nil, nil
	}
	if len(b.apps.list) == 0 && b.apps.values.Text("apps_file") == "" && b.apps.values.Text("app_master") == "" {
		return nil, fmt.Errorf("%s: there is no app, so that every request would get a 401: give apps, or appsFile", b.vendor)
	}
	o := apps.Options{Vendor: b.vendor}
	if fault := apps.SetOptions(&o, b.apps.values); fault != nil {
		return nil, errors.New(fault.Text)
	}
	// A scheme of one's own is a file, which the signer's block names.
	file, fault := apps.ReadScheme(b.vendor, b.values, references)
	if fault != nil {
		return nil, errors.New(b.vendor + ": " + fault.Text)
	}
	o.File = file
	v, faults := apps.New(o)
	if len(faults) > 0 {
		return nil, errors.New(verifySpelling().text.Replace(signers.FaultsError(b.vendor, faults).Error()))
	}
	// Traefik makes middlewares again with each change: the signatures that were used must still be known after
	// that, or each could be used once more.
	apps.Share(v)
	// The operator should know that problems say more than usual.
	if o.Explain {
		say(apps.ExplainNews)
	}
	list, err := b.listed(references)
	if err != nil {
		return nil, err
	}
	// UsesPrint refuses an app whose secret is the vendor's: it could leave the gateway out.
	faults = apps.AddFile(v, b.apps.values.Text("apps_file"), b.apps.values.Text("app_master"), references, list, gate.UsesPrint, say)
	if len(faults) > 0 {
		text := spelt(appsBlock, apps.AppOptions).text.Replace(signers.FaultsError(b.vendor, faults).Error())
		return nil, errors.New(verifySpelling().text.Replace(text))
	}
	return v, nil
}

// listed are the apps of the block with their secrets. The references stay in the block: the secrets are in copies alone.
func (b *block) listed(references credentials.References) ([]apps.App, error) {
	list := make([]apps.App, 0, len(b.apps.list))
	secrets := []string{"secret", "previous"}
	for i, values := range b.apps.list {
		own := values.Copy()
		for _, option := range secrets {
			if len(own[option]) == 0 {
				continue
			}
			text, err := references.Value(own[option][0])
			if err != nil {
				return nil, fmt.Errorf("%s: apps[%d]: %s: %w", b.vendor, i, option, err)
			}
			own[option] = []string{text}
		}
		// The fault names the option and quotes nothing: the value may be a secret.
		a, fault := apps.AppOf(own)
		if fault != nil {
			return nil, fmt.Errorf("%s: apps[%d]: %s", b.vendor, i, fault.Text)
		}
		list = append(list, a)
	}
	return list, nil
}
