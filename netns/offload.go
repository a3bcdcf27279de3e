package netns

import (
	"fmt"
	"unsafe"

	"golang.org/x/sys/unix"
)

// offloads are the commands of ethtool(8)'s -K tso, gso, sg and tx.
var offloads = map[string]struct{ get, set uint32 }{
	"tso": {unix.ETHTOOL_GTSO, unix.ETHTOOL_STSO},
	"gso": {unix.ETHTOOL_GGSO, unix.ETHTOOL_SGSO},
	"sg":  {unix.ETHTOOL_GSG, unix.ETHTOOL_SSG},
	"tx":  {unix.ETHTOOL_GTXCSUM, unix.ETHTOOL_STXCSUM},
}

// txOff switches the offloads of an interface off, in the namespace at path.
func txOff(path, name string) error {
	for offload, command := range offloads {
		if err := ethtool(path, name, &ethtoolValue{command: command.set}); err != nil {
			return fmt.Errorf("switch off %s on %s: %w", offload, name, err)
		}
	}
	return nil
}

// ethtoolValue is the kernel's struct ethtool_value.
type ethtoolValue struct{ command, data uint32 }

// ifreqData is the kernel's struct ifreq with a pointer in its union, which
// has 24 bytes on 64-bit machines and fewer on others.
type ifreqData struct {
	name [unix.IFNAMSIZ]byte
	data unsafe.Pointer
	_    [24 - unsafe.Sizeof(uintptr(0))]byte
}

// ethtool runs one of ethtool's commands. The namespace is that of the socket.
func ethtool(path, name string, value *ethtoolValue) error {
	return Do(path, func() error {
		socket, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
		if err != nil {
			return err
		}
		defer unix.Close(socket)
		req := ifreqData{data: unsafe.Pointer(value)}
		copy(req.name[:unix.IFNAMSIZ-1], name)
		_, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(socket), unix.SIOCETHTOOL, uintptr(unsafe.Pointer(&req)))
		if errno != 0 {
			return errno
		}
		return nil
	})
}
