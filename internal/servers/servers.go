// Package servers finds the servers of stores that tests and the demonstration
// start: where .ci/servers.d puts them, or in PATH.
package servers

import (
	"cmp"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// Dir is where .ci puts servers, each in a directory of its name.
func Dir() string {
	home, _ := os.UserHomeDir()
	return cmp.Or(os.Getenv("VLCP_SERVERS"), filepath.Join(home, ".cache", "vlcp", "servers"))
}

// Program is the path of a server's program: "etcd" or "consul".
func Program(name string) (string, error) {
	if path := filepath.Join(Dir(), name, name); IsFile(path) {
		return path, nil
	}
	path, err := exec.LookPath(name)
	if err != nil {
		return "", fmt.Errorf("there is no %s in %s or PATH; .ci/servers.d/%s gets one", name, Dir(), name)
	}
	return path, nil
}

// zooKeeperJars are what a server needs, as Debian names them: ZooKeeper, its
// log, its metrics, its snapshots, and for TLS netty.
var zooKeeperJars = []string{
	"zookeeper-jute", "zookeeper", "slf4j-api", "slf4j-simple", "metrics-core", "snappy-java",
	"netty-common", "netty-buffer", "netty-transport", "netty-handler", "netty-resolver", "netty-codec",
	"netty-transport-native-unix-common",
}

// ZooKeeper is the command line of a ZooKeeper server, up to its configuration
// file. It needs little memory, and leaves data to the operating system to write.
func ZooKeeper() ([]string, error) {
	if _, err := exec.LookPath("java"); err != nil {
		return nil, fmt.Errorf("ZooKeeper needs a Java; .ci/servers.d/zookeeper installs both")
	}
	for _, root := range []string{"/", filepath.Join(Dir(), "zookeeper")} {
		jars := filepath.Join(root, "usr/share/java")
		if IsFile(filepath.Join(jars, "zookeeper.jar")) {
			classes := jars + "/" + strings.Join(zooKeeperJars, ".jar:"+jars+"/") + ".jar"
			return []string{"java", "-Xmx128m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Dzookeeper.forceSync=no",
				"-cp", classes, "org.apache.zookeeper.server.quorum.QuorumPeerMain"}, nil
		}
	}
	return nil, fmt.Errorf("there is no ZooKeeper here; .ci/servers.d/zookeeper installs one")
}

// IsFile tells whether there is a file at a path.
func IsFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}
