# Makes systemd the first process of a PID namespace in a host, with mounts and
# cgroups of its own. It has the machine's units, none of them enabled, without
# those for hardware and for what a host shares with the machine.
#
#   unshare --mount --pid --fork sh -c "$(cat systemd.sh)" sh CGROUP PIDFILE
set -eu
read -r pid _ </proc/self/stat # by the /proc of the host
echo "$pid" >"$2"

# The machine's files may be written over, and what maintainer scripts look at
# is there: packages can be installed. Nothing of it reaches the machine.
mkdir -p /run/lab/root /run/lab/usr/upper /run/lab/usr/work /run/lab/dpkg/upper /run/lab/dpkg/work /var/lib/dpkg
mount --bind / /run/lab/root
mount -t overlay -o lowerdir=/usr,upperdir=/run/lab/usr/upper,workdir=/run/lab/usr/work overlay /usr
mount -t overlay -o lowerdir=/run/lab/root/var/lib/dpkg,upperdir=/run/lab/dpkg/upper,workdir=/run/lab/dpkg/work overlay /var/lib/dpkg
umount /run/lab/root
for dir in /tmp /var/tmp /var/log /var/cache; do mount -t tmpfs -o mode=1777 tmpfs $dir; done
rm -rf /usr/sbin/policy-rc.d /etc/fstab /etc/rc?.d /etc/systemd/system/*
find /usr/lib/systemd/system/*.target.wants -type l ! -name 'systemd-journald*' ! -name '*.socket' -delete
printf '#!/bin/sh\n' >/usr/sbin/modprobe # modules are the machine's
chmod 755 /usr/sbin/modprobe

# A cgroup of its own in every hierarchy, which it takes for the root.
for dir in /sys/fs/cgroup /sys/fs/cgroup/*; do
	[ -e "$dir/cgroup.procs" ] || continue
	for name in $(echo "$1" | tr / ' '); do
		mkdir -p "$dir/$name"
		for file in cpuset.cpus cpuset.mems; do # of version 1, empty at first
			[ ! -e "$dir/$file" ] || cat "$dir/$file" >"$dir/$name/$file"
		done
		dir=$dir/$name
	done
	echo 0 >"$dir/cgroup.procs"
done
exec unshare --cgroup sh -c '
set -eu
mount -t proc proc /proc
if [ -e /sys/fs/cgroup/cgroup.procs ]; then
	mount -t cgroup2 cgroup2 /sys/fs/cgroup
else
	hierarchies=$(ls /sys/fs/cgroup)
	mount -t tmpfs -o mode=755 cgroup /sys/fs/cgroup
	for name in $hierarchies; do
		mkdir "/sys/fs/cgroup/$name"
		case $name in
		unified) mount -t cgroup2 cgroup2 "/sys/fs/cgroup/$name" ;;
		systemd) mount -t cgroup -o none,name=systemd cgroup "/sys/fs/cgroup/$name" ;;
		*) mount -t cgroup -o "$name" cgroup "/sys/fs/cgroup/$name" ;;
		esac
	done
fi
exec env container=lab /lib/systemd/systemd --unit=multi-user.target --log-target=console'
