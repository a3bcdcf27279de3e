package ovsdb

import (
	"context"
	"log/slog"

	"github.com/go-logr/logr"
)

// maxLevel is the most detailed of libovsdb's levels that is logged: the
// transactions. The next one is every row of every update.
const maxLevel = 4

// logSink gives what libovsdb logs to a slog.Logger, all of it at debug: what
// an operator should know, the switch says itself.
type logSink struct{ log *slog.Logger }

func newLogr(log *slog.Logger) *logr.Logger {
	l := logr.New(logSink{log})
	return &l
}

func (s logSink) Init(logr.RuntimeInfo) {}

func (s logSink) Enabled(level int) bool {
	return level <= maxLevel && s.log.Enabled(context.Background(), slog.LevelDebug)
}

func (s logSink) Info(_ int, msg string, kv ...any) { s.log.Debug(msg, kv...) }

func (s logSink) Error(err error, msg string, kv ...any) {
	s.log.With(kv...).Debug(msg, "error", err)
}

func (s logSink) WithValues(kv ...any) logr.LogSink { return logSink{s.log.With(kv...)} }

func (s logSink) WithName(name string) logr.LogSink { return logSink{s.log.With("of", name)} }
