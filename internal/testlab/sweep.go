package testlab

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

const (
	// prefix begins a lab's name; the process id follows.
	prefix = "vlcp-lab-"
	// labVariable is in the environment of all that runs in a lab.
	labVariable = "VLCP_LAB"
)

// Leftovers lists what of this lab is on the machine after Close: processes,
// mounts, cgroups and directories.
func (l *Lab) Leftovers() ([]string, error) { return leftovers(l.name) }

func leftovers(name string) ([]string, error) {
	left := append(cgroups(name), directories(name)...)
	mounts, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		return nil, err
	}
	for _, line := range strings.Split(string(mounts), "\n") {
		if strings.Contains(line, name) {
			left = append(left, "mount "+line)
		}
	}
	running, err := processes(name)
	return append(left, running...), err
}

// processes lists what runs in the labs whose names contain text.
func processes(text string) ([]string, error) {
	all, err := filepath.Glob("/proc/[0-9]*")
	var found []string
	for _, p := range all {
		if belongs(p, text) {
			cmdline, _ := os.ReadFile(p + "/cmdline")
			found = append(found, fmt.Sprintf("process %s: %q", filepath.Base(p), cmdline))
		}
	}
	return found, err
}

// belongs tells whether a process, by its directory in /proc, is of the lab:
// by its environment, or a container's by its cgroup. One that ends under way
// is not.
func belongs(process, lab string) bool {
	for _, file := range []string{"environ", "cgroup"} {
		if content, _ := os.ReadFile(filepath.Join(process, file)); strings.Contains(string(content), lab) {
			return true
		}
	}
	return false
}

// sweep removes what labs of dead processes left. What is busy, because a
// process still ends, is left to the next sweep.
func sweep() error {
	var errs []error
	for _, path := range append(cgroups(prefix+"*"), directories(prefix+"*")...) {
		name := filepath.Base(path)
		if !dead(name) {
			continue
		}
		if err := remove(name); !errors.Is(err, syscall.EBUSY) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// dead tells whether the process that made the lab has ended.
func dead(name string) bool {
	number, _, _ := strings.Cut(strings.TrimPrefix(name, prefix), "-")
	pid, err := strconv.Atoi(number)
	return err == nil && syscall.Kill(pid, 0) == syscall.ESRCH
}

// remove removes the cgroups and directories of a lab whose processes are gone.
func remove(name string) error {
	var errs []error
	for _, path := range cgroups(name) {
		errs = append(errs, removeCgroup(path))
	}
	for _, path := range directories(name) {
		errs = append(errs, os.RemoveAll(path))
	}
	return errors.Join(errs...)
}

// cgroups lists the cgroups with a name, of version 2 and of every hierarchy
// of version 1.
func cgroups(name string) []string {
	v2, _ := filepath.Glob(filepath.Join("/sys/fs/cgroup", name))
	v1, _ := filepath.Glob(filepath.Join("/sys/fs/cgroup/*", name))
	return append(v2, v1...)
}

func directories(name string) []string {
	paths, _ := filepath.Glob(filepath.Join(os.TempDir(), name))
	return paths
}

// removeCgroup removes a cgroup with those in it, the innermost first. One
// stays busy for a moment after its last process has ended.
func removeCgroup(path string) error {
	var dirs []string
	filepath.WalkDir(path, func(dir string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() {
			dirs = append(dirs, dir)
		}
		return nil // one that vanishes under way needs no removing
	})
	for _, dir := range slices.Backward(dirs) {
		if err := removeBusy(dir); err != nil {
			return err
		}
	}
	return nil
}

func removeBusy(dir string) error {
	for deadline := time.Now().Add(5 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		err := syscall.Rmdir(dir)
		if err == nil || err == syscall.ENOENT {
			return nil
		}
		if err != syscall.EBUSY || time.Now().After(deadline) {
			return &os.PathError{Op: "rmdir", Path: dir, Err: err}
		}
	}
}
