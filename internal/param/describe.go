package param

// What the parameters of each kind of object are, by name, for those that can be
// given.

// DescribePhysical tells what Physical reads.
func DescribePhysical() map[string]string { return physicalTable().describe() }

// DescribePhysicalPort tells what PhysicalPort reads.
func DescribePhysicalPort() map[string]string { return physicalPortTable().describe() }

// DescribeNetwork tells what Network reads.
func DescribeNetwork() map[string]string { return networkTable().describe() }

// DescribeSubnet tells what WholeSubnet reads.
func DescribeSubnet() map[string]string { return subnetTable().describe() }

// DescribePort tells what WholePort reads.
func DescribePort() map[string]string { return wholePortTable().describe() }

// DescribeRouter tells what Router reads.
func DescribeRouter() map[string]string { return routerTable().describe() }

// DescribeRouterInterface tells what RouterInterface reads.
func DescribeRouterInterface() map[string]string { return interfaceTable().describe() }

func (t table[T]) describe() map[string]string {
	all := map[string]string{}
	for name, f := range t {
		if f.set != nil {
			all[name] = f.want
		}
	}
	return all
}
