#!/usr/bin/env bash
# A range of ports and all ports of an address, with real web servers; questions by UDP from one port, each to
# another server and answered from the VIP, without connections.
. "$(dirname "$0")/lab.sh"

lab_up two-arm
for s in "${servers[@]}"; do
    web "$s" 8085
    start_on "$s" python3 -c "
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(('', 5300))
print('ready', flush=True)
while True:
    s.sendto(b'$s', s.recvfrom(100)[1])" > "$dir/$s.udp"
    wait_for 5 grep -q ready "$dir/$s.udp" || fail "$s: no UDP server"
done
start_weir <<EOF
$(director_section)
$(wan_port)
$(lan_port)
$(service range $vip:8080-8089,9000/tcp nat rr 198.51.100.11 198.51.100.12)
$(service all $vip:0/tcp nat rr 198.51.100.13:8085)
persistence = 60
$(service dns $vip:53/udp nat rr 198.51.100.11:5300 198.51.100.12:5300 198.51.100.13:5300)
one-packet = yes
EOF
expect "a port of the range, kept" "s1 s2 s1" "$(answers 3 http://$vip:8085/)"
expect "any other port" "s3 s3" "$(answers 1 http://$vip/) $(answers 1 http://$vip:8090/)"
expect "questions from one port" "s1 s2 s3 s1" "$(on client python3 -c "
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.settimeout(5)
s.bind(('', 5353))
s.connect(('$vip', 53))
answers = []
for _ in range(4):
    s.send(b'?')
    answers.append(s.recv(100).decode())
print(*answers)")"
expect "no connections" 0 "$(weirctl connections -s dns | grep -c UDP || :)"
expect "weirctl list" "UDP $vip:53 rr ops" "$(weirctl list | grep ops | xargs)"
expect "the range in it" "TCP $vip:8080-8089 rr" "$(weirctl list -s range | grep 8080 | xargs)"
expect_books
stop_weir
