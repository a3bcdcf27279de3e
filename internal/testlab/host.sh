# The first process of a host. It runs in new namespaces of every kind but
# user and cgroup, gives the host directories of its own over the machine's,
# and then holds the PID namespace until its input ends.
#
#   sh -c "$(cat host.sh)" sh NAME RESOLVER
set -eu
mount --make-rprivate /
umount -l /run/netns 2>/dev/null || : # copies would hold other people's namespaces
mount -t proc proc /proc
echo "$1" >/proc/sys/kernel/hostname

# /run and /var/lib start empty, /etc as the machine's. What the machine's own
# dockerd and Open vSwitch keep there is hidden.
mount -t tmpfs -o mode=755 tmpfs /run
mount -t tmpfs -o mode=755 tmpfs /var/lib
mkdir -p /run/docker/plugins /run/lock /run/lab/upper /run/lab/work /run/lab/cgroup
mount -t overlay -o lowerdir=/etc,upperdir=/run/lab/upper,workdir=/run/lab/work overlay /etc
rm -rf /etc/docker /etc/containerd /etc/openvswitch /etc/resolv.conf
mkdir /run/openvswitch /etc/docker /etc/openvswitch
echo "nameserver $2" >/etc/resolv.conf

# /sys shows the network of whoever mounted it. The cgroups move along.
mount --rbind /sys/fs/cgroup /run/lab/cgroup
mount -t sysfs sysfs /sys
mount --rbind /run/lab/cgroup /sys/fs/cgroup
umount -l /run/lab/cgroup

# A boot of its own, as each machine has.
cat /proc/sys/kernel/random/uuid >/run/lab/boot_id
mount --bind /run/lab/boot_id /proc/sys/kernel/random/boot_id

# The kernel reaps the children of a process that ignores SIGCHLD.
echo ready
exec env --ignore-signal=CHLD cat >/dev/null
