package netsync

import (
	"context"
	"errors"
	"maps"

	"github.com/docker/docker/api/types/network"

	"github.com/vlcp-go/vlcp/dockerdriver/internal/record"
	model "github.com/vlcp-go/vlcp/network"
)

// labelAll has the logical networks that were made for this host's Docker say
// what it calls them: it does not tell its plugin.
func (s *Syncer) labelAll(ctx context.Context, st state) error {
	maps.DeleteFunc(s.labelled, func(id string, _ bool) bool { _, exists := st.byID[id]; return !exists })
	m := model.New(model.Config{Store: s.Plugin.Store, Host: st.host})
	var errs []error
	for id, rec := range st.records {
		n, exists := st.byID[id]
		if !exists || rec.Removed || s.labelled[id] || rec.Network != record.Own(id) {
			continue
		}
		if err := label(ctx, m, rec.Network, n); err != nil {
			errs = append(errs, err)
			continue
		}
		s.labelled[id] = true
	}
	return errors.Join(errs...)
}

// label labels one, which may be gone by now.
func label(ctx context.Context, m *model.Model, id string, n network.Summary) error {
	has, err := m.Network(ctx, id)
	if err == nil && has.Meta[model.DockerName] != n.Name {
		_, err = m.UpdateNetworks(ctx, model.Change[model.Network]{ID: id, Edit: func(v *model.Network) error {
			if v.Meta == nil {
				v.Meta = map[string]any{}
			}
			v.Meta[model.DockerName] = n.Name
			return nil
		}})
	}
	if errors.Is(err, model.ErrNotFound) {
		return nil
	}
	return err
}
