package plan_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vlcp-go/vlcp/network"
	"github.com/vlcp-go/vlcp/network/plan"
)

// TestRouterChanges tells of changes that TestRandom seldom meets, one by one, and
// wants what a new plan gives.
func TestRouterChanges(t *testing.T) {
	routes := func(hops ...string) network.Router {
		r := network.Router{ID: "r"}
		for _, hop := range hops {
			r.Routes = append(r.Routes, route("172.16.0.0/12", hop))
		}
		return r
	}
	second := network.RouterInterface{ID: "second", Router: "q", Subnet: "of 10.1.0.0/16", Network: "net1"}
	steps := []func(*plan.Plan){
		routers,
		func(p *plan.Plan) { p.SetRouter(routes("10.1.0.2")) },
		func(p *plan.Plan) { p.SetRouter(routes("10.2.0.3")) },
		func(p *plan.Plan) { p.SetRouter(routes()) },
		func(p *plan.Plan) { p.SetRouterInterface(second) },
		func(p *plan.Plan) { p.SetRouter(network.Router{ID: "q"}) },
		func(p *plan.Plan) { p.RemoveRouter("q") },
		func(p *plan.Plan) { // one that comes to a network which r reaches already
			p.SetRouter(network.Router{ID: "q"})
			p.SetNetwork(net(5, network.VXLAN, 10005))
			connect(p, "q", 5, "10.5.0.0/16", "10.5.0.1")
			p.SetRouterInterface(network.RouterInterface{ID: "third", Router: "q", Subnet: "of 10.2.0.0/16", Network: "net2"})
		},
		func(p *plan.Plan) { plug(p, port("e", 5, "10.5.0.2"), 6) },
		func(p *plan.Plan) { p.RemoveLocal("a") },
		func(p *plan.Plan) { p.SetLocal("b", 5) },
		func(p *plan.Plan) { p.SetRouter(routes("10.2.0.3")) },
		func(p *plan.Plan) { p.RemoveRouterInterface("r", "in of 10.2.0.0/16") },
	}
	p := newPlan()
	for i, step := range steps {
		step(p)
		got := texts(p.Flows())
		fresh := newPlan()
		for _, s := range steps[:i+1] {
			s(fresh)
		}
		if diff := cmp.Diff(texts(fresh.Flows()), got); diff != "" {
			t.Errorf("after step %d, flows of a new plan, flows now:\n%s", i, diff)
		}
	}
}
