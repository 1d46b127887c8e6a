package screen

import (
	"fmt"
	"os"
	"syscall"
	"testing"
	"unsafe"
)

// terminal opens a pseudo-terminal of a width, and returns the end that programs have.
func terminal(t *testing.T, columns uint16) *os.File {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Skipf("there are no pseudo-terminals here: %v", err)
	}
	t.Cleanup(func() { master.Close() })
	control := func(request uintptr, argument unsafe.Pointer) {
		if _, _, errno := syscall.Syscall(syscall.SYS_IOCTL, master.Fd(), request, uintptr(argument)); errno != 0 {
			t.Skipf("pseudo-terminals do not work here: %v", errno)
		}
	}
	var unlock, number int32
	control(syscall.TIOCSPTLCK, unsafe.Pointer(&unlock))
	control(syscall.TIOCGPTN, unsafe.Pointer(&number))
	size := [4]uint16{24, columns}
	control(syscall.TIOCSWINSZ, unsafe.Pointer(&size))
	slave, err := os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Skipf("pseudo-terminals do not work here: %v", err)
	}
	t.Cleanup(func() { slave.Close() })
	return slave
}

func TestATerminalHasItsOwnWidthAndColours(t *testing.T) {
	for _, tt := range []struct {
		name            string
		columns         uint16
		variable        string
		noColor         string
		want, wantProse int
		wantColor       bool
	}{
		{"a wide one", 132, "70", "", 132, 100, true},
		{"a narrow one", 60, "", "", 60, 60, true},
		{"one that is too narrow", 10, "", "", 40, 40, true},
		{"one that tells no width", 0, "70", "", 70, 70, true},
		{"one that nobody knows the width of", 0, "", "", 80, 80, true},
		{"without colours", 80, "", "1", 80, 80, false},
	} {
		t.Setenv("TERM", "xterm")
		t.Setenv("COLUMNS", tt.variable)
		t.Setenv("NO_COLOR", tt.noColor)
		if s := Of(terminal(t, tt.columns)); s.Width != tt.want || s.Prose() != tt.wantProse || s.Color != tt.wantColor || !s.Terminal {
			t.Errorf("%s: %+v", tt.name, s)
		}
	}
}
