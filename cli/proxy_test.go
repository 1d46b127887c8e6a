package cli

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
)

// A path can hold what moves a terminal's cursor, or a line that looks like the proxy's own.
func TestNoRequestSteersTheTerminalOfAProxy(t *testing.T) {
	t.Setenv("PROXY_SECRET", "a-secret-of-some-length")
	ctx, cancel := context.WithCancel(context.Background())
	reader, writer := io.Pipe()
	done := make(chan int, 1)
	go func() {
		// Nothing listens on port 1: what is signed gets no answer.
		done <- Run(ctx, []string{"proxy", "duo", "--integration-key", "DI", "--secret-key", "env:PROXY_SECRET", "--host", "127.0.0.1:1",
			"--insecure-upstream", "--upstream", "http://127.0.0.1:1", "--listen", "127.0.0.1:0"}, strings.NewReader(""), writer, io.Discard)
		writer.Close()
	}()
	in := bufio.NewReader(reader)
	first, err := in.ReadString('\n')
	if err != nil {
		t.Fatalf("the proxy does not start: %d", <-done)
	}
	_, address, _ := strings.Cut(strings.TrimSpace(first), " on http://")
	go func() {
		defer cancel()
		if response, err := http.Get("http://" + address + "/a%1b%5b2J%0aGET%20%22/forged%22%20200"); err == nil {
			response.Body.Close()
		}
	}()
	rest, _ := io.ReadAll(in)
	if status := <-done; status != 0 {
		t.Errorf("the proxy ended with status %d", status)
	}
	const want = `GET "/a\x1b[2J\nGET \"/forged\" 200" 502 not reached: `
	if line := string(rest); !strings.HasPrefix(line, want) || strings.Count(line, "\n") != 1 {
		t.Errorf("the proxy printed %q, want one line that begins with %s", line, want)
	}
}
