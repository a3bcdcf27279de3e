package record

import "github.com/vlcp-go/vlcp/kvstore"

// Prefixes of what every host watches.
var (
	Claims   = kvstore.Prefix("docker", "network")
	Removals = kvstore.Prefix("docker", "removed")
)

// Shared stands for the host in the records of networks that Docker itself
// shares among all hosts: any of them may end these.
const Shared = "global"

// The options of a Docker network that says to which logical network it belongs:
// users give the first, the network sync of this host both.
const (
	OptionNetwork = "network" // -o and --ipam-opt
	OptionSynced  = "synced"  // -o
)

// Key is the key of the record of a NetworkID.
func Key(host, networkID string) string { return kvstore.Key("docker", "net", host, networkID) }

func useKey(logical, host, networkID string) string {
	return kvstore.Key("docker", "use", logical, host, networkID)
}

func makingKey(host string) string { return kvstore.Key("docker", "making", host) }

func claimKey(name string) string { return kvstore.Key("docker", "network", name) }

func removalKey(logical, name string) string { return kvstore.Key("docker", "removed", logical, name) }

func gateKey(logical string) string { return kvstore.Key("docker", "gate", logical) }

// last is the last part of a key of ours.
func last(key string) string {
	parts, err := kvstore.Split(key)
	if err != nil {
		return "" // nothing that we wrote
	}
	return parts[len(parts)-1]
}
