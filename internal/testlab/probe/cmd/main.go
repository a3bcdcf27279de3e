// Command probe runs package probe in a container.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"

	"github.com/vlcp-go/vlcp/internal/testlab/probe"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "probe:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	commands := map[string]func(context.Context, []string) error{
		"serve": serve, "check": check, "ping": ping, "reach": reach, "dump": dump, "resolve": resolve,
	}
	if len(args) == 0 || commands[args[0]] == nil {
		return errors.New("usage: probe serve | check | ping | reach | dump | resolve")
	}
	return commands[args[0]](ctx, args[1:])
}

func serve(ctx context.Context, _ []string) error {
	addr := fmt.Sprintf(":%d", probe.Port)
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return err
	}
	packets, err := net.ListenPacket("udp", addr)
	if err != nil {
		return err
	}
	context.AfterFunc(ctx, func() {
		l.Close()
		packets.Close()
	})
	served := make(chan error)
	go func() { served <- probe.ServePackets(packets) }()
	return errors.Join(probe.Serve(l), <-served)
}

func check(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("check", flag.ContinueOnError)
	network := flags.String("network", "tcp", "tcp or udp")
	size := flags.Int("bytes", 64<<10, "how many bytes go there and back; over udp one packet")
	timeout := flags.Duration("timeout", 5*time.Second, "how long all of it may take")
	if err := flags.Parse(args); err != nil {
		return err
	}
	dialer := net.Dialer{Timeout: *timeout}
	c, err := dialer.DialContext(ctx, *network, flags.Arg(0))
	if err != nil {
		return err
	}
	defer c.Close()
	return probe.Check(c, *size, *timeout)
}

func ping(ctx context.Context, args []string) error {
	var c probe.PingConfig
	flags := flag.NewFlagSet("ping", flag.ContinueOnError)
	flags.DurationVar(&c.Interval, "i", 2*time.Millisecond, "time between packets")
	flags.IntVar(&c.Count, "c", 0, "number of packets; 0: until the input ends")
	flags.DurationVar(&c.Wait, "w", 2*time.Second, "how long to wait for the last answers")
	flags.IntVar(&c.Size, "s", 56, "bytes of payload")
	if err := flags.Parse(args); err != nil {
		return err
	}
	var err error
	if c.Addr, err = netip.ParseAddr(flags.Arg(0)); err != nil {
		return err
	}
	if c.Count == 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithCancel(ctx)
		go func() {
			defer cancel()
			io.Copy(io.Discard, os.Stdin) // its end is what counts
		}()
		c.First = func() { fmt.Println(`"answered"`) }
	}
	stats, err := probe.Ping(ctx, c)
	return errors.Join(err, json.NewEncoder(os.Stdout).Encode(stats))
}

// reach prints which of some addresses answer.
func reach(ctx context.Context, args []string) error {
	answers, errs := make([]bool, len(args)), make([]error, len(args))
	var pinging sync.WaitGroup
	for i, text := range args {
		addr, err := netip.ParseAddr(text)
		if err != nil {
			return err
		}
		pinging.Go(func() {
			stats, err := probe.Ping(ctx, probe.PingConfig{Addr: addr, Interval: 100 * time.Millisecond, Count: 5, Wait: time.Second, Size: 56})
			answers[i], errs[i] = stats.Received > 0, err
		})
	}
	pinging.Wait()
	for i, answers := range answers {
		if answers {
			fmt.Println(args[i])
		}
	}
	return errors.Join(errs...)
}

func dump(context.Context, []string) error {
	state, err := probe.Describe()
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(state)
}

func resolve(ctx context.Context, args []string) error {
	if len(args) != 1 {
		return errors.New("usage: probe resolve NAME")
	}
	addrs, err := net.DefaultResolver.LookupNetIP(ctx, "ip", args[0])
	for _, a := range addrs {
		fmt.Println(a.Unmap())
	}
	return err
}
