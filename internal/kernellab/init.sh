#!/bin/sh
# The first process of a guest. The kernel hands it what stood in its command line
# and it didn't know itself: the machine's directories JOB_FILES, JOB_MODULES and
# JOB_SERVERS.
export PATH=/usr/sbin:/usr/bin:/sbin:/bin:/usr/local/sbin:/usr/local/bin

stty -opost # of the console: no carriage returns
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t tmpfs run /run
mkdir -p /run/servers /run/home /run/lib/modules /dev/pts /dev/shm
mount -t devpts devpts /dev/pts
mount -t tmpfs shm /dev/shm
ln -sfn /proc/self/fd /dev/fd
# Each by itself: what the machine has below /tmp is hidden then.
mount -t hostfs -o "$JOB_FILES" files /mnt
mount -t hostfs -o "$JOB_SERVERS" servers /run/servers
mount -t hostfs -o "$JOB_MODULES" modules /run/lib/modules
mount -t tmpfs tmp /tmp
export HOME=/run/home VLCP_SERVERS=/run/servers

# Also for the modules that the kernel asks for.
printf '#!/bin/sh\nexec /sbin/modprobe -d /run "$@"\n' >/run/modprobe
chmod 755 /run/modprobe
echo /run/modprobe >/proc/sys/kernel/modprobe
/run/modprobe -a openvswitch vport-vxlan veth bridge tun overlay ipv6 br_netfilter ip_tables iptable_filter iptable_nat
ip link set lo up

# Docker's: a hierarchy for each controller, and iptables for the older tables,
# since this kernel's nftables have none for IP.
mount -t tmpfs cgroup /sys/fs/cgroup
for controllers in cpu,cpuacct blkio memory devices freezer pids; do
	mkdir "/sys/fs/cgroup/$controllers"
	mount -t cgroup -o "$controllers" cgroup "/sys/fs/cgroup/$controllers"
done
mount --bind /usr/sbin/xtables-legacy-multi /usr/sbin/xtables-nft-multi

# Open vSwitch 3.1 counts processors once in ten seconds; before the first ten are
# over it believes that there is none, and starts no thread for packets. A script
# that starts it calls this first.
await_ovs() {
	while read -r up _ </proc/uptime && [ "${up%%.*}" -lt 11 ]; do sleep 0.2; done
}

cd /mnt
(
{{script}}
)
printf '\nRESULT %d\n' $?
echo o >/proc/sysrq-trigger
sleep 60 # until that has its effect
