//go:build go1.21

// Package all registers every scheme. What offers vendors to users imports it: the plugins and the command line.
package all

import (
	_ "github.com/vendorsign/vendorsign/signers/aws"     // AWS, and all that signs as AWS does
	_ "github.com/vendorsign/vendorsign/signers/httpsig" // HTTP Message Signatures, and their forerunner
	_ "github.com/vendorsign/vendorsign/signers/presets" // those that are data
	_ "github.com/vendorsign/vendorsign/signers/vendors" // the five that are built in
)
