package cli

import (
	"slices"
	"strings"

	"github.com/vendorsign/vendorsign/cli/config"
	"github.com/vendorsign/vendorsign/outbound"
	"github.com/vendorsign/vendorsign/outbound/credentials"
	"github.com/vendorsign/vendorsign/signers"
)

// operators compares the signers in all files with what the environment of Traefik's process permits,
// if one of the files has that. Otherwise nothing is said: who runs the process may set it elsewhere.
func (k *checking) operators(files []*checkedFile) {
	var processes []*traefikProcess
	var blocks []config.Block
	for _, f := range files {
		if f.Kind != "yaml" {
			continue
		}
		for _, n := range f.Documents {
			for _, p := range traefikProcesses(n, "") {
				p.file = f
				processes = append(processes, p)
			}
		}
		blocks = append(blocks, f.traefik()...)
	}
	for _, p := range processes {
		p.file.faults = append(p.file.faults, p.read(blocks)...)
	}
	for _, f := range files {
		if f.Kind != "yaml" || len(processes) == 0 {
			continue
		}
		for _, b := range f.traefik() {
			f.faults = append(f.faults, notPermitted(b, processes)...)
		}
	}
}

// optionsOf are the options of a block, as far as they can be taken, and where each is. Faults in them
// are reported by examine, and not again.
func optionsOf(b config.Block) (*config.Options, map[string]config.Entry) {
	x := config.NewReading(b)
	x.Fill()
	return x.Options, x.Given
}

// addresses are the hosts of the URLs that a signer's options hold, such as a token service's: secrets
// go there as well.
func addresses(o *config.Options) (hosts []string) {
	for _, known := range o.All {
		if address := o.Values.Text(known.Name); known.Address && address != "" && !config.Unknown(address) && !ofAgent(known.Name, address) {
			hosts = append(hosts, credentials.HostOf(credentials.AsURL(address)))
		}
	}
	return hosts
}

// ofAgent reports whether an option's address is that of an agent on the gateway's machine, such as a container's, which is no host that
// an operator lists: see signers.TokenSource.Machine. Only such options, and the proxy, take plain http to other than this machine.
func ofAgent(option, address string) bool {
	host, _ := credentials.CutPort(credentials.HostOf(address))
	inside := credentials.LeadsInside(address) && !signers.Loopback(credentials.PlainName(host))
	return inside && option != "token_proxy" && strings.HasPrefix(address, "http://")
}

// notPermitted finds what none of the processes permits a signer to do. One that permits it is enough: the files do
// not say which process reads which label.
func notPermitted(b config.Block, processes []*traefikProcess) (found []config.Fault) {
	o, given := optionsOf(b)
	say := func(option, what string) {
		e, ok := given[option]
		if !ok {
			e = b.Entry
		}
		x := &config.Reading{Block: b, Options: o}
		found = append(found, config.Fault{Line: e.Line, Field: e.Field, What: x.Spell(what)})
	}
	anyOf := func(permits func(p *traefikProcess) bool) bool { return slices.ContainsFunc(processes, permits) }
	// An entry of the list without a port means the scheme's own.
	port := "443"
	if o.Values.Flag("insecure_upstream") {
		port = "80"
	}
	// A process without the list permits every host.
	bound := func(host string) bool {
		return anyOf(func(p *traefikProcess) bool { return !p.hosts.set || p.hosts.permits(host, port) })
	}
	for _, host := range o.Values["host"] {
		if !config.Unknown(host) && !bound(host) {
			say("host", "host is not among the hosts of "+credentials.VarAllowedHosts)
		}
	}
	for _, s := range o.All {
		address := o.Values.Text(s.Name)
		if !s.Address || address == "" || config.Unknown(address) || ofAgent(s.Name, address) {
			continue
		}
		address = credentials.AsURL(address)
		if !anyOf(func(p *traefikProcess) bool {
			return !p.hosts.set || !p.hosts.known || credentials.AllowsURL(p.hosts.allows, address)
		}) {
			say(s.Name, s.Name+" is not among the hosts of "+credentials.VarAllowedHosts)
		}
	}
	if !o.Values.Flag("insecure_upstream") {
		return found
	}
	for _, host := range o.Values["host"] {
		// Plain http to a host is permitted by the list, or where there is none, for schemes that show
		// no secret.
		listed := anyOf(func(p *traefikProcess) bool { return p.plain.permits(host, port) })
		free := anyOf(func(p *traefikProcess) bool { return !p.plain.set }) && !sendsSecret(b)
		if !config.Unknown(host) && !listed && !free {
			say("insecure_upstream", "insecure_upstream is not permitted: add the host to "+credentials.VarInsecure)
		}
	}
	return found
}

// sendsSecret reports whether a block's scheme sends the secret as it is, as far as its options tell.
// Such a scheme may go over plain http only to hosts that the operator lists.
func sendsSecret(b config.Block) bool {
	o, _ := optionsOf(b)
	if len(outbound.Check(b.Vendor, o.Values)) > 0 {
		return false // a fault of its own
	}
	signer, err := o.Exemplary().Signer()
	return err == nil && signer.Traits().SendsSecret
}
