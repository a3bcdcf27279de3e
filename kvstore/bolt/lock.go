package bolt

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"
	"time"
)

// ErrInUse is the answer of [Open] while another process has the file open.
var ErrInUse = errors.New("another vlcp is running with this store")

// patience is how long Open waits for another process to let go of the file: a
// restart overlaps, a running agent stays.
const patience = 800 * time.Millisecond

// lock takes the lock that bbolt takes again on the same file.
func lock(file *os.File) error {
	for end := time.Now().Add(patience); ; time.Sleep(patience / 20) {
		err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		switch {
		case err == nil:
			return nil
		case !errors.Is(err, syscall.EWOULDBLOCK):
			return &os.PathError{Op: "lock", Path: file.Name(), Err: err}
		case time.Now().After(end):
			return fmt.Errorf("%w: %s", ErrInUse, owner(file.Name()))
		}
	}
}

// unlock lets go of a file that bbolt could not open, and perhaps panicked over:
// what it has mapped would hold the lock.
func unlock(file *os.File) {
	if file != nil {
		_ = syscall.Flock(int(file.Fd()), syscall.LOCK_UN)
		_ = file.Close()
	}
}

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
