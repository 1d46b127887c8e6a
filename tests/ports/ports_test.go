package ports

import (
	"fmt"
	"net"
	"os"
	"testing"
)

func TestAPortIsGivenOnceAndIsNoneThatIsTaken(t *testing.T) {
	given := map[int]bool{}
	for range 100 {
		next := first + (int(last.Load())+1+os.Getpid()*127)%count
		taken, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", next))
		port, free := Free()
		if free != nil || port < first || port >= first+count || given[port] || err == nil && port == next {
			t.Fatalf("%d, %v, after %d others; %d is taken: %v", port, free, len(given), next, err == nil)
		}
		given[port] = true
		if err == nil {
			taken.Close()
		}
	}
}
