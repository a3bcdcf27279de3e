package e2e

import "testing"

// TestDockersIPAM has Docker's own IPAM driver choose addresses, which vlcp
// claims in its model.
func TestDockersIPAM(t *testing.T) {
	h := newHost(t)
	h.docker("network create -d vlcp --subnet 10.1.0.0/24 n1")
	h.start("c1", "--network n1")
	h.start("c2", "--network n1")
	h.reach("c1", "10.1.0.3")
	h.docker("network create -d vlcp -o subnet:allocated_start=10.2.0.100 --subnet 10.2.0.0/24 n2")
	h.refused("run --rm --network n2 busybox true", "--ipam-driver vlcp")
	h.docker("rm -f c1 c2")
	h.docker("network rm n1 n2")
	h.equal("keys in the store", len(h.stored()), 1)
}

// TestNullIPAM has nobody choose addresses: the network is an L2 domain.
func TestNullIPAM(t *testing.T) {
	h := newHost(t)
	h.docker("network create -d vlcp --ipam-driver null n1")
	a := h.start("c1", "--network n1 --cap-add NET_ADMIN")
	h.start("c2", "--network n1 --cap-add NET_ADMIN")
	h.equal("addresses", len(a.Interface("eth0").Addresses), 0)
	h.docker("exec c1 ip addr add 10.5.0.1/24 dev eth0")
	h.docker("exec c2 ip addr add 10.5.0.2/24 dev eth0")
	h.reach("c1", "10.5.0.2")
}

// TestForeignNetwork gives a pool of vlcp to another driver's network: nothing
// gets an address from it.
func TestForeignNetwork(t *testing.T) {
	h := newHost(t)
	h.docker("network create -d bridge --ipam-driver vlcp --subnet 10.1.0.0/24 n1")
	h.refused("run --rm --network n1 busybox true", "-d vlcp")
}
