# Networks, on loopback and on bridges of the room.

published() {
  d run -d --name web -p 127.0.0.1:8099:80 busybox sh -c 'mkdir /w; echo published >/w/index.html; exec httpd -f -p 80 -h /w'
  within 30 busybox wget -q -O- http://127.0.0.1:8099/
  is published "$(busybox wget -q -O- http://127.0.0.1:8099/)"
  is "127.0.0.1:8099" "$(d port web 80/tcp)"
  d rm -f web
  ! busybox wget -q -O- http://127.0.0.1:8099/
}
scenario "a port published on loopback, until rm" published

bridge() {
  d network create n1
  d run -d --name web --network n1 busybox sh -c 'mkdir /w; echo served >/w/index.html; exec httpd -f -p 80 -h /w'
  within 30 d exec web wget -q -O- http://127.0.0.1/
  is served "$(d run --rm --network n1 busybox wget -q -O- "http://$(field web '{{.NetworkSettings.Networks.n1.IPAddress}}')/")"
  is served "$(d run --rm --network n1 busybox wget -q -O- http://web/)"
}
scenario "a network of one's own: by address and by name" bridge

connect() {
  d run -d --name late busybox sleep 1000
  d network connect n1 late
  is served "$(d exec late wget -q -O- http://web/)"
  d exec late ip addr show eth1
  d network disconnect n1 late
  status_of 1 d exec late ip addr show eth1
  d rm -f late web
  d network rm n1
}
scenario "network connect and disconnect of what runs" connect

chosen() {
  d network create --subnet 10.99.0.0/24 n2
  is "10.99.0.7 02:42:0a:63:00:99" "$(d run --rm --network n2 --ip 10.99.0.7 --mac-address 02:42:0a:63:00:99 busybox sh -c 'echo $(ip -4 addr show eth0 | sed -n "s/.*inet \([0-9.]*\).*/\1/p") $(cat /sys/class/net/eth0/address)')"
  is "10.1.2.3 other 9.9.9.9" "$(d run --rm --network n2 --add-host other:10.1.2.3 --dns 9.9.9.9 busybox sh -c 'echo $(grep other /etc/hosts) 9.9.9.9' | tr -s '\t ' ' ')"
  d network rm n2
}
scenario "--ip, --mac-address, --add-host" chosen

other_networks() {
  is lo "$(d run --rm --network none busybox ls /sys/class/net)"
  is "$(readlink /proc/self/ns/net)" "$(d run --rm --network host busybox readlink /proc/self/ns/net)"
}
scenario "--network none and host" other_networks
