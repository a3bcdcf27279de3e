package param

// ID reads the parameter id, which names one object, and no others.
func ID(params map[string]any) (id string, err error) {
	t := table[string]{"id": {wantID, to(itself[string], name)}}
	if err = t.read(&id, nil, params); err == nil {
		err = t.require(params, "id")
	}
	return id, err
}

// Objects reads the one parameter of a call on several objects: a list of the
// parameters of each.
func Objects(params map[string]any, list string) (all []map[string]any, err error) {
	t := table[[]map[string]any]{list: {`a list of objects, such as [{"id": "net1"}, {"id": "net2"}]`, to(itself[[]map[string]any], listOf(object))}}
	if err = t.read(&all, nil, params); err == nil {
		err = t.require(params, list)
	}
	return all, err
}

// Details reads the one parameter of a call that tells more on demand.
func Details(params map[string]any) (details bool, err error) {
	return details, detailsTable().read(&details, nil, params)
}

// DescribeDetails tells what Details reads.
func DescribeDetails() map[string]string { return detailsTable().describe() }

func detailsTable() table[bool] {
	return table[bool]{"details": {wantBool, to(itself[bool], boolean)}}
}

func itself[T any](v *T) *T { return v }

func object(v any) (o map[string]any, ok bool) {
	o, ok = v.(map[string]any)
	return o, ok
}
