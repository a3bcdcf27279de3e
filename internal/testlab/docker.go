package testlab

import (
	"context"
	"os"
	"path/filepath"
	"syscall"
)

const (
	dockerSocket     = "/run/docker.sock"
	containerdSocket = "/run/containerd/containerd.sock"
	containerdConfig = "/etc/containerd.toml"
)

// StartDocker starts containerd, unless it still runs, and dockerd with the
// host's flags and these, and returns when dockerd answers. Everything is at the usual paths,
// all data in memory.
func (h *Host) StartDocker(ctx context.Context, flags ...string) error {
	if err := h.startContainerd(ctx); err != nil {
		return err
	}
	args := []string{
		"--containerd=" + containerdSocket,
		"--host=unix://" + dockerSocket,
		"--exec-opt=native.cgroupdriver=cgroupfs",
		"--cgroup-parent=/" + filepath.Join(h.lab.name, h.Name),
	}
	args = append(append(args, h.config.DockerFlags...), flags...)
	if err := h.serve(ctx, "dockerd", args...); err != nil {
		return err
	}
	return h.service("dockerd").Ready(ctx)
}

// startContainerd starts it without Kubernetes' part, which takes most of the
// time. dockerd waits for its socket.
func (h *Host) startContainerd(ctx context.Context) error {
	if p := h.service("containerd"); p != nil && p.Running() {
		return nil
	}
	config := "version = 2\ndisabled_plugins = [\"io.containerd.grpc.v1.cri\"]\n"
	if err := os.WriteFile(h.Path(containerdConfig), []byte(config), 0o644); err != nil {
		return err
	}
	return h.serve(ctx, "containerd", "--config="+containerdConfig, "--address="+containerdSocket)
}

// StopDocker ends dockerd with the signal: SIGTERM, or SIGKILL for a crash.
// containerd goes on, and after a SIGKILL the containers too.
func (h *Host) StopDocker(ctx context.Context, sig syscall.Signal) error {
	return h.stop(ctx, "dockerd", sig)
}

// Docker runs the docker command against the host's dockerd.
func (h *Host) Docker(ctx context.Context, args ...string) (string, error) {
	return h.Run(ctx, append([]string{"docker"}, args...)...)
}

// Exec runs a program in a running container.
func (h *Host) Exec(ctx context.Context, container string, argv ...string) (string, error) {
	return h.Docker(ctx, append([]string{"exec", container}, argv...)...)
}

// DockerHost is the DOCKER_HOST by which this process reaches the dockerd.
func (h *Host) DockerHost() string { return "unix://" + h.Path(dockerSocket) }
