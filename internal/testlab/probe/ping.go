package probe

import (
	"context"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"sync"
	"time"

	"github.com/vlcp-go/vlcp/internal/inet"
)

// Stats is what became of the packets of one [Ping].
type Stats struct {
	Sent       int
	Received   int
	Lost       int
	Duplicates int           // answers beyond the first
	Gap        int           // most lost in a row
	Max        time.Duration // longest way there and back
}

// PingConfig is what to send.
type PingConfig struct {
	Addr     netip.Addr
	Interval time.Duration // between packets
	Count    int           // 0: until ctx ends
	Wait     time.Duration // for the last answers
	Size     int           // bytes after ICMP's 8
	First    func()        // called at the first answer; may be nil
}

// The types and the header of echo messages: RFC 792, RFC 4443.
const (
	echoRequest4, echoReply4 = 8, 0
	echoRequest6, echoReply6 = 128, 129
	header                   = 8
)

// Ping sends ICMP echo requests until ctx ends or the count is reached, then
// waits for the answers that are missing. It needs CAP_NET_RAW.
func Ping(ctx context.Context, c PingConfig) (Stats, error) {
	network, request, reply := "ip4:icmp", byte(echoRequest4), byte(echoReply4)
	if c.Addr.Is6() {
		network, request, reply = "ip6:ipv6-icmp", echoRequest6, echoReply6
	}
	conn, err := net.ListenIP(network, nil)
	if err != nil {
		return Stats{}, err
	}
	defer conn.Close()
	p := &pinger{config: c, conn: conn, request: request, reply: reply, id: uint16(rand.Uint32()), all: make(chan struct{})}
	received := make(chan struct{})
	go func() {
		defer close(received)
		p.receive()
	}()
	err = p.send(ctx)
	select {
	case <-p.all:
	case <-time.After(c.Wait):
	}
	conn.Close()
	<-received
	return p.stats(), err
}

// pinger is one Ping under way.
type pinger struct {
	config         PingConfig
	conn           *net.IPConn
	request, reply byte
	id             uint16

	mu         sync.Mutex
	sent       []time.Time     // by sequence number
	rtt        []time.Duration // by sequence number; 0: no answer yet
	missing    int
	duplicates int
	ended      bool          // no more is sent
	all        chan struct{} // closed when ended and nothing is missing
}

func (p *pinger) send(ctx context.Context) error {
	tick := time.NewTicker(p.config.Interval)
	defer tick.Stop()
	defer p.end()
	to := &net.IPAddr{IP: p.config.Addr.AsSlice(), Zone: p.config.Addr.Zone()}
	for seq := 0; ctx.Err() == nil; seq++ {
		p.mark()
		if _, err := p.conn.WriteToIP(p.message(seq), to); err != nil && ctx.Err() == nil && !passing(err) {
			return fmt.Errorf("ping %s: %w", p.config.Addr, err)
		}
		if seq+1 == p.config.Count {
			return nil
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
		}
	}
	return nil
}

// mark notes that a packet is about to be sent.
func (p *pinger) mark() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.sent = append(p.sent, time.Now())
	p.rtt = append(p.rtt, 0)
	p.missing++
}

func (p *pinger) end() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.ended = true
	if p.missing == 0 {
		close(p.all)
	}
}

// message is an echo request. The kernel fills in ICMPv6's checksum.
func (p *pinger) message(seq int) []byte {
	m := make([]byte, header+p.config.Size)
	m[0] = p.request
	binary.BigEndian.PutUint16(m[4:], p.id)
	binary.BigEndian.PutUint16(m[6:], uint16(seq))
	if p.request == echoRequest4 {
		binary.BigEndian.PutUint16(m[2:], inet.Checksum(m))
	}
	return m
}

func (p *pinger) receive() {
	packet := make([]byte, 64<<10)
	for {
		n, from, err := p.conn.ReadFromIP(packet)
		if err != nil && !passing(err) {
			return
		}
		if err == nil && p.mine(from, packet[:n]) {
			p.answered(int(binary.BigEndian.Uint16(packet[6:])))
		}
	}
}

// mine tells whether a packet is an answer to one of ours: the socket gets
// everybody's.
func (p *pinger) mine(from *net.IPAddr, packet []byte) bool {
	return from.IP.Equal(p.config.Addr.AsSlice()) && len(packet) >= header &&
		packet[0] == p.reply && binary.BigEndian.Uint16(packet[4:]) == p.id
}

// answered notes an answer. seq is the low 16 bits of the packet's number: the
// newest such packet is meant.
func (p *pinger) answered(seq int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	last := len(p.sent) - 1
	seq = last - (last-seq)&0xffff
	if seq < 0 {
		return
	}
	if p.rtt[seq] != 0 {
		p.duplicates++
		return
	}
	if p.missing == len(p.sent) && p.config.First != nil {
		p.config.First()
	}
	p.rtt[seq] = max(time.Since(p.sent[seq]), 1)
	p.missing--
	if p.ended && p.missing == 0 {
		close(p.all)
	}
}

func (p *pinger) stats() Stats {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := Stats{Sent: len(p.sent), Lost: p.missing, Received: len(p.sent) - p.missing, Duplicates: p.duplicates}
	gap := 0
	for _, rtt := range p.rtt {
		if rtt != 0 {
			gap = -1
		}
		gap++
		s.Gap, s.Max = max(s.Gap, gap), max(s.Max, rtt)
	}
	return s
}
