package modules

import (
	"bufio"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/caddyserver/caddy/v2"
)

// piped is an output whose other end the test reads, or does not.
type piped struct{ *io.PipeWriter }

func (piped) String() string                        { return "piped" }
func (piped) WriterKey() string                     { return "tcp/piped" }
func (p piped) OpenWriter() (io.WriteCloser, error) { return p.PipeWriter, nil }

var _ caddy.WriterOpener = piped{}

// A collector that does not read any more must not keep requests waiting for ever.
func TestACollectorThatStopsReadingHoldsNoRequest(t *testing.T) {
	reader, writer := io.Pipe()
	output, err := openOutput(piped{writer})
	if err != nil {
		t.Fatal(err)
	}
	if p, ok := output.(*patient); ok {
		p.timeout = 50 * time.Millisecond
	}
	write := func(line string) error {
		wrote := make(chan error, 1)
		go func() { _, err := io.WriteString(output, line); wrote <- err }()
		select {
		case err := <-wrote:
			return err
		case <-time.After(patience / 20):
			return errors.New("it waits for ever")
		}
	}
	var all []chan error
	for range 3 { // at once
		wrote := make(chan error, 1)
		go func() { wrote <- write("lost\n") }()
		all = append(all, wrote)
	}
	for _, wrote := range all {
		if err := <-wrote; !errors.Is(err, errStalled) {
			t.Error(err)
		}
	}
	lines := bufio.NewReader(reader)
	go func() {
		time.Sleep(10 * time.Millisecond) // of the three, the one that was being written arrives
		for err := errors.New(""); err != nil; {
			err = write("later\n")
		}
	}()
	var got []string
	for range 2 {
		line, err := lines.ReadString('\n')
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, line)
	}
	if text := strings.Join(got, ""); text != "lost\nlater\n" {
		t.Errorf("%q", text)
	}
}
