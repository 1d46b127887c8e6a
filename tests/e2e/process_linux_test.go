package e2e

import "syscall"

// A test that runs into its time limit ends without cleaning up; the gateways must not outlive it.
func init() { withTest = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} }
