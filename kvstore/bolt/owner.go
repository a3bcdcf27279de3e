package bolt

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// ErrInUse is the answer of [Open] while another process has the file open.
var ErrInUse = errors.New("another vlcp is running with this store")

// The owner is told in a file of its own, since the store can't be read then.
// It is worth something only while the store is locked.
func ownerFile(path string) string { return path + ".owner" }

func writeOwner(path string, o options) error {
	note := fmt.Sprintf("process %d", os.Getpid())
	if o.socket != "" {
		note += ", ask it on its socket " + o.socket
	}
	return os.WriteFile(ownerFile(path), []byte(note), 0o600)
}

func removeOwner(path string) error {
	if err := os.Remove(ownerFile(path)); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// owner says who has the file open.
func owner(path string) string {
	note, err := os.ReadFile(ownerFile(path))
	if err != nil {
		return "a process that does not say which it is"
	}
	return string(note)
}
