package dockerdriver

import "sync"

// cache keeps values by id. The zero value is empty.
type cache[T any] struct {
	mu   sync.Mutex
	byID map[string]T
}

func (c *cache[T]) get(id string) (v T, found bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	v, found = c.byID[id]
	return v, found
}

func (c *cache[T]) put(id string, v T) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.byID == nil {
		c.byID = map[string]T{}
	}
	c.byID[id] = v
}

func (c *cache[T]) delete(id string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.byID, id)
}
