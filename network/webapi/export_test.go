package webapi

import "net"

// On is a server on a listener that stands for one on loopback.
func On(l net.Listener) *Server { return &Server{doors: []*door{{Listener: l, local: true}}} }

// Guard listens at an address as if that were not on loopback.
func (a Access) Guard(address string) (*Server, error) {
	d, err := a.guarded()
	if err == nil {
		d.Listener, err = net.Listen("tcp", address)
	}
	if err != nil {
		return nil, err
	}
	return &Server{doors: []*door{d}}, nil
}
