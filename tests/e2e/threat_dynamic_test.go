package e2e

import (
	"encoding/binary"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"strings"
	"testing"
)

// newNames starts a DNS server for which each name has the address 127.0.0.1, and each SRV record leads to the target.
func newNames(t testing.TB, target, port string) (addr string) {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	number, err := strconv.ParseUint(port, 10, 16)
	if err != nil {
		t.Fatal(err)
	}
	service := binary.BigEndian.AppendUint16([]byte{0, 0, 0, 0}, uint16(number)) // priority 0, weight 0
	for _, label := range strings.Split(target, ".") {
		service = append(append(service, byte(len(label))), label...)
	}
	records := map[uint16][]byte{1: {127, 0, 0, 1}, 33: append(service, 0)} // A and SRV
	go func() {
		question := make([]byte, 512)
		for {
			n, from, err := conn.ReadFrom(question)
			if err != nil {
				return
			}
			end := 12 + strings.IndexByte(string(question[12:n]), 0) + 5 // the name with its root, type and class
			kind := binary.BigEndian.Uint16(question[end-4:])
			answer := append([]byte{question[0], question[1], 0x84, 0, 0, 1, 0, 0, 0, 0, 0, 0}, question[12:end]...)
			if data, ok := records[kind]; ok {
				answer[7] = 1                                                                  // one record
				answer = append(answer, 0xc0, 12, byte(kind>>8), byte(kind), 0, 1, 0, 0, 0, 1) // of the name that was asked for
				answer = append(binary.BigEndian.AppendUint16(answer, uint16(len(data))), data...)
			}
			_, _ = conn.WriteTo(answer, from)
		}
	}()
	return conn.LocalAddr().String()
}

// The targets of SRV records are names with the dot of the root at their end. They are bound like other names.
func TestSRVRecordsLeadToTheVendorAndNowhereElse(t *testing.T) {
	t.Parallel()
	const host, second, foreign = "api-1.duosecurity.example", "api-2.duosecurity.example", "foreign.example"
	eachCaddy(t, func(t *testing.T, f form) {
		ca := newAuthority(t)
		s := setup{form: f, home: newHome(t)}
		site := func(name, hosts, target string) (*route, func(port int) string) {
			r := find("duo").route(t, f)
			r.name, r.vendor = name, newVendor(t, "duo", find("duo").credential(), ca.leaf(t, target))
			r.options = r.options.with(options{"insecure_upstream": nil, "host": strings.Fields(hosts)})
			_, port, _ := net.SplitHostPort(r.vendor.addr)
			names := newNames(t, target, port)
			return r, func(port int) string {
				s.upstream = "\t\t\ttls_trust_pool file " + quote(ca.file) + "\n\t\t\tresolvers " + names + "\n"
				return s.site(t, port, r, "", "", fmt.Sprintf("\t\tdynamic srv {\n\t\t\tname _%s._tcp.duosecurity.example\n\t\t\tresolvers %s\n\t\t}\n", name, names))
			}
		}
		one, first := site("one", host, host)
		several, next := site("several", host+" "+second, second)
		wrong, last := site("wrong", host, foreign)
		s.sites = func(port int) string { return first(port) + next(port) + last(port) }
		g := s.start(t)
		for r, want := range map[*route]string{one: host, several: second} {
			isOK(t, r.name, g.send(t, r, request{method: "POST", target: "/api", header: []string{asForm}, body: []byte("a=1")}))
			if arrived := r.vendor.signedOrNothing(t, 0, r.name); len(arrived) != 1 || arrived[0].host != want {
				t.Errorf("%s: %d arrived", r.name, len(arrived))
			}
		}
		g.refused(t, wrong, request{method: "GET", target: "/api"}, http.StatusMisdirectedRequest, "upstream")
	})
}
