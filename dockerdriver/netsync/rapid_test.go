package netsync_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"pgregory.net/rapid"

	"github.com/vlcp-go/vlcp/kvstore/memory"
)

// explore runs a test in a bubble with many lists of steps, and shrinks one with
// which it fails.
func explore(t *testing.T, steps *rapid.Generator[[]step], test func(c *hosts, all []step)) {
	rapid.Check(t, func(r *rapid.T) {
		all := steps.Draw(r, "steps")
		j := &judge{}
		synctest.Test(t, func(t *testing.T) {
			j.T = t
			data := memory.New()
			defer data.Close()
			defer j.end()
			c := &hosts{TB: j, data: data, slow: true}
			defer c.users.Wait()
			test(c, all)
		})
		if j.Failed() {
			r.Fatalf("%s", strings.Join(j.said, "\n"))
		}
	})
}

// judge is the T of a bubble. It keeps what fails, so that rapid can look for a
// shorter way there.
type judge struct {
	*testing.T

	mu   sync.Mutex
	said []string
}

// failedNow is the panic that ends a test.
type failedNow struct{}

func (j *judge) end() {
	if what := recover(); what != nil && what != (failedNow{}) {
		panic(what)
	}
}

func (j *judge) Errorf(format string, args ...any) { j.Error(fmt.Sprintf(format, args...)) }

func (j *judge) Error(args ...any) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.said = append(j.said, fmt.Sprint(args...))
}

func (j *judge) Fatalf(format string, args ...any) { j.Fatal(fmt.Sprintf(format, args...)) }

func (j *judge) Fatal(args ...any) {
	j.Error(args...)
	panic(failedNow{})
}

func (j *judge) Failed() bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	return len(j.said) > 0
}

// step is something that happens to a host.
type step struct {
	host int
	do   string
	name string // of a network
	n    int    // how, or when
}

func (s step) String() string { return fmt.Sprintf("h%d %s %s %d", s.host+1, s.do, s.name, s.n) }

// networkNames are few, so that they meet.
var networkNames = []string{"n1", "n2"}

// stepsOf makes lists of steps of these kinds; what is named more often happens
// more often.
func stepsOf(kinds ...string) *rapid.Generator[[]step] {
	return rapid.SliceOfN(rapid.Custom(func(r *rapid.T) step {
		return step{
			host: rapid.IntRange(0, 2).Draw(r, "host"),
			do:   rapid.SampledFrom(kinds).Draw(r, "do"),
			name: rapid.SampledFrom(networkNames).Draw(r, "name"),
			n:    rapid.IntRange(1, 30).Draw(r, "n"),
		}
	}), 1, 60)
}
