package testlab

import (
	"archive/tar"
	"bytes"
	"context"
	"debug/elf"
	"fmt"
	"os"
	"os/exec"
	"strings"
)

// Image is the image that [Host.ImportImage] makes.
const Image = "busybox:latest"

// ImportImage gives the host's Docker an image of busybox and the probe, of
// which "probe serve" is the command: it answers on TCP and UDP port 7 and
// ends at SIGTERM. Names are for the probe to look up: a static busybox can't.
func (h *Host) ImportImage(ctx context.Context) error {
	image, err := h.lab.image()
	if err != nil {
		return fmt.Errorf("build %s: %w", Image, err)
	}
	_, err = h.run(ctx, bytes.NewReader(image), "docker", "import", "--change", `CMD ["probe","serve"]`, "-", Image)
	return err
}

// Probe is the path of the probe, for [Host.Run].
func (l *Lab) Probe() (string, error) { return l.probe() }

func (l *Lab) buildProbe() (string, error) {
	return Build(l.dir, "probe", "internal/testlab/probe/cmd", "-ldflags=-s -w")
}

// buildImage makes the archive of the image's files.
func (l *Lab) buildImage() ([]byte, error) {
	busybox, applets, err := findBusybox()
	if err != nil {
		return nil, err
	}
	probe, err := l.probe()
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	image := archive{w: tar.NewWriter(&out)}
	for _, dir := range []string{"bin/", "etc/", "root/", "tmp/"} {
		image.add(tar.Header{Name: dir, Typeflag: tar.TypeDir, Mode: 0o755}, nil)
	}
	image.add(tar.Header{Name: "etc/passwd", Mode: 0o644}, []byte("root:x:0:0:root:/root:/bin/sh\n"))
	image.add(tar.Header{Name: "etc/group", Mode: 0o644}, []byte("root:x:0:\n"))
	image.addFile("bin/busybox", busybox)
	image.addFile("bin/probe", probe)
	for _, applet := range applets {
		image.add(tar.Header{Name: "bin/" + applet, Typeflag: tar.TypeSymlink, Linkname: "busybox", Mode: 0o777}, nil)
	}
	if image.err == nil {
		image.err = image.w.Close()
	}
	return out.Bytes(), image.err
}

// findBusybox finds a busybox that needs no libraries, and lists its applets.
func findBusybox() (path string, applets []string, err error) {
	if path, err = exec.LookPath("busybox"); err != nil {
		return "", nil, fmt.Errorf("%w; install busybox-static", err)
	}
	f, err := elf.Open(path)
	if err != nil {
		return "", nil, err
	}
	defer f.Close()
	if f.Section(".interp") != nil {
		return "", nil, fmt.Errorf("%s needs libraries; install busybox-static", path)
	}
	out, err := exec.Command(path, "--list").Output()
	for _, applet := range strings.Fields(string(out)) {
		if applet != "busybox" {
			applets = append(applets, applet)
		}
	}
	return path, applets, err
}

// archive is a tar archive that keeps its first error.
type archive struct {
	w   *tar.Writer
	err error
}

func (a *archive) add(h tar.Header, content []byte) {
	if a.err != nil {
		return
	}
	h.Size = int64(len(content))
	if a.err = a.w.WriteHeader(&h); a.err == nil {
		_, a.err = a.w.Write(content)
	}
}

func (a *archive) addFile(name, path string) {
	content, err := os.ReadFile(path)
	if err != nil && a.err == nil {
		a.err = err
	}
	a.add(tar.Header{Name: name, Mode: 0o755}, content)
}
