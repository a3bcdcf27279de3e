// Package kvtest says what a [kvstore.Store] is, by testing it.
//
// A back-end's test calls [Run] with a function that opens a store on empty
// data; one that has several sessions on the same data calls [RunSessions] too,
// one whose data outlive the process [RunReopen], one that can lose its
// connection [RunGap]. [Benchmark] measures it. The tests are named after the
// numbered lines of the contract in package kvstore.
//
// For those who write something above a store there are two decorators that do
// what the contract allows and a store in memory does not: [Stale] reads old
// data, [Faulty] fails on demand.
package kvtest

import (
	"fmt"
	"testing"

	"github.com/vlcp-go/vlcp/kvstore"
)

// Open opens a session on some data. It ends the test if it can't. The suite
// closes the store.
type Open func(t testing.TB) kvstore.Store

// Run tests the contract on stores that open opens, each on empty data of its
// own.
func Run(t *testing.T, open func(t testing.TB) kvstore.Store) {
	for _, c := range cases {
		t.Run(c.name(), func(t *testing.T) { c.run(t, opened(t, open)) })
	}
}

// RunSessions tests what several sessions on the same data have with one
// another. Each call of newData gives a way to open sessions on empty data of
// its own; they are open at the same time.
func RunSessions(t *testing.T, newData func(t testing.TB) Open) {
	for _, c := range sessionCases {
		t.Run(c.name(), func(t *testing.T) { c.runSessions(t, newData(t)) })
	}
}

// RunReopen tests what lasts from one session to the next on the same data. No
// two are open at the same time.
func RunReopen(t *testing.T, newData func(t testing.TB) Open) {
	for _, c := range reopenCases {
		t.Run(c.name(), func(t *testing.T) { c.runSessions(t, newData(t)) })
	}
}

// test is one test of the suite, of one line of the contract.
type test struct {
	line        int
	title       string
	run         func(t testing.TB, s kvstore.Store)
	runSessions func(t testing.TB, open Open)
}

func (c test) name() string { return fmt.Sprintf("%d %s", c.line, c.title) }

// cases is the suite of [Run].
var cases = []test{
	{1, "any key that Key builds", testKeys, nil},
	{1, "what is no key is refused", testInvalidKeys, nil},
	{1, "any value", testValues, nil},
	{1, "a value belongs to the store", testAliasing, nil},
	{2, "a prefix is a path", testPrefix, nil},
	{3, "each write has a revision of its own", testRevisions, nil},
	{4, "all or none", testAllOrNone, nil},
	{4, "checks hold before writes", testChecks, nil},
	{4, "a key once", testDuplicateKey, nil},
	{4, "commits take turns", testLinearizable, nil},
	{5, "outcomes", testOutcomes, nil},
	{5, "malformed", testMalformed, nil},
	{5, "limits", testLimits, nil},
	{6, "get answers as asked", testGet, nil},
	{6, "list is sorted", testList, nil},
	{6, "reads never go back", testMonotonic, nil},
	{7, "snapshot first", testSnapshot, nil},
	{7, "then changes", testChanges, nil},
	{7, "only below the prefix", testWatchPrefix, nil},
	{7, "order of a key", testWatchOrder, nil},
	{7, "a slow consumer", testSlowConsumer, nil},
	{7, "the consumer uses the store", testConsumerUsesStore, nil},
	{7, "how it ends", testWatchEnds, nil},
	{7, "all watches come to the same", testWatchConverges, nil},
	{9, "cancelled", testCancelled, nil},
	{9, "closed", testClosed, nil},
	{9, "closed while busy", testClosedWhileBusy, nil},
	{0, "a counter by Update", testCounter, nil},
	{0, "sums that hold by Update", testTransfers, nil},
	{0, "as the model says", testModel, nil},
}

// sessionCases is the suite of [RunSessions].
var sessionCases = []test{
	{4, "one session sees the other", nil, testSessionsCurrent},
	{4, "sessions take turns", nil, testSessionsCounter},
	{6, "no session goes back", nil, testSessionsMonotonic},
	{7, "watched from elsewhere", nil, testSessionsWatch},
	{8, "ephemeral keys go at Close", nil, testEphemeral},
	{8, "taken over", nil, testEphemeralTakeover},
	{8, "made durable", nil, testEphemeralMadeDurable},
	{8, "deleted and made again by another", nil, testEphemeralRemade},
	{9, "closing one session leaves the others", nil, testCloseOne},
}

// reopenCases is the suite of [RunReopen].
var reopenCases = []test{
	{8, "only durable keys last", nil, testReopen},
	{8, "made durable before the end", nil, testReopenMadeDurable},
	{3, "no revision comes back", nil, testReopenRevisions},
}
