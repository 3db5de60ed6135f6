# podman.sh: sourced by the scripts of Podman and Buildah after room.sh. Their configuration in the room, a user of the room's own, what is asked.
# What people have set up for themselves (shims of other Pythons, for instance) is out of the way.
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
user=rideau-engine user_uid=48485 user_gid=48486 user_extra=48487 first_uid=700000 first_gid=800000

# p WORD...: podman, with a limit to each call.
p() { timeout -k 5 "${CALL_LIMIT:-300}" podman "$@"; }

# status_of EXPECTED COMMAND...: what it said is in $tmp/said.
status_of() {
  local expected=$1 status=0
  shift
  "$@" >"$tmp/said" 2>&1 || status=$?
  [ "$status" = "$expected" ] || { printf 'expected status %s, not %s: %s\n' "$expected" "$status" "$*"; cat "$tmp/said"; return 1; }
}

# refused PART COMMAND...: it fails, and says this.
refused() {
  local part=$1 status=0
  shift
  "$@" >"$tmp/said" 2>&1 || status=$?
  [ "$status" != 0 ] || { echo "not refused: $*"; return 1; }
  has "$part" "$(cat "$tmp/said")"
}

# terminal COMMAND... -- STEP...: on a terminal, as a person types (the harness of the host tests says what steps there are).
terminal() { TERMINAL_LIMIT=60 timeout -k 5 200 python3 "$top/tests/Rideau.HostTests/Harness/terminal.py" pty - "$@"; }

# containers_config FOLDER RUN-ROOT [ENGINE-LINE...]: containers.conf and storage.conf in FOLDER, as what they name is to be used.
containers_config() {
  local folder=$1 run_root=$2
  shift 2
  export CONTAINERS_CONF=$folder/containers.conf CONTAINERS_STORAGE_CONF=$folder/storage.conf
  isolation=oci
  [ "$(id -u)" = 0 ] || isolation=rootless
  export BUILDAH_RUNTIME=$work/bin/recorded BUILDAH_ISOLATION=$isolation
  cat >"$CONTAINERS_CONF" <<END
[containers]
cgroups = "enabled"
log_driver = "k8s-file"
default_ulimits = ["nofile=$(ulimit -Hn):$(ulimit -Hn)", "nproc=$(ulimit -Hu):$(ulimit -Hu)"]
[engine]
cgroup_manager = "cgroupfs"
events_logger = "file"
runtime = "recorded"
runtime_supports_json = ["recorded"]
$(printf '%s\n' "$@")
[engine.runtimes]
recorded = ["$work/bin/recorded"]
[network]
network_backend = "netavark"
END
  printf '[storage]\ndriver = "overlay"\ngraphroot = "%s/storage"\nrunroot = "%s"\n' "$folder" "$run_root" >"$CONTAINERS_STORAGE_CONF"
  tmp=$folder/tmp
  mkdir -p "$folder/storage" "$tmp"
}

# import_image: $image_tar becomes localhost/busybox.
import_image() {
  p import -q --change ENV=PATH=/bin --change 'CMD ["sh"]' "$image_tar" localhost/busybox >/dev/null || { echo "cannot import the image"; exit 1; }
}

# own_etc: /etc is the room's own. (A file that is mounted over loses its mount when a package is installed meanwhile.)
own_etc() {
  cp -a /etc "$work/etc"
  mount --bind "$work/etc" /etc
  mount --make-private /etc
}

# machine_config: what Podman looks for in /etc; nobody is asked for an image or a name.
machine_config() {
  own_etc
  mkdir -p /etc/containers
  rm -rf /etc/containers/*
  printf '{"default":[{"type":"insecureAcceptAnything"}]}\n' >/etc/containers/policy.json
  printf 'unqualified-search-registries = []\nshort-name-mode = "disabled"\n' >/etc/containers/registries.conf
  rm -f /etc/resolv.conf
  printf 'nameserver 127.0.0.1\noptions timeout:1 attempts:1\n' >/etc/resolv.conf
}

# user_config: a user with subordinate ids, /dev/fuse and /dev/net/tun, in this room only, whose /etc it must be.
user_config() {
  local name
  mkdir -p "$work/dev" "$work/home" "/run/user/$user_uid"
  echo "$user:x:$user_uid:$user_gid::$work/home:/bin/sh" >>/etc/passwd
  printf '%s:x:%s:\n%s-extra:x:%s:%s\n' $user $user_gid $user $user_extra $user >>/etc/group
  echo "$user:$first_uid:65536" >/etc/subuid
  echo "$user:$first_gid:65536" >/etc/subgid
  for name in fuse net/tun; do
    [ -e /dev/$name ] || continue
    mknod -m 666 "$work/dev/${name##*/}" c $(stat -c '0x%t 0x%T' /dev/$name)
    mount --bind "$work/dev/${name##*/}" /dev/$name
  done
  chown $user_uid:$user_gid "$work/home" "/run/user/$user_uid"
  chmod 700 "$work/home" "/run/user/$user_uid"
}

# as_user PART [NAME=VALUE...]: this script again as the user, who finds PART in RIDEAU_PART; its steps are counted with the others.
as_user() {
  local part=$1
  shift
  echo "passed=$passed failed=$failed number=$number" >"$work/counts"
  chmod 666 "$work/counts"
  setpriv --reuid=$user_uid --regid=$user_gid --groups=$user_extra --inh-caps=-all \
    env -i PATH="$PATH" HOME="$work/home" USER=$user XDG_RUNTIME_DIR="/run/user/$user_uid" TMPDIR=/var/tmp LANG=C.UTF-8 \
    RIDEAU_ROOM="$work" RIDEAU_PART="$part" "$@" "$top/tests/engines/${0##*/}" "${words[@]}" || echo 'failed=$((failed + 1))' >>"$work/counts"
  . "$work/counts"
}

# room_of_user: what enter_room sets, for who does not enter it.
room_of_user() { work=$RIDEAU_ROOM record=$RIDEAU_ROOM/record group=${RIDEAU_ROOM##*/}; . "$work/counts"; cd "$work/home" || exit 1; }

# end_of_user: the steps so far are counted.
end_of_user() { echo "passed=$passed failed=$failed number=$number" >"$work/counts"; exit 0; }
