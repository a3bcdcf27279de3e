// Package kvtest says what a [kvstore.Store] is, by testing it.
//
// A back-end's test calls [Run] with a function that opens a store on empty
// data; one that has several sessions on the same data calls [RunSessions] too,
// one whose data outlive the process [RunReopen], one that can lose its
// connection [RunGap], one whose servers can be killed [RunLinearizable].
// [Benchmark] measures it. The tests are named after the numbered lines of the
// contract in package kvstore.
//
// For those who write something above a store there are two decorators that do
// what the contract allows and a store in memory does not: [Stale] reads old
// data, [Faulty] fails on demand.
package kvtest

import (
	"fmt"
	"slices"
	"testing"

	"github.com/vlcp-go/vlcp/kvstore"
)

// Open opens a session on some data. It ends the test if it can't. The suite
// closes the store.
type Open func(t testing.TB) kvstore.Store

// Run tests the contract on stores that open opens, each on empty data of its
// own.
func Run(t *testing.T, open func(t testing.TB) kvstore.Store) {
	runAll(t, slices.Concat(cases, updateCases), func(testing.TB) Open { return open })
}

// RunSessions tests what several sessions on the same data have with one
// another. Each call of newData gives a way to open sessions on empty data of
// its own; they are open at the same time.
func RunSessions(t *testing.T, newData func(t testing.TB) Open) {
	runAll(t, sessionCases, newData)
}

// RunReopen tests what lasts from one session to the next on the same data. No
// two are open at the same time.
func RunReopen(t *testing.T, newData func(t testing.TB) Open) {
	runAll(t, reopenCases, newData)
}

// RunUpdate tests only what holds by [kvstore.Update], on stores that may also
// answer [kvstore.ErrConflict] and [kvstore.ErrUnknown] without a reason, such
// as a [Faulty].
func RunUpdate(t *testing.T, open func(t testing.TB) kvstore.Store) {
	runAll(t, updateCases, func(testing.TB) Open { return open })
}

func runAll(t *testing.T, tests []test, newData func(t testing.TB) Open) {
	for _, c := range tests {
		t.Run(c.name(), func(t *testing.T) { c.run(t, newData(t)) })
	}
}

// test is one test of the suite, of one line of the contract; line 0 is what
// follows from all of them.
type test struct {
	line  int
	title string
	run   func(t testing.TB, open Open)
}

func (c test) name() string { return fmt.Sprintf("%d %s", c.line, c.title) }

// one makes a test of one session.
func one(run func(t testing.TB, s kvstore.Store)) func(t testing.TB, open Open) {
	return func(t testing.TB, open Open) { run(t, opened(t, open)) }
}

// cases is the suite of [Run], with updateCases.
var cases = []test{
	{1, "any key that Key builds", one(testKeys)},
	{1, "what is no key is refused", one(testInvalidKeys)},
	{1, "any value", one(testValues)},
	{1, "a value belongs to the store", one(testAliasing)},
	{2, "a prefix is a path", one(testPrefix)},
	{3, "each write has a revision of its own", one(testRevisions)},
	{4, "all or none", one(testAllOrNone)},
	{4, "checks hold before writes", one(testChecks)},
	{4, "a key once", one(testDuplicateKey)},
	{4, "commits take turns", one(testLinearizable)},
	{5, "outcomes", one(testOutcomes)},
	{5, "malformed", one(testMalformed)},
	{5, "limits", one(testLimits)},
	{6, "get answers as asked", one(testGet)},
	{6, "list is sorted", one(testList)},
	{6, "reads never go back", one(testMonotonic)},
	{7, "snapshot first", one(testSnapshot)},
	{7, "then changes", one(testChanges)},
	{7, "only below the prefix", one(testWatchPrefix)},
	{7, "order of a key", one(testWatchOrder)},
	{7, "a slow consumer", one(testSlowConsumer)},
	{7, "the consumer uses the store", one(testConsumerUsesStore)},
	{7, "how it ends", one(testWatchEnds)},
	{7, "all watches come to the same", one(testWatchConverges)},
	{9, "cancelled", one(testCancelled)},
	{9, "closed", one(testClosed)},
	{9, "closed while busy", one(testClosedWhileBusy)},
	{0, "as the model says", one(testModel)},
}

// updateCases is the suite of [RunUpdate].
var updateCases = []test{
	{0, "a counter by Update", one(testCounter)},
	{0, "sums that hold by Update", one(testTransfers)},
}

// sessionCases is the suite of [RunSessions].
var sessionCases = []test{
	{4, "one session sees the other", testSessionsCurrent},
	{4, "sessions take turns", testSessionsCounter},
	{6, "no session goes back", testSessionsMonotonic},
	{7, "watched from elsewhere", testSessionsWatch},
	{8, "ephemeral keys go at Close", testEphemeral},
	{8, "taken over", testEphemeralTakeover},
	{8, "made durable", testEphemeralMadeDurable},
	{8, "deleted and made again by another", testEphemeralRemade},
	{9, "closing one session leaves the others", testCloseOne},
}

// reopenCases is the suite of [RunReopen].
var reopenCases = []test{
	{8, "only durable keys last", testReopen},
	{8, "made durable before the end", testReopenMadeDurable},
	{3, "no revision comes back", testReopenRevisions},
}
