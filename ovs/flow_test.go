package ovs_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vlcp-go/vlcp/ovs"
)

// The lines on the left are what Open vSwitch 3.1 prints for the flows that
// add-flow got from the right.
func TestParseFlowReadsDumps(t *testing.T) {
	for _, tt := range []struct{ dump, want string }{
		{" cookie=0x12, duration=3.2s, table=1, n_packets=0, n_bytes=0, idle_timeout=50, priority=18,arp,dl_dst=01:02:03:04:05:06 actions=drop",
			"cookie=0x12,table=1,priority=18,arp,eth_dst=01:02:03:04:05:06 actions=drop"},
		{" table=1, ip,nw_frag=yes actions=drop",
			"cookie=0x0,table=1,priority=32768,ip,ip_frag=yes actions=drop"},
		{" table=1, priority=5,dl_vlan=5 actions=pop_vlan,push_vlan:0x8100,set_field:4101->vlan_vid,set_field:0x1005->vlan_tci",
			"cookie=0x0,table=1,priority=5,dl_vlan=5 actions=pop_vlan,push_vlan:0x8100,set_field:4101->vlan_vid,set_field:0x1005->vlan_tci"},
		{" table=1, priority=15,vlan_tci=0x0000/0x1fff actions=drop",
			"cookie=0x0,table=1,priority=15,vlan_vid=0 actions=drop"},
		{" table=1, priority=7,vlan_tci=0x1000/0x1000 actions=resubmit(,4),output:NXM_NX_REG0[0..15],output:NXM_NX_REG1[],output:NXM_NX_REG0[5]",
			"cookie=0x0,table=1,priority=7,vlan_vid=0x1000/0x1000 actions=resubmit(,4),output:NXM_NX_REG0[0..15],output:NXM_NX_REG1[],output:NXM_NX_REG0[5]"},
		{" table=1, priority=12,ip,nw_proto=50 actions=ct(commit),learn(table=5,NXM_OF_ETH_DST[]=NXM_OF_ETH_SRC[])",
			"cookie=0x0,table=1,priority=12,ip,nw_proto=50 actions=ct(commit),learn(table=5,NXM_OF_ETH_DST[]=NXM_OF_ETH_SRC[])"},
		{" table=1, priority=10,udp,tp_dst=67 actions=load:0x5->NXM_NX_REG0[0..7],set_field:80->udp_src",
			"cookie=0x0,table=1,priority=10,udp,udp_dst=67 actions=load:0x5->NXM_NX_REG0[0..7],set_field:80->udp_src"},
		{" table=1, priority=8,reg3=0x12/0xff,tun_id=0x5,tun_src=1.2.3.4,tun_ipv6_dst=::5,metadata=0x5 actions=set_field:0x5->tun_id,set_field:1.2.3.4->tun_dst,set_field:::5->tun_ipv6_dst,move:NXM_NX_TUN_ID[0..31]->NXM_NX_REG0[]",
			"cookie=0x0,table=1,priority=8,tun_id=0x5,tun_src=1.2.3.4,tun_ipv6_dst=::5,metadata=0x5,reg3=0x12/0xff actions=set_field:0x5->tun_id,set_field:1.2.3.4->tun_dst,set_field:::5->tun_ipv6_dst,move:NXM_NX_TUN_ID[0..31]->NXM_NX_REG0[]"},
		{" table=1, priority=4,icmp6,icmp_type=135,icmp_code=0,nd_target=fe80::1,nd_sll=aa:bb:cc:dd:ee:ff,nd_reserved=2147483648 actions=set_field:136->icmpv6_type,goto_table:2",
			"cookie=0x0,table=1,priority=4,icmp6,icmpv6_type=135,icmpv6_code=0,nd_target=fe80::1,nd_sll=aa:bb:cc:dd:ee:ff,nd_reserved=2147483648 actions=set_field:136->icmpv6_type,goto_table:2"},
		{" table=1, priority=3,tcp6,ipv6_src=fe80::/10,ipv6_dst=ff02::1:ff00:0/104,tp_dst=80 actions=set_field:0x5->xxreg0,load:0x5->NXM_NX_XXREG1[0..7],move:NXM_NX_IPV6_SRC[]->NXM_NX_XXREG0[],CONTROLLER:65535",
			"cookie=0x0,table=1,priority=3,tcp6,ipv6_src=fe80::/10,ipv6_dst=ff02::1:ff00:0/104,tcp_dst=80 actions=set_field:0x5->xxreg0,load:0x5->NXM_NX_XXREG1[0..7],move:NXM_NX_IPV6_SRC[]->NXM_NX_XXREG0[],CONTROLLER:65535"},
		{" table=1, priority=2,tcp,nw_ttl=3,nw_frag=not_later,tp_dst=0x50/0xfff0 actions=load:0xa->NXM_OF_IP_DST[24..31],dec_ttl,output:3",
			"cookie=0x0,table=1,priority=2,tcp,nw_ttl=3,ip_frag=not_later,tcp_dst=0x50/0xfff0 actions=load:0xa->NXM_OF_IP_DST[24..31],dec_ttl,output:3"},
		{" table=1, priority=1,arp,in_port=LOCAL,dl_src=01:00:00:00:00:00/01:00:00:00:00:00,arp_spa=10.0.0.0/8,arp_tpa=10.0.0.0/255.0.255.0,arp_op=1 actions=move:NXM_OF_ETH_SRC[]->NXM_OF_ETH_DST[],set_field:2->arp_op,load:0xaabbccddeeff->NXM_NX_ARP_SHA[],IN_PORT,LOCAL,NORMAL,group:7",
			"cookie=0x0,table=1,priority=1,arp,in_port=LOCAL,eth_src=01:00:00:00:00:00/01:00:00:00:00:00,arp_op=1,arp_spa=10.0.0.0/8,arp_tpa=10.0.0.0/255.0.255.0 actions=move:NXM_OF_ETH_SRC[]->NXM_OF_ETH_DST[],set_field:2->arp_op,load:0xaabbccddeeff->NXM_NX_ARP_SHA[],IN_PORT,LOCAL,NORMAL,group:7"},
	} {
		f, err := ovs.ParseFlow(tt.dump)
		if err != nil {
			t.Errorf("%s: %v", tt.dump, err)
			continue
		}
		if got := f.String(); got != tt.want {
			t.Errorf("%s\n got %s\nwant %s", tt.dump, got, tt.want)
		}
		again, err := ovs.ParseFlow(f.String())
		if err != nil || !cmp.Equal(f, again) {
			t.Errorf("%s: read again: %v\n%s", f, err, cmp.Diff(f, again))
		}
	}
}
