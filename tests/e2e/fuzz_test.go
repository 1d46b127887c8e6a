package e2e

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// fuzzModes are the schemes whose routes get the inputs.
var fuzzModes = []string{"darktrace", "darktrace-iso", "darktrace-decoded", "threatconnect", "carbonblack", "cortex-advanced", "duo", "duo-x-duo-date", "duo-4",
	"veracode", "akamai", "shodan", "datadog", "bloodhound",
	"aws", "aws-session", "aws-query", "aws-s3", "aws-s3-unsigned", "aws-s3-auto", "aws-s3-query",
	"aws-re-sign", "aws-re-sign-s3", "httpsig", "httpsig-hmac", "web-bot-auth", "cavage", "cavage-hs2019", "oci"}

// fuzzInputs is the number of inputs for each way to use the plugins, in a normal run; to vendors of HTTP/2 a tenth goes.
const fuzzInputs = 25000

// Hostile and honest raw requests go through real gateways. What arrives at the vendor is accepted by it, or it is no
// request; and what is valid and asks for nothing forbidden is accepted, so that refusing everything is no solution.
//
// VENDORSIGN_FUZZ=10m goes on for that time with other inputs in every round (tests/fuzz.sh). VENDORSIGN_FUZZ_SEED
// repeats a round.
func TestHostileRequestsArriveSignedOrNotAtAll(t *testing.T) {
	fuzzRounds(t, fuzzInputs, func(t *testing.T, f form, r *route) *route { return r })
}

// The same goes to vendors of HTTP/2, over verified TLS, of which one failure takes a vendor away: no input is its failure.
// In Traefik that a client leaves before its request is sent counts as one, with us and without.
func TestHostileRequestsTakeNoHTTP2VendorAway(t *testing.T) {
	ca := newAuthority(t)
	fuzzRounds(t, fuzzInputs/10, func(t *testing.T, f form, r *route) *route {
		r = healthy(t, ca, r)
		r.passive = f != traefik
		return r
	})
}

func fuzzRounds(t *testing.T, count int, upstream func(*testing.T, form, *route) *route) {
	seed, rounds := uint64(1), 1
	var end time.Time
	if text := os.Getenv("VENDORSIGN_FUZZ"); text != "" {
		length, err := time.ParseDuration(text)
		if err != nil {
			t.Fatal(err)
		}
		end, seed = time.Now().Add(length), uint64(time.Now().UnixNano())
	}
	if text := os.Getenv("VENDORSIGN_FUZZ_SEED"); text != "" {
		var err error
		if seed, err = strconv.ParseUint(text, 10, 64); err != nil {
			t.Fatal(err)
		}
	}
	for ; rounds == 1 || time.Now().Before(end) && !t.Failed(); rounds++ {
		eachFormAlone(t, func(t *testing.T, f form) {
			fuzzRound(t, f, seed, count, func(r *route) *route { return upstream(t, f, r) })
		})
		seed++
	}
}

