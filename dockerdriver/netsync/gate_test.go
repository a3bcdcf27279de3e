package netsync_test

import (
	"strings"
	"testing"

	"github.com/vlcp-go/vlcp/kvstore"
	"github.com/vlcp-go/vlcp/kvstore/kvtest"
)

// Nobody begins to use a logical network that is being deleted, not even while
// another host that wanted to delete it gives up.
func TestNobodyBeginsWhatIsDeleted(t *testing.T) {
	for name, meanwhile := range map[string]func(h *host, logical string){
		"nobody else":        func(*host, string) {},
		"another one closes": (*host).failToDelete,
	} {
		t.Run(name, func(t *testing.T) {
			run(t, func(c *hosts) {
				all := c.start("h1", "h2", "h3")
				for _, h := range all {
					h.stopSync()
				}
				all[0].create("n1")
				logical, asked := all[0].logical("n1"), false
				all[0].way.listed = func(prefix string) {
					if prefix != kvstore.Prefix("docker", "use", logical) || asked {
						return
					}
					asked = true
					meanwhile(all[1], logical)
					if _, err := all[2].tryCreate("n2", attachedTo(logical)); err == nil || !strings.Contains(err.Error(), "try again") {
						t.Errorf("attached to what is being deleted: %v", err)
					}
				}
				all[0].rm("n1")
				if !asked {
					t.Error("nobody asked for its uses")
				}
				c.left()
			})
		})
	}
}

// failToDelete has a host try to delete a logical network, and lose the store on
// its way.
func (h *host) failToDelete(logical string) {
	h.flicker(kvtest.Commits(kvtest.None, kvtest.Unavailable))
	if err := h.plugin.NetworkUnused(h.Context(), logical); err == nil {
		h.Error("deleted while the store was away")
	}
	h.flicker(nil)
}
