//go:build go1.21

package program

import (
	"strconv"
	"strings"
	"time"

	"github.com/vendorsign/vendorsign/signers"
)

// bindArguments puts options in for the numbers and lists that an instruction takes: add:opt.NAME, first:opt.NAME
// and header_list. It also sums up literal offsets of a time, for which values may be nil.
func bindArguments(in *instruction, values map[string][]string) *signers.Fault {
	switch in.op {
	case opTime:
		return bindOffsets(in, values)
	case opFirst, opBody:
		if in.text != "" {
			n, fault := bindCount(in.text, values)
			in.n = n
			return fault
		}
	case opHeaders:
		if in.pick.option != "" {
			return bindPicked(in, values)
		}
	}
	if in.body != nil && in.body.option != "" {
		n, fault := bindCount(in.body.option, values)
		in.body = &bodyPart{n: n}
		return fault
	}
	return nil
}

// bindOffsets sums up what is added to a time.
func bindOffsets(in *instruction, values map[string][]string) *signers.Fault {
	in.n = 0
	for _, o := range in.offsets {
		n, fault := resolve(o, values)
		if fault != nil {
			return fault
		}
		in.n += n
	}
	return nil
}

// bindCount is the value of an option that says how many bytes are taken.
func bindCount(option string, values map[string][]string) (int, *signers.Fault) {
	n, fault := resolve(offset{option: option}, values)
	if fault == nil && n < 0 {
		fault = &signers.Fault{Option: option, Text: option + " must be a whole number that is not below 0"}
	}
	return n, fault
}

// bindPicked takes the names of headers from an option. The picker is the program's, which other credentials share:
// this one gets its own with its own names.
func bindPicked(in *instruction, values map[string][]string) *signers.Fault {
	own := *in.pick
	own.names = nil
	for _, name := range values[own.option] {
		if reason := checkPicked(name, false); reason != "" {
			return &signers.Fault{Option: own.option, Text: own.option + ": " + reason}
		}
		name = strings.ToLower(name)
		for _, before := range own.names {
			if before == name {
				return &signers.Fault{Option: own.option, Text: own.option + ": " + name + " is there twice"}
			}
		}
		own.names = append(own.names, name)
	}
	in.pick = &own
	return nil
}

// maxNumber bounds seconds and bytes: a little over a hundred years (2^32 seconds are 136), or four gigabytes.
// Sums of them cannot overflow a 64-bit int.
const maxNumber = 1 << 32

// resolve is a number, or that of an option, in seconds or bytes. An option may be a whole number or a duration of
// whole seconds:
//
//	"300"   -> 300
//	"5m"    -> 300
//	"1.5s"  -> a fault
func resolve(o offset, values map[string][]string) (int, *signers.Fault) {
	if o.option == "" {
		return o.n, nil
	}
	given := first(values[o.option])
	n, err := strconv.ParseInt(given, 10, 64)
	// A duration, as it was written.
	if d, fault := time.ParseDuration(given); err != nil && fault == nil && d%time.Second == 0 {
		n = int64(d / time.Second)
		err = nil
	}
	// An int may have 32 bits.
	if err != nil || n > maxNumber || n < -maxNumber || int64(int(n)) != n {
		return 0, &signers.Fault{Option: o.option, Text: o.option + " must be a whole number"}
	}
	return int(n), nil
}
