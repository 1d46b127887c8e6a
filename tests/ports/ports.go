// Package ports finds ports for servers that must be told theirs before they listen.
package ports

import (
	"errors"
	"fmt"
	"net"
	"os"
	"sync/atomic"
)

// They lie below those that systems give to outgoing connections and to listeners that ask for any: 32768 and up in
// Linux, 49152 elsewhere. Else one of those could take a port between the look at it and the server's start, and a second
// Caddy would even share it (SO_REUSEPORT), silently.
const first, count = 20000, 10000

var last atomic.Int64

// Free returns a port that nobody listens on now. No two calls get the same, and another process begins elsewhere.
func Free() (int, error) {
	for range 1000 {
		if port := first + (int(last.Add(1))+os.Getpid()*127)%count; free("127.0.0.1", port) && free("", port) {
			return port, nil
		}
	}
	return 0, errors.New("no port is free")
}

// free asks for an address and for all: not every system says of all that one is taken.
func free(address string, port int) bool {
	l, err := net.Listen("tcp", fmt.Sprintf("%s:%d", address, port))
	return err == nil && l.Close() == nil
}
