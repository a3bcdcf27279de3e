package kvtest

import (
	"errors"
	"fmt"
	"path/filepath"
	"testing"

	"github.com/anishathalye/porcupine"

	"github.com/vlcp-go/vlcp/kvstore"
)

// cells are the keys that a history is about.
var cells = []string{"cell/a", "cell/b", "cell/c"}

// deletable is the cell that is deleted now and then.
const deletable = 0

// content is what the cells hold: the number that was put last, each put once
// only; 0 is an absent key. In a request, untouched is a cell that it is not
// about.
type content [3]int

const untouched = -1

func untouchedCells() content { return content{untouched, untouched, untouched} }

// request is a commit, or a read of all cells.
type request struct {
	read         bool
	check, write content
}

// answer is what the store said: to a commit nil, ErrConflict or ErrUnknown.
type answer struct {
	err  error
	read content
}

// sequential is a store that does one thing after the other. What nobody knows
// the outcome of may have been done at any time later, or never, which is the
// same as after all others.
var sequential = porcupine.Model{
	Init: func() any { return content{} },
	Step: func(state, in, out any) (bool, any) {
		return step(state.(content), in.(request), out.(answer))
	},
	DescribeOperation: func(in, out any) string { return describe(in.(request), out.(answer)) },
}

func step(now content, r request, a answer) (possible bool, next content) {
	if r.read {
		return a.read == now, now
	}
	holds := true
	for i, want := range r.check {
		holds = holds && (want == untouched || want == now[i])
	}
	switch {
	case errors.Is(a.err, kvstore.ErrConflict):
		return !holds, now
	case !holds:
		return a.err != nil, now
	}
	for i, number := range r.write {
		if number != untouched {
			now[i] = number
		}
	}
	return true, now
}

func describe(r request, a answer) string {
	if r.read {
		return fmt.Sprintf("read %v", a.read)
	}
	return fmt.Sprintf("if %v put %v: %v", r.check, r.write, a.err)
}

// judge looks for an order in which a store that does one thing after the other
// would have given the same answers. Where there is none, history.html among the
// test's artifacts shows how far it came.
func judge(t testing.TB, history []porcupine.Operation) {
	t.Helper()
	result, info := porcupine.CheckOperationsVerbose(sequential, history, patience)
	switch result {
	case porcupine.Ok:
		return
	case porcupine.Unknown:
		t.Errorf("no order of the %d calls was found in %v, nor that there is none", len(history), patience)
		return
	}
	path := filepath.Join(t.ArtifactDir(), "history.html")
	if err := porcupine.VisualizePath(sequential, info, path); err != nil {
		t.Errorf("%s: %v", path, err)
	}
	t.Errorf("the %d calls have no order that a store could have done them in: see %s (kept with go test -artifacts)", len(history), path)
}
