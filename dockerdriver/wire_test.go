package dockerdriver_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/vlcp-go/vlcp/dockerdriver"
	"github.com/vlcp-go/vlcp/dockerdriver/drivertest"
	"github.com/vlcp-go/vlcp/kvstore/kvtest"
	"github.com/vlcp-go/vlcp/kvstore/memory"
)

// TestWire replays what Docker sends, from testdata/wire. A line of a script is
//
//	> Call {request}     a call; $name stands for a string that came before
//	< 200 {answer}       its answer; "$name" is any string, and the same one later on
//	< 500 message        or its error; * at its end stands for the rest
//	? network ID         what the driver has; and "? ports ID" of a network
//	< {part of it}
//	* restart            the plugin ends and starts again
//	* default-gateway X  and so, with this setting
//	* store away         the store can't be reached, until "* store back"
//	* later              a minute goes by
//	# comment
//
// A line that begins with a blank continues the one before.
func TestWire(t *testing.T) {
	scripts, err := filepath.Glob("testdata/wire/*.txt")
	if err != nil || len(scripts) == 0 {
		t.Fatalf("no scripts: %v", err)
	}
	for _, name := range scripts {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txt"), func(t *testing.T) {
			lines := readScript(t, name)
			synctest.Test(t, func(t *testing.T) {
				w := &wire{T: t, vars: map[string]string{}, stop: func() {}}
				w.fake = drivertest.NewFakeOn(t, kvtest.NewFaulty(memory.New(), w.fault))
				w.restart("")
				defer func() { w.stop() }()
				for _, l := range lines {
					w.step(l)
				}
			})
		})
	}
}

// newServer is the plugin on a Fake.
func newServer(f *drivertest.Fake) *dockerdriver.Server {
	return &dockerdriver.Server{Driver: f, IPAM: f.IPAM, Store: f.Store, Host: func(context.Context) (string, error) { return drivertest.Host, nil }}
}

// post makes a call without a connection.
func post(h http.Handler, call, body string) (int, string) {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/"+call, strings.NewReader(body)))
	return w.Code, w.Body.String()
}

// line is a line of a script, continuations included.
type line struct {
	at   string // file:line
	kind byte
	text string
}

func readScript(t testing.TB, name string) (lines []line) {
	t.Helper()
	file, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	scanner := bufio.NewScanner(file)
	for n := 1; scanner.Scan(); n++ {
		switch text := scanner.Text(); {
		case text == "" || text[0] == '#':
		case text[0] == ' ':
			lines[len(lines)-1].text += strings.TrimSpace(text)
		default:
			lines = append(lines, line{fmt.Sprintf("%s:%d", filepath.Base(name), n), text[0], strings.TrimSpace(text[1:])})
		}
	}
	if scanner.Err() != nil {
		t.Fatal(scanner.Err())
	}
	return lines
}

// wire runs a script.
type wire struct {
	*testing.T
	fake    *drivertest.Fake
	handler http.Handler
	stop    func() // ends the server
	vars    map[string]string
	away    atomic.Bool // the store
	asked   string      // what the next < is the answer to
	status  int         // 0 for a ?
	answer  string
}

func (w *wire) restart(defaultGateway string) {
	w.stop()
	s := newServer(w.fake)
	s.DefaultGateway = defaultGateway
	w.handler = s.Handler()
	ctx, cancel := context.WithCancel(w.Context())
	var wg sync.WaitGroup
	wg.Go(func() { s.Run(ctx) })
	w.stop = func() { cancel(); wg.Wait() }
}

func (w *wire) step(l line) {
	w.Helper()
	first, rest, _ := strings.Cut(w.expand(l.text), " ")
	switch l.kind {
	case '>':
		w.asked = l.at
		w.status, w.answer = post(w.handler, first, rest)
	case '?':
		w.asked, w.status, w.answer = l.at, 0, w.ask(first, rest)
	case '*':
		w.event(first, rest)
	case '<':
		w.check(l)
	default:
		w.Fatalf("%s: what is %q?", l.at, l.text)
	}
}

