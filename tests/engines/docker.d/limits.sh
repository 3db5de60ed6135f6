# Limits: what is written in the group, and what it does.

start_limited() {
  d run -d --name limited --memory 64m --memory-reservation 32m --cpus 0.5 --cpu-shares 512 --cpuset-cpus 0 --pids-limit 50 busybox sh -c 'echo begun; exec sleep 1000'
  within 30 sh -c 'docker logs limited | grep -q begun'
}
scenario "run -d with limits" start_limited

written() {
  is 67108864 "$(group_file limited memory memory.limit_in_bytes memory.max)"
  is 33554432 "$(group_file limited memory memory.soft_limit_in_bytes memory.low)"
  is "50000" "$(group_file limited cpu cpu.cfs_quota_us cpu.max | cut -d' ' -f1)"
  is 0 "$(group_file limited cpuset cpuset.cpus cpuset.cpus)"
  is 50 "$(group_file limited pids pids.max pids.max)"
  has "$(group_file limited cpu cpu.shares cpu.weight)" "512 59"
}
scenario "--memory, --cpus, --cpu-shares, --cpuset-cpus, --pids-limit are in the group" written

seen_inside() {
  is 67108864 "$(d exec limited sh -c 'cat /sys/fs/cgroup/memory/memory.limit_in_bytes 2>/dev/null || cat /sys/fs/cgroup/memory.max')"
  is "Cpus_allowed_list: 0" "$(d exec limited grep Cpus_allowed_list /proc/self/status | tr -s '\t ' ' ')"
}
scenario "limits are seen inside" seen_inside

throttled() {
  d exec -d limited sh -c 'while :; do :; done'
  within 60 sh -c "[ \"\$(docker exec limited sh -c 'cat /sys/fs/cgroup/cpu/cpu.stat 2>/dev/null || cat /sys/fs/cgroup/cpu.stat' | sed -n 's/^nr_throttled //p')\" -gt 3 ]"
  d exec limited sh -c 'for p in /proc/[0-9]*; do grep -q while $p/cmdline 2>/dev/null && [ ${p#/proc/} != $$ ] && kill -9 ${p#/proc/}; done; true'
}
scenario "--cpus, by effect" throttled

too_many_processes() {
  status_of 2 d run --rm --pids-limit 3 busybox sh -c 'sleep 1 & sleep 1 & sleep 1 & sleep 1 & wait'
  has "can't fork" "$(cat "$work/said")"
}
scenario "--pids-limit, by effect" too_many_processes

out_of_memory() {
  status_of 137 d run --name oom --memory 20m --memory-swap 20m busybox sh -c 'x=x; while :; do x=$x$x; done'
  is "true 137" "$(field oom '{{.State.OOMKilled}} {{.State.ExitCode}}')"
  d rm oom
  # A time without a fraction that is not past yet: "0s" is the last whole second, after which it may have been.
  is 1 "$(d events --since 10m --until $(($(date +%s) + 1)) --filter container=oom --format '{{.Action}}' | grep -cx oom || true)"
}
scenario "--memory, by effect: 137, OOMKilled, an event" out_of_memory

update_limits() {
  d update --memory 96m --memory-swap 192m --cpus 1.5 --pids-limit 60 --cpuset-cpus 0-1 limited
  is 100663296 "$(group_file limited memory memory.limit_in_bytes memory.max)"
  is 150000 "$(group_file limited cpu cpu.cfs_quota_us cpu.max | cut -d' ' -f1)"
  is 60 "$(group_file limited pids pids.max pids.max)"
  is 0-1 "$(group_file limited cpuset cpuset.cpus cpuset.cpus)"
  is 100663296 "$(field limited '{{.HostConfig.Memory}}')"
}
scenario "update changes limits of what runs" update_limits

update_refused() {
  d run -d --name big --memory 64m --memory-swap 64m --tmpfs /t busybox sh -c 'dd if=/dev/zero of=/t/f bs=1M count=30; touch /t/done; exec sleep 1000'
  within 60 d exec big test -f /t/done
  status_of 1 d update --memory 8m --memory-swap 8m big
  has memory "$(cat "$work/said")"
  is 67108864 "$(group_file big memory memory.limit_in_bytes memory.max)"
  is running "$(field big '{{.State.Status}}')"
  d rm -f big
}
scenario "update to less memory than is used: an error, nothing changed" update_refused

stats() {
  has "limited " "$(d stats --no-stream --format '{{.Name}} {{.MemUsage}} {{.PIDs}}' limited)"
  has "96MiB" "$(d stats --no-stream --format '{{.MemUsage}}' limited)"
}
scenario "stats" stats

io_limit() {
  local device
  device=$(lsblk -ndo NAME 2>/dev/null | head -1)
  device=/dev/$device
  d run -d --name io --device-write-bps "$device:1mb" --blkio-weight 300 busybox sleep 1000 2>"$work/said" || d run -d --name io --device-write-bps "$device:1mb" busybox sleep 1000
  has " 1048576" "$(group_file io blkio blkio.throttle.write_bps_device io.max)"
  d rm -f io
}
scenario "--device-write-bps is in the group" io_limit
d rm -f limited >/dev/null 2>&1
