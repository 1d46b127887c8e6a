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
		port := first + (int(last.Add(1))+os.Getpid()*127)%count
		if l, err := net.Listen("tcp", fmt.Sprintf(":%d", port)); err == nil {
			return port, l.Close()
		}
	}
	return 0, errors.New("no port is free")
}
