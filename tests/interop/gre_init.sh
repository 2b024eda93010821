#!/bin/bash
# The first program of the user-mode Linux that is a real server behind tunnels of GRE: 192.0.2.11 and 2001:db8::11 on
# vec0, the VIPs on gre-v4 and gre-v6. A GET returns /proc/net/dev, a POST the size of what came.
export PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t tmpfs tmp /tmp
# The modules of this kernel are not where modprobe looks.
mkdir -p /tmp/lib/modules
ln -s "/usr/lib/uml/modules/$(uname -r)" /tmp/lib/modules/
modprobe -d /tmp -a ipv6 ip_gre ip6_gre
ip link set lo up
ip addr add 192.0.2.11/24 dev vec0
ip addr add 2001:db8::11/64 dev vec0 nodad
ip link set vec0 up
sysctl -qw net.ipv4.conf.all.arp_ignore=1 net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.default.rp_filter=0
ip link add gre-v4 type gre local 192.0.2.11
ip link add gre-v6 type ip6gre local 2001:db8::11
for device in gre-v4 gre-v6; do
    sysctl -qw net.ipv4.conf.$device.rp_filter=0
    ip link set $device up
done
ip addr add 192.0.2.100/32 dev gre-v4
ip addr add 2001:db8::100/128 dev gre-v6 nodad
exec python3 -u - <<'END'
import http.server
import os
import socket


class Handler(http.server.BaseHTTPRequestHandler):
    def answer(self, body):
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        with open("/proc/net/dev", "rb") as file:
            self.answer(file.read())

    def do_POST(self):
        self.answer(str(len(self.rfile.read(int(self.headers["Content-Length"])))).encode())

    def log_message(self, *_):
        pass


class Server(http.server.ThreadingHTTPServer):
    address_family = socket.AF_INET6


for port in 80, 81:
    if port == 80 and os.fork():
        continue
    if port == 81:
        print("ready")
    Server(("::", port), Handler).serve_forever()
END
