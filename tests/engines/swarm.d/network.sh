# One network over all nodes.

overlay() {
  s network create --driver overlay --attachable wide
  s service create --detach --no-resolve-image --name server --network wide --endpoint-mode dnsrr --constraint node.hostname==node2 busybox:one sh -c 'mkdir -p /w; hostname >/w/index.html; exec httpd -f -p 80 -h /w'
  s service create --detach --no-resolve-image --name client --network wide --endpoint-mode dnsrr --constraint node.hostname==node3 --hostname client busybox:one sleep 100000
  within 120 runs server 1
  within 120 runs client 1
  within 60 on 3 exec "$(container 3 client)" wget -q -O- http://server/
  is "$(on 2 exec "$(container 2 server)" hostname)" "$(on 3 exec "$(container 3 client)" wget -q -O- http://server/)"
}
NEEDED=1 scenario "an overlay network: a service on another node is reached by its name" overlay

vxlan() {
  local pid ns
  pid=$(cat "$work/node2/pid")
  # Networks come and go meanwhile: a file whose network has just gone is passed over.
  for ns in /proc/$pid/root/run/docker/netns/*; do nsenter --net="$ns" ip -d link show type vxlan || true; done >"$work/said" 2>&1
  grep -q 'vxlan id' "$work/said" || { cat "$work/said"; return 1; }
}
scenario "it goes over vxlan" vxlan

attached() {
  on 1 run -d --name visitor --network wide busybox:one sleep 1000
  within 60 on 1 exec visitor wget -q -O- http://server/
  is "$(on 2 exec "$(container 2 server)" hostname)" "$(on 1 exec visitor wget -q -O- http://server/)"
  on 1 rm -f visitor
}
scenario "a container of docker run on it" attached

published() {
  local node
  s service create --detach --no-resolve-image --name door --mode global --publish mode=host,published=8080,target=80 --endpoint-mode dnsrr busybox:one sh -c 'mkdir -p /w; echo open >/w/index.html; exec httpd -f -p 80 -h /w'
  within 120 runs door 3
  for node in 1 2 3; do within 60 page "10.77.0.$node" 8080; done
}
NEEDED=1 scenario "a global service with a published port, reached on each node" published
