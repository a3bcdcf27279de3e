package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"

	"github.com/vlcp-go/vlcp/internal/testlab"
)

// otherDocker is where the first host reaches the other one's Docker, which in
// the demo needs no TLS: it is a socket that this process serves.
const otherDocker = "/run/host2-docker.sock"

// tools is where the shell finds vlcp.
const tools = "/run/lab/bin"

// rc is what the shell begins with.
const rc = `PS1='vlcp demo \h \w \$ '
alias docker2='docker -H unix://` + otherDocker + `'
PATH=` + tools + `:$PATH
. /usr/share/bash-completion/bash_completion 2>/dev/null && . <(vlcp completion bash)
`

// openShell gives the user the first host until they leave it.
func openShell(ctx context.Context, hosts []*testlab.Host, program string) error {
	l, err := net.Listen("unix", hosts[0].Path(otherDocker))
	if err != nil {
		return err
	}
	defer l.Close()
	go forward(l, hosts[1].Path("/run/docker.sock"))
	if err := os.MkdirAll(hosts[0].Path(tools), 0o755); err != nil {
		return err
	}
	if err := os.Symlink(program, hosts[0].Path(tools+"/vlcp")); err != nil {
		return err
	}
	const file = "/run/lab/bashrc"
	if err := os.WriteFile(hosts[0].Path(file), []byte(rc), 0o644); err != nil {
		return err
	}
	step("A shell in host1, with docker and vlcp; docker2 is the docker of host2. Leave it with exit")
	if err := hosts[0].Terminal(ctx, "bash", "--rcfile", file, "-i").Run(); err != nil && ctx.Err() == nil {
		if exit := (*exec.ExitError)(nil); !errors.As(err, &exit) {
			return err
		}
	}
	return ctx.Err()
}

// forward takes connections to a socket until l is closed.
func forward(l net.Listener, socket string) {
	for {
		c, err := l.Accept()
		if err != nil {
			return
		}
		go func() {
			defer c.Close()
			s, err := net.Dial("unix", socket)
			if err != nil {
				fmt.Fprintln(os.Stderr, "demo:", err)
				return
			}
			defer s.Close()
			go func() { io.Copy(s, c); s.(*net.UnixConn).CloseWrite() }()
			io.Copy(c, s)
		}()
	}
}
