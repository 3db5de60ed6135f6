# Files in and out: volumes, mounts, cp, commit.

volumes() {
  d volume create v1
  d run --rm -v v1:/data busybox sh -c 'echo kept >/data/f'
  is kept "$(d run --rm -v v1:/data:ro busybox cat /data/f)"
  d volume rm v1
}
scenario "volumes" volumes

volume_filled() {
  printf 'FROM busybox\nRUN mkdir /data && echo image >/data/f && chown 1000 /data\n' | d build -t filled - >/dev/null
  is "image 1000" "$(d run --rm -v v2:/data filled sh -c 'echo $(cat /data/f) $(stat -c %u /data)')"
  d volume rm v2
}
scenario "a new volume takes over what the image has there" volume_filled

binds() {
  echo bound >"$work/tmp/b"
  is bound "$(d run --rm -v "$work/tmp:/mnt:ro" busybox cat /mnt/b)"
  status_of 1 d run --rm -v "$work/tmp:/mnt:ro" busybox touch /mnt/n
  has 'Read-only' "$(cat "$work/said")"
  is bound "$(d run --rm --mount "type=bind,source=$work/tmp/b,target=/etc/new/file,readonly" busybox cat /etc/new/file)"
  status_of 125 d run --rm --mount type=bind,source=/no/such,target=/mnt busybox true
  has '/no/such' "$(cat "$work/said")"
}
scenario "bind mounts" binds

propagation() {
  mkdir -p "$work/shared"
  mount -t tmpfs tmpfs "$work/shared"
  mount --make-shared "$work/shared"
  mkdir "$work/shared/later"
  d run -d --name slave --mount "type=bind,source=$work/shared,target=/mnt,bind-propagation=rslave" busybox sleep 1000
  mount -t tmpfs tmpfs "$work/shared/later"
  echo seen >"$work/shared/later/f"
  is seen "$(d exec slave cat /mnt/later/f)"
  d rm -f slave
  umount "$work/shared/later" "$work/shared"
}
scenario "bind-propagation=rslave: a later mount of the machine is seen" propagation

volumes_from() {
  d run -d --name holder -v /data busybox sleep 1000
  d exec holder sh -c 'echo held >/data/f'
  is held "$(d run --rm --volumes-from holder busybox cat /data/f)"
  d rm -fv holder
}
scenario "--volumes-from" volumes_from

cp_() {
  d run -d --name files busybox sleep 1000
  echo carried >"$work/tmp/file"
  d cp "$work/tmp/file" files:/tmp/file
  is carried "$(d exec files cat /tmp/file)"
  d exec files sh -c 'mkdir /out; echo back >/out/f; ln -s /etc/hostname /out/link'
  d cp files:/out "$work/tmp/"
  is back "$(cat "$work/tmp/out/f")"
  d pause files
  d cp "$work/tmp/file" files:/tmp/paused
  d unpause files
  d exec files test -f /tmp/paused
}
scenario "cp in and out, also of what is paused" cp_

diff_export() {
  has "A /out/f" "$(d diff files)"
  d export files | tar -t | grep '^out/f$' >/dev/null
  d rm -f files
}
scenario "diff, export" diff_export

commit() {
  d run --name made busybox sh -c 'echo c >/committed'
  d commit --change 'CMD ["cat","/committed"]' made committed
  d rm made
  is c "$(d run --rm committed)"
}
scenario "commit" commit
