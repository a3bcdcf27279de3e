package names

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// quiet is how long nobody else has changed a hosts file when it is written
// anew: while Docker starts a container it appends a line for each network.
const quiet = time.Second

// errBusy means that a hosts file is just being written.
var errBusy = errors.New("the file is being written")

// files are the hosts files that Docker gives its containers.
type files struct {
	watcher watcher
	gate    doorkeeper
	idle    map[string]bool    // containers whose hosts files are watched for the time when they are started
	next    time.Time          // when all may be written again
	managed map[string]changes // those that may have lines of ours, by container id
}

// changes are when a hosts file was changed last, by its own time.
type changes struct{ ours, others time.Time }

// hostsFile is its name.
const hostsFile = "hosts"

// hostsPath is the path of a hosts file below the directory of all containers.
func hostsPath(container string) string { return filepath.Join(container, hostsFile) }

// containersDir is the directory of all containers.
func containersDir(root string) string { return filepath.Join(root, "containers") }

// apply has a container's hosts file say what others are called. It is errBusy
// where that has to be tried again, and fs.ErrNotExist where there is no file.
func (f *files) apply(dir *os.Root, container string, o *order) error {
	file, err := open(dir, container, os.O_RDWR)
	if err != nil {
		return err
	}
	defer file.Close()
	text, changed, err := read(file)
	if err != nil {
		return err
	}
	last := f.managed[container]
	if !changed.Equal(last.ours) {
		last.others = changed
	}
	e := o.plan(text)
	age := time.Since(last.others)
	busy := e.write && age >= 0 && age < quiet
	switch {
	case e.write && !busy:
		err = rewrite(file, text, e.whole)
	case e.add != "":
		err = add(dir, container, e.add)
	}
	if info, statErr := file.Stat(); statErr == nil && err == nil && (e.write || e.add != "") {
		last.ours = info.ModTime()
	}
	f.managed[container] = last
	if err == nil && busy {
		err = errBusy
	}
	return err
}

// open opens a hosts file if it is one: a regular file where Docker has it.
func open(dir *os.Root, container string, flag int) (*os.File, error) {
	above, err := dir.Lstat(container)
	if err != nil {
		return nil, err
	}
	is, err := dir.Lstat(hostsPath(container))
	if err != nil {
		return nil, err
	}
	if !above.IsDir() || !is.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is no regular file", filepath.Join(dir.Name(), hostsPath(container)))
	}
	file, err := dir.OpenFile(hostsPath(container), flag|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	opened, err := file.Stat()
	if err == nil && !os.SameFile(is, opened) {
		err = errBusy
	}
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return file, nil
}

// read reads a hosts file, and when it was changed. An empty one is one that
// Docker is just writing.
func read(file *os.File) (text string, changed time.Time, err error) {
	info, err := file.Stat()
	if err != nil {
		return "", changed, err
	}
	if info.Size() > maxFile {
		return "", changed, fmt.Errorf("it has %d bytes: with more than %d it is left alone", info.Size(), maxFile)
	}
	b, err := io.ReadAll(io.NewSectionReader(file, 0, maxFile))
	if err == nil && len(b) == 0 {
		err = errBusy
	}
	return string(b), info.ModTime(), err
}

// add appends at once, which loses nothing of what Docker appends meanwhile.
func add(dir *os.Root, container, text string) error {
	file, err := open(dir, container, os.O_WRONLY|os.O_APPEND)
	if err != nil {
		return err
	}
	_, err = file.WriteString(text)
	return errors.Join(err, file.Close())
}

// rewrite writes a hosts file anew, in place: a container has this very file. Who
// reads it meanwhile finds empty lines at its end, not half ones.
func rewrite(file *os.File, old, whole string) error {
	now, _, err := read(file)
	if err == nil && now != old {
		err = errBusy
	}
	if err != nil {
		return err
	}
	padding := strings.Repeat("\n", max(len(old)-len(whole), 0))
	if _, err := file.WriteAt([]byte(whole+padding), 0); err != nil {
		return err
	}
	return file.Truncate(int64(len(whole)))
}

// isGone tells whether there is no hosts file any more, or not yet.
func isGone(err error) bool { return errors.Is(err, fs.ErrNotExist) }
