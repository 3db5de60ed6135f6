# What a container may do.

caps() {
  is "CapBnd: 0000000000002000" "$(d run --rm --cap-drop all --cap-add net_raw busybox grep CapBnd /proc/1/status | tr -s '\t ' ' ')"
  status_of 1 d run --rm --cap-drop chown busybox chown web /tmp
  has 'Operation not permitted' "$(cat "$work/said")"
  status_of 1 d run --rm --cap-drop mknod busybox mknod /tmp/n c 1 3
}
scenario "--cap-drop and --cap-add, by effect" caps

privileged() {
  d run --rm --privileged busybox mount -t tmpfs none /tmp
  status_of 1 d $box mount -t tmpfs none /tmp
  d run --rm --privileged busybox sh -c ': <>/dev/fuse && [ -e /dev/loop-control ]'
}
# runc refuses a container that asks for a capability which root does not have; the specification says to go on.
if whole_root || [ "$runtime" = rideau ]; then scenario "--privileged" privileged; fi

device() {
  is 1:3 "$(d run --rm --device /dev/null:/dev/other busybox stat -c %t:%T /dev/other)"
  d run --rm --device /dev/fuse busybox sh -c ': <>/dev/fuse'
  status_of 1 d run --rm --device /dev/fuse:/dev/fuse:r busybox sh -c ': >/dev/fuse'
  status_of 1 d run --rm busybox sh -c 'mknod /tmp/fuse c 10 229 && : <>/tmp/fuse'
  d run --rm --device-cgroup-rule 'c 10:229 rwm' busybox sh -c 'mknod /tmp/fuse c 10 229 && : <>/tmp/fuse'
}
scenario "--device and --device-cgroup-rule, by effect" device

seccomp() {
  echo '{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["mkdir","mkdirat"],"action":"SCMP_ACT_ERRNO","errnoRet":38}]}' >"$work/tmp/seccomp.json"
  status_of 1 d run --rm --security-opt "seccomp=$work/tmp/seccomp.json" busybox mkdir /tmp/x
  has 'Function not implemented' "$(cat "$work/said")"
  is 0 "$(d run --rm --security-opt seccomp=unconfined busybox sed -n 's/^Seccomp:[^0-9]*//p' /proc/self/status)"
  is 2 "$(d $box sed -n 's/^Seccomp:[^0-9]*//p' /proc/self/status)"
  status_of 1 d $box unshare -U true
}
scenario "--security-opt seccomp=" seccomp

no_new_privileges() { is 1 "$(d run --rm --security-opt no-new-privileges busybox sed -n 's/^NoNewPrivs:[^0-9]*//p' /proc/self/status)"; }
scenario "--security-opt no-new-privileges" no_new_privileges

read_only() {
  status_of 1 d run --rm --read-only busybox touch /x
  has 'Read-only file system' "$(cat "$work/said")"
  d run --rm --read-only --tmpfs /scratch:size=1m,mode=1777 busybox sh -c 'echo x >/scratch/f && ! dd if=/dev/zero of=/scratch/g bs=1M count=2 2>/dev/null'
}
scenario "--read-only and --tmpfs, by effect" read_only

masked() {
  is "1:3" "$(d $box stat -c %t:%T /proc/keys)"
  is 0 "$(d $box ls /sys/firmware | wc -l)"
  status_of 1 d $box sh -c 'echo 1 >/proc/sys/kernel/domainname'
  status_of 1 d $box sh -c 'echo h >/proc/sysrq-trigger'
  d run --rm --security-opt systempaths=unconfined busybox sh -c '! mount | grep /proc/keys'
}
scenario "masked and read-only paths" masked

sysctl_ulimit_shm() {
  is 1 "$(d run --rm --sysctl net.ipv4.ip_forward=1 busybox cat /proc/sys/net/ipv4/ip_forward)"
  is "128 256" "$(d run --rm --ulimit nofile=128:256 busybox sh -c 'echo $(ulimit -Sn) $(ulimit -Hn)')"
  is 8192 "$(d run --rm --shm-size 8m busybox df -k /dev/shm | awk 'END { print $2 }')"
  status_of 125 d run --rm --sysctl kernel.panic=1 busybox true
  has 'kernel.panic' "$(cat "$work/said")"
}
scenario "--sysctl, --ulimit, --shm-size" sysctl_ulimit_shm

shared_namespaces() {
  d run -d --name share --ipc shareable busybox sh -c 'mkdir /w; echo shared >/w/index.html; httpd -p 80 -h /w; exec sleep 1000'
  has 'sleep 1000' "$(d run --rm --pid container:share busybox ps)"
  within 30 d run --rm --network container:share busybox wget -q -O- http://127.0.0.1/
  is "$(d exec share readlink /proc/self/ns/ipc)" "$(d run --rm --ipc container:share busybox readlink /proc/self/ns/ipc)"
  is "$(readlink /proc/self/ns/uts)" "$(d run --rm --uts host busybox readlink /proc/self/ns/uts)"
  is "$(readlink /proc/self/ns/pid)" "$(d run --rm --pid host busybox readlink /proc/self/ns/pid)"
  d rm -f share
}
scenario "namespaces of another container, and of the machine" shared_namespaces

cgroup_namespace() {
  is "0::/" "$(d run --rm --cgroupns private busybox grep ^0: /proc/self/cgroup)"
  has "/$group/" "$(d run --rm --cgroupns host busybox grep pids /proc/self/cgroup || d run --rm --cgroupns host busybox cat /proc/self/cgroup)"
  d run --rm busybox sh -c 'ls /sys/fs/cgroup/memory/memory.limit_in_bytes /sys/fs/cgroup/memory.max 2>/dev/null | grep -q .'
}
scenario "--cgroupns" cgroup_namespace

oom_score() { is 300 "$(d run --rm --oom-score-adj 300 busybox cat /proc/self/oom_score_adj)"; }
scenario "--oom-score-adj" oom_score
