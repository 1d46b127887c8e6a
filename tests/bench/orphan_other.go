//go:build !linux

package main

import "os/exec"

// dieWithParent has no means elsewhere. The benchmark reads /proc and needs Linux anyway; this lets it build.
func dieWithParent(*exec.Cmd) {}