func fuzzRound(t *testing.T, f form, seed uint64, count int, upstream func(*route) *route) {
	var routes []*route
	var ms []mode
	for _, name := range fuzzModes {
		ms = append(ms, find(name))
		routes = append(routes, upstream(find(name).route(t, f)))
	}
	g := start(t, f, routes...)
	generate := newGenerator(seed)
	inputs := kept(t, routes)
	for i := range count {
		n := generate.IntN(len(ms))
		create := generate.honest
		if generate.chance(50) {
			create = generate.hostile
		}
		inputs = append(inputs, create(ms[n], n, routes[n].name+".test", fmt.Sprintf("f%d-%016x", i, generate.Uint64())))
	}

	answered := make([]int, len(inputs))
	next := make(chan int)
	var workers sync.WaitGroup
	for range 16 {
		workers.Go(func() {
			for i := range next {
				answered[i] = fuzzExchange(t, g.addr, inputs[i])
			}
		})
	}
	for i := range inputs {
		next <- i
	}
	close(next)
	workers.Wait()

	byID := map[string]*input{}
	for i := range inputs {
		byID[inputs[i].id] = &inputs[i]
	}
	failed := 0
	fail := func(in *input, format string, args ...any) {
		if failed++; failed > 10 {
			return
		}
		what := fmt.Sprintf(format, args...)
		if in != nil {
			what += fmt.Sprintf("\nsent to %s:\n%.2000q\nkept as %s", routes[in.route].name, in.raw, keepInput(t, in, routes))
		}
		t.Errorf("seed %d: %s", seed, what)
	}
	arrived, whole := 0, map[string]*arrival{}
	for _, route := range routes {
		for _, a := range route.vendor.since(0) {
			id := a.header.Get(fuzzID)
			in := byID[id]
			switch {
			case a.fault != nil:
				// A body that streams has begun to go out when its end turns out to be missing.
				if in != nil && in.valid || !strings.HasPrefix(a.fault.Error(), "the body ended") && !strings.HasPrefix(a.fault.Error(), "the connection ended") && !strings.HasPrefix(a.fault.Error(), "a chunk's size") {
					fail(in, "arrived broken: %v\n%.2000q", a.fault, a.raw)
				}
				continue
			case !a.answer.Accepted:
				fail(in, "arrived, and the vendor refuses it: %s\n%.2000q", a.answer.Reason, a.raw)
			case len(a.answer.Leaks) > 0 || in != nil && in.valid && strings.Contains(headOf(a), "attacker-"):
				fail(in, "arrived with the client's credentials %s\n%.2000q", a.answer.Leaks, a.raw)
			case a.host != route.options["host"]:
				fail(in, "arrived for another host\n%.2000q", a.raw)
			}
			arrived++
			whole[id] = a
		}
	}
	valid, accepted := 0, 0
	for i := range inputs {
		in := &inputs[i]
		if !in.valid {
			continue
		}
		valid++
		a := whole[in.id]
		switch {
		case a == nil:
			fail(in, "is valid, and did not arrive; answered %d", answered[i])
		case a.method != in.method || string(a.body) != in.body:
			fail(in, "arrived as something else:\n%.2000q", a.raw)
		case answered[i] != http.StatusOK:
			fail(in, "arrived, and the client got %d", answered[i])
		default:
			accepted++
		}
	}
	if failed > 10 {
		t.Errorf("and %d more", failed-10)
	}
	t.Logf("seed %d: %d inputs, %d valid, %d of them accepted; %d requests arrived and all were judged", seed, len(inputs), valid, accepted, arrived)
	fmt.Printf("fuzz %s seed %d: %d inputs, %d valid, %d accepted (%.1f%%), %d requests judged\n", f, seed, len(inputs), valid, accepted, 100*float64(accepted)/float64(valid), arrived)
	if valid < len(inputs)*4/10 {
		t.Errorf("only %d of %d inputs were valid", valid, len(inputs))
	}
	if accepted != valid {
		t.Errorf("%d of %d valid requests were accepted", accepted, valid)
	}
}

// headOf is a request without its body.
func headOf(a *arrival) string {
	head, _, _ := strings.Cut(string(a.raw), "\r\n\r\n")
	return head
}

// fuzzExchange writes an input and returns the status of the first answer, or 0.
func fuzzExchange(t *testing.T, addr string, in input) int {
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Errorf("the gateway is gone: %v", err)
		return 0
	}
	defer conn.Close()
	wait := patience
	if !in.valid { // it may have no end
		wait = 300 * time.Millisecond
	}
	if err := conn.SetDeadline(time.Now().Add(wait)); err != nil {
		t.Error(err)
	}
	if _, err := io.WriteString(conn, in.raw); err != nil && !isClosed(err) && !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Error(err)
	}
	reader := bufio.NewReader(conn)
	for {
		response, err := http.ReadResponse(reader, &http.Request{Method: in.method})
		if err != nil {
			return 0
		}
		if response.StatusCode == http.StatusContinue {
			continue
		}
		_, _ = io.Copy(io.Discard, response.Body)
		return response.StatusCode
	}
}

// keptDir has inputs that found something once, or show what the generator is about. Each is for the scheme that its
// name begins with, or for any.
const keptDir = "testdata/hostile"

// kept reads the inputs that are kept. HOST stands for the route's.
func kept(t *testing.T, routes []*route) (inputs []input) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(keptDir, "*.http"))
	if err != nil {
		t.Fatal(err)
	}
	if len(files) == 0 {
		t.Fatalf("there are no kept inputs in %s", keptDir)
	}
	for i, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for n, route := range routes {
			if name := filepath.Base(file); !strings.HasPrefix(name, "any-") && !strings.HasPrefix(name, route.signer+"-") {
				continue
			}
			raw := strings.ReplaceAll(string(data), "HOST", route.name+".test")
			inputs = append(inputs, input{id: fmt.Sprintf("k%d-%d", i, n), route: n, raw: raw})
		}
	}
	return inputs
}

// keepInput writes an input down, to be tried in every run from now on.
func keepInput(t *testing.T, in *input, routes []*route) string {
	raw := strings.ReplaceAll(in.raw, routes[in.route].name+".test", "HOST")
	sum := sha256.Sum256([]byte(raw))
	file := filepath.Join(keptDir, routes[in.route].signer+"-"+hex.EncodeToString(sum[:6])+".http")
	if err := os.WriteFile(file, []byte(raw), 0o644); err != nil {
		t.Error(err)
	}
	return file
}