func (w *wire) event(what, how string) {
	switch what {
	case "restart":
		w.restart("")
	case "default-gateway":
		w.restart(how)
	case "later":
		time.Sleep(time.Minute)
		synctest.Wait()
	case "store":
		w.away.Store(how == "away")
	default:
		w.Fatalf("what is %q?", what)
	}
}

func (w *wire) fault(string) kvtest.Fault {
	if w.away.Load() {
		return kvtest.Unavailable
	}
	return kvtest.None
}

// expand replaces the names of strings that came before.
func (w *wire) expand(text string) string {
	return regexp.MustCompile(`\$\w+`).ReplaceAllStringFunc(text, func(name string) string {
		if v, ok := w.vars[name]; ok {
			return v
		}
		return name
	})
}

// ask reads what the driver has.
func (w *wire) ask(what, id string) string {
	w.Helper()
	var v any
	var err error
	switch what {
	case "network":
		v, err = w.fake.Network(w.Context(), id)
	case "ports":
		v, err = w.fake.Ports(w.Context(), id)
	}
	if err != nil {
		return err.Error()
	}
	data, err := json.Marshal(v)
	if err != nil {
		w.Fatal(err)
	}
	return string(data)
}

// check compares an answer with what the script says.
func (w *wire) check(l line) {
	w.Helper()
	var want, got any
	text, isCall := l.text, w.status != 0
	if isCall {
		var status string
		status, text, _ = strings.Cut(l.text, " ")
		if status != fmt.Sprint(w.status) {
			w.Errorf("%s: status %d: %s\nwant %s", w.asked, w.status, w.answer, l.text)
			return
		}
	}
	if err := json.Unmarshal([]byte(text), &want); err != nil {
		want = map[string]any{"Err": text}
	}
	if err := json.Unmarshal([]byte(w.answer), &got); err != nil {
		got = map[string]any{"Err": w.answer}
	}
	if problem := w.match(want, got, isCall); problem != "" {
		w.Errorf("%s: %s\ngot  %s\nwant %s", w.asked, problem, strings.TrimSpace(w.answer), text)
	}
}

// match says where got is not as wanted. With exact, got has nothing more.
func (w *wire) match(want, got any, exact bool) string {
	switch want := want.(type) {
	case string:
		return w.matchString(want, got)
	case map[string]any:
		return w.matchObject(want, got, exact)
	case []any:
		g, ok := got.([]any)
		if !ok || len(g) != len(want) {
			return fmt.Sprintf("%v is not a list of %d", got, len(want))
		}
		for i := range want {
			if problem := w.match(want[i], g[i], exact); problem != "" {
				return fmt.Sprintf("[%d]: %s", i, problem)
			}
		}
		return ""
	}
	if want != got {
		return fmt.Sprintf("%v, want %v", got, want)
	}
	return ""
}

func (w *wire) matchObject(want map[string]any, got any, exact bool) string {
	g, ok := got.(map[string]any)
	if !ok {
		return fmt.Sprintf("%v is no object", got)
	}
	for name, value := range want {
		if problem := w.match(value, g[name], exact); problem != "" {
			return name + ": " + problem
		}
	}
	for name, value := range g {
		if _, named := want[name]; exact && !named && value != nil && value != "" && value != false {
			return fmt.Sprintf("%s: %v was not to be answered", name, value)
		}
	}
	return ""
}

func (w *wire) matchString(want string, got any) string {
	g, ok := got.(string)
	if ok && strings.HasPrefix(want, "$") {
		if w.vars[want] == "" {
			w.vars[want] = g
		}
		want = w.vars[want]
	}
	if start, cut := strings.CutSuffix(want, "*"); cut && strings.HasPrefix(g, start) {
		return ""
	}
	if want != got {
		return fmt.Sprintf("%q, want %q", got, want)
	}
	return ""
}
