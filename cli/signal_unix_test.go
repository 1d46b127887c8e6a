//go:build unix

package cli

import (
	"bufio"
	"context"
	"io"
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/vendorsign/vendorsign/vendorsim"
)

func TestProxyEndsWithASignalAsSoonAsItTellsItsAddress(t *testing.T) {
	flags := simulator(t, "duo", vendorsim.Config{})
	reader, writer := io.Pipe()
	done := make(chan int, 1)
	go func() {
		done <- Run(context.Background(), append([]string{"proxy", "duo", "--listen", "127.0.0.1:0"}, flags...), strings.NewReader(""), writer, io.Discard)
	}()
	if _, err := bufio.NewReader(reader).ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(os.Getpid(), syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if status := <-done; status != 0 {
		t.Errorf("status %d", status)
	}
}

func TestSimulateEndsWithASignal(t *testing.T) {
	r := simulate(t, "darktrace", "--listen", "0")
	if got, want := r.line(), "darktrace accepts the made-up credential"; got != want {
		t.Errorf("line %q", got)
	}
	r.url("darktrace")
	if err := syscall.Kill(os.Getpid(), syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if status := <-r.done; status != 0 {
		t.Errorf("status %d, stderr %s", status, r.stderr.String())
	}
}
