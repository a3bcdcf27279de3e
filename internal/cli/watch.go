package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/vlcp-go/vlcp/network/webapi/client"
)

// watchable are the kinds of objects that can be followed.
var watchable = []string{"networks", "subnets", "ports", "physical-networks", "physical-ports", "hosts"}

func watchCommand(a *api) *cobra.Command {
	w := &watcher{objects: map[string]client.Event{}, synced: map[string]bool{}, stale: map[string]bool{}}
	c := &cobra.Command{
		Use: "watch [flags] [KIND...]", Short: "Follow what changes", Args: takes(0, many),
		Long: "Follow what is created, changed and deleted, until it is interrupted. The kinds are " + strings.Join(watchable, ", ") +
			"; without one it is all of them.",
		Example:           "  vlcp watch networks ports\n  vlcp watch --all -o json",
		ValidArgsFunction: cobra.FixedCompletions(watchable, cobra.ShellCompDirectiveNoFileComp),
		RunE: func(cmd *cobra.Command, kinds []string) error {
			if w.form != "table" && w.form != "json" {
				return fmt.Errorf("-o %s: use table or json", w.form)
			}
			c, err := a.connect()
			if err != nil {
				return err
			}
			defer c.Close()
			w.out = cmd.OutOrStdout()
			return a.explain(c.Watch(cmd.Context(), w.take, kinds...))
		},
	}
	c.Flags().StringVarP(&w.form, "output", "o", "table", "table, or json: an object for each change, in a line")
	c.Flags().BoolVar(&w.all, "all", false, "begin with what exists")
	_ = c.RegisterFlagCompletionFunc("output", cobra.FixedCompletions([]string{"table", "json"}, cobra.ShellCompDirectiveNoFileComp))
	c.Flags().AddFlagSet(a.flagSet)
	return c
}

// watcher tells changes apart: what it saw before is no news.
type watcher struct {
	out     io.Writer
	form    string // table or json
	all     bool
	objects map[string]client.Event // what exists, by kind and id
	synced  map[string]bool         // kinds of which all was seen
	stale   map[string]bool         // keys of objects not seen again since a resync
}

// change is what happened to an object.
type change struct {
	Change string          `json:"change"` // exists, created, changed or deleted
	Kind   string          `json:"kind"`
	ID     string          `json:"id"`
	Object json.RawMessage `json:"object,omitempty"` // as it is now
}

func (w *watcher) take(e client.Event) error {
	key := e.Kind + "/" + e.ID
	switch e.Event {
	case client.EventPut:
		delete(w.stale, key)
		return w.put(key, e)
	case client.EventDelete:
		return w.gone(key)
	case client.EventResync:
		for key, object := range w.objects {
			if slices.Contains(e.Kinds, object.Kind) {
				w.stale[key] = true
			}
		}
	case client.EventSynced:
		return w.sync(e.Kinds)
	}
	return nil
}

// put tells of an object, unless it is as it was.
func (w *watcher) put(key string, e client.Event) error {
	old, known := w.objects[key]
	w.objects[key] = e
	switch {
	case known && bytes.Equal(old.Object, e.Object):
		return nil
	case known:
		return w.tell(change{"changed", e.Kind, e.ID, e.Object})
	case w.synced[e.Kind]:
		return w.tell(change{"created", e.Kind, e.ID, e.Object})
	case w.all:
		return w.tell(change{"exists", e.Kind, e.ID, e.Object})
	}
	return nil
}

// gone tells of an object that was deleted.
func (w *watcher) gone(key string) error {
	e, known := w.objects[key]
	if !known {
		return nil
	}
	delete(w.objects, key)
	return w.tell(change{"deleted", e.Kind, e.ID, nil})
}

// sync ends a snapshot: what was not in it is gone.
func (w *watcher) sync(kinds []string) error {
	for _, kind := range kinds {
		w.synced[kind] = true
	}
	for key := range w.stale {
		if !slices.Contains(kinds, w.objects[key].Kind) {
			continue
		}
		delete(w.stale, key)
		if err := w.gone(key); err != nil {
			return err
		}
	}
	return nil
}

func (w *watcher) tell(c change) error {
	if w.form == "json" {
		return json.NewEncoder(w.out).Encode(c)
	}
	_, err := fmt.Fprintf(w.out, "%-7s   %s %s\n", c.Change, strings.TrimSuffix(c.Kind, "s"), c.ID)
	return err
}
