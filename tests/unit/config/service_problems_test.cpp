// Mistakes in services, their checks and servers.

#include "unit/config/mistakes.h"

namespace weir::config {
namespace {

class config_service_mistake : public mistakes {};

TEST_P(config_service_mistake, is_told_once_with_its_line) {
    is_told_once_with_its_line();
}

mistake of_service(const std::string& line, const std::string& problem) {
    return {some_port + ("[service web]\nlisten = 192.0.2.100:80\n" + line),
            "t.conf:5: " + problem};
}

INSTANTIATE_TEST_SUITE_P(
    of_services, config_service_mistake,
    testing::Values(
        mistake{std::string(some_port) + "[service web]\nlisten = 192.0.2.100\n",
                "t.conf:4: listen: `192.0.2.100` is not ADDRESS:PORT[/tcp|/udp|/sctp], as "
                "192.0.2.100:80/tcp or [2001:db8::100]:80/tcp"},
        of_service("listen = 2001:db8::100:80",
                   "listen: `2001:db8::100:80` is not ADDRESS:PORT[/tcp|/udp|/sctp], as "
                   "192.0.2.100:80/tcp or [2001:db8::100]:80/tcp"),
        of_service("listen = 192.0.2.100:81/upd",
                   "listen: `upd` is not a protocol of services; did you mean `udp`?"),
        of_service("server = 192.0.2.11 8080 weight=3",
                   "server: `8080` is one word too many: a port follows a colon, as "
                   "192.0.2.11:80"),
        of_service("server = 2001:db8::11 8080",
                   "server: `8080` is one word too many: a port follows a colon, as "
                   "[2001:db8::11]:80"),
        of_service("listen = 192.0.2.100:81/dccp",
                   "listen: `dccp` is not a protocol of services; did you mean `sctp`?"),
        mistake{std::string(some_port)
                    + "[service sig]\nlisten = 192.0.2.100:36412/sctp\n"
                      "server = 192.0.2.11\ncheck = tcp\n",
                "t.conf:6: check: tcp checks do not speak SCTP, as [service sig] does: give port=N "
                "of something on its servers that answers to tcp, or check = icmp or script"},
        mistake{std::string(some_port)
                    + "[service sig]\nlisten = 192.0.2.100:36412/sctp\none-packet = yes\n",
                "t.conf:4: `192.0.2.100:36412/sctp` is not UDP: `one-packet` is for services of "
                "UDP alone"},
        of_service("listen = 192.0.2.100:0",
                   "`192.0.2.100:0/tcp` has port 0, all ports, which needs persistence, as in LVS: "
                   "give `persistence = SECONDS`, or a port"),
        of_service("listen = 192.0.2.100:8100-8000",
                   "listen: `8100-8000` is not a range of ports, as 8000-8100"),
        of_service("listen = 192.0.2.100:81,0-9/udp",
                   "listen: `0-9` is not a range of ports, as 8000-8100"),
        of_service("listen = 192.0.2.100:90-99,95-105",
                   "`192.0.2.100:95-105/tcp` overlaps a range of [service web] on line 5: give "
                   "each port to one"),
        mistake{std::string(some_port)
                    + "[service web]\nlisten = 192.0.2.100:80\none-packet = yes\n",
                "t.conf:4: `192.0.2.100:80/tcp` is not UDP: `one-packet` is for services of UDP "
                "alone"},
        of_service("listen = 224.0.0.1:80", "listen: `224.0.0.1` is not an address a host can "
                                            "have: give a unicast address"),
        of_service("listen = [2001:db8::100]:80",
                   "`[2001:db8::100]:80/tcp` is not IPv4, as the first listener of [service web] "
                   "is: make a service of its own for it"),
        of_service("listen = 192.0.2.100:80/tcp",
                   "`192.0.2.100:80/tcp` is already a listener of [service web] on line 4: give it "
                   "to one service, once"),
        mistake{std::string(some_port)
                    + "[service a]\nlisten = [2001:db8::100]:80\nlisten = [2001:db8::100]:81\n"
                      "[service b]\nlisten = [2001:db8::1:100]:80\n"
                      "listen = [2001:db8:0::100]:81/tcp\n",
                "t.conf:8: `[2001:db8::100]:81/tcp` is already a listener of [service a] on line "
                "5: give it to one service, once"},
        of_service("forward = masq", "forward: `masq` is not valid; weir's word is `nat`"),
        of_service("forward = DSR", "forward: `DSR` is not valid; weir's word is `dr`"),
        of_service("forward = route", "forward: `route` is not valid; weir's word is `dr`"),
        of_service("scheduler = roundrobin",
                   "scheduler: there is no scheduler `roundrobin`; weir's word is `rr`"),
        of_service("scheduler = leastconn",
                   "scheduler: there is no scheduler `leastconn`; weir's word is `wlc`"),
        of_service("weight = 3", "`weight` is not a key of [service]; it stands behind its server: "
                                 "`server = 192.0.2.11 weight=3`"),
        of_service("lb_algo = rr",
                   "`lb_algo` is not a key of [service]; weir's word is `scheduler`"),
        of_service("listen = 192.0.2.101/24:80",
                   "listen: `192.0.2.101/24:80` has a prefix length: a listener is one address, as "
                   "192.0.2.101:80"),
        of_service("listen = 192.0.2.101:80/",
                   "listen: `` is not a protocol of services; valid: tcp, udp, sctp"),
        of_service("listen = 192.0.2.101/24",
                   "listen: `192.0.2.101/24` has a prefix length: a listener is one address, as "
                   "192.0.2.101:80"),
        of_service("listen = 192.0.2.101:80, 192.0.2.102:80",
                   "listen: `192.0.2.102:80` is one word too many: each listener has a `listen =` "
                   "line of its own"),
        of_service("server = 192.0.2.100",
                   "server: 192.0.2.100 is the address [service web] listens on: give the server's "
                   "own"),
        of_service("fallback = 192.0.2.100",
                   "fallback: 192.0.2.100 is the address [service web] listens on: give the "
                   "server's own"),
        mistake{std::string(some_port)
                    + "address = 192.0.2.2/24\n[service web]\nlisten = 192.0.2.255:80\n",
                "t.conf:5: listen: 192.0.2.255 is the network's broadcast address on [port wan], "
                "192.0.2.2/24: give one of a host"},
        mistake{std::string(some_port)
                    + "address = 2001:db8::2/64\n[service web]\nlisten = [2001:db8::]:80\n",
                "t.conf:5: listen: 2001:db8:: is the anycast address of its routers on [port wan], "
                "2001:db8::2/64: give one of a host"},
        of_service("forward = nta", "forward: `nta` is not valid; did you mean `nat`?"),
        of_service("forward = fullnat", "forward: `fullnat` is not available yet: use `nat`"),
        of_service("forward = local", "forward: `local` is not valid; valid: dr, tun, nat"),
        of_service("forward = nat encap=ipip",
                   "forward: encap: encap= is for tunnels: leave it out, "
                   "or use `forward = tun encap=ipip`"),
        of_service("forward = tun encap=gue",
                   "forward: encap: `gue` is not valid; did you mean `gre`?"),
        of_service("forward = tun ipip",
                   "forward: `ipip` is not a property of forward; valid: encap"),
        of_service("scheduler = wlcc",
                   "scheduler: there is no scheduler `wlcc`; did you mean `wlc`?"),
        of_service("scheduler = random",
                   "scheduler: there is no scheduler `random`; valid: mh, rr, wlc, wrr"),
        of_service("scheduler = mh prot", "scheduler: mh has only the option `port`"),
        of_service("check = htpt", "check: `htpt` is not valid; did you mean `http`?"),
        mistake{std::string(some_port)
                    + "[service web]\nlisten = 192.0.2.100:0\npersistence = 60\n"
                      "server = 192.0.2.11\ncheck = tcp\n",
                "t.conf:7: check: the service listens on all ports, so a check needs one of them: "
                "give port=N"},
        of_service("check = http path=healthy",
                   "check: path: `healthy` does not begin with `/`: write /healthy"),
        of_service("check = http paht=/",
                   "check: `paht` is not a parameter of http checks; did you "
                   "mean `path`?"),
        of_service("check = tcp uri=/",
                   "check: `uri` is not a parameter of tcp checks; valid: "
                   "interval, timeout, fall-interval, fall, rise, first-state, port, from, to"),
        of_service("check = tcp to=vpi", "check: to: `vpi` is not valid; did you mean `vip`?"),
        of_service("check = icmp to=vip",
                   "check: icmp checks never go to the VIP: leave to= out, or use check = tcp, "
                   "http, https, udp, dns or smtp"),
        mistake{std::string(some_port)
                    + "[service web]\nlisten = 192.0.2.100:80\nforward = nat\n"
                      "check = tcp to=vip\n",
                "t.conf:6: check: to=vip needs servers that have the VIP, and those of `forward = "
                "nat` do not: leave it out, or use `forward = dr` or `tun`"},
        mistake{std::string(some_port)
                    + "[service web]\nlisten = [2001:db8::100]:80\nforward = tun\n"
                      "server = 192.0.2.11\ncheck = tcp to=vip\n",
                "t.conf:7: check: to=vip needs servers of the VIP's family, and 192.0.2.11 is not "
                "IPv6: leave it out, or give an IPv6 address"},
        mistake{
            std::string(some_port)
                + "address = 192.0.2.2/24\naddress = 192.0.2.100/24\n[service web]\n"
                  "listen = 192.0.2.100:80\nserver = 192.0.2.11\ncheck = tcp to=vip\n"
                  "check = tcp to=vip from=192.0.2.2\n",
            "t.conf:8: check: to=vip: 192.0.2.100 is also an address of [port wan], so servers "
            "would answer to themselves: remove it there, since weir itself answers for VIPs, or "
            "give from= another address of the director"},
        of_service("check = tcp interval=1s timeout=2s",
                   "check: timeout=2000ms is longer than interval=1000ms: give at most "
                   "timeout=1000ms, or a longer interval"),
        of_service("check = tcp interval=1s fall-interval=2s",
                   "check: fall-interval=2000ms is longer than interval=1000ms: give at most "
                   "fall-interval=1000ms, or a longer interval"),
        of_service("check = agent port=5 fall-interval=1s",
                   "check: `fall-interval` is not a parameter of agent checks; valid: send, "
                   "smoothing, floor, silent, interval, timeout, fall, rise, first-state, port, "
                   "from"),
        of_service("check = tcp interval=5ms",
                   "check: interval: `5ms` is not a time from 10ms to 86400s, as 500ms, 2s or 1m"),
        of_service("check = http body=\"all is well",
                   "check: a \" is not closed: write it again at the end of the word"),
        of_service("check = http regex=(",
                   "check: regex: `(` is not a POSIX extended regular expression: Unmatched ( or "
                   "\\("),
        of_service("check = http regex=(a)\\1",
                   "check: regex: `(a)\\1` refers back to a part of the match, which may take "
                   "forever: spell it out"),
        of_service("check = http regex=a)|b",
                   "check: regex: `a)|b` has a `)` that closes nothing: `\\)` is one of the text"),
        of_service("check = http status=200-99",
                   "check: status: `99` is not a whole number from 200 to 599"),
        of_service("check = http method=HEAD body=x",
                   "check: an answer to HEAD has no body to look into: use method=GET"),
        of_service("check = https ca=/etc/passwd",
                   "check: ca= has no meaning without verify=yes: give it too"),
        of_service("check = udp payload=hex:0",
                   "check: payload: `hex:0` has a byte that is not two hex digits, as 0a"),
        of_service("check = udp",
                   "check: a udp check needs something to send: give payload=TEXT or "
                   "hex:DIGITS"),
        of_service("check = dns name=a..b",
                   "check: name: `a..b` is not a domain name, as www.example.com"),
        of_service("check = dns expect=192.0.2.1",
                   "check: expect= is an address: it needs type=A or type=AAAA"),
        of_service("check = icmp port=7",
                   "check: `port` is not a parameter of icmp checks; valid: "
                   "interval, timeout, fall-interval, fall, rise, first-state, from"),
        of_service("check = agent", "check: an agent check needs the agent's port: give port=N"),
        of_service("check = script", "check: a script check needs run=\"/PATH ARGUMENTS\""),
        of_service("check = script run=true",
                   "check: run: `true` does not begin with a program's absolute path, as "
                   "\"/usr/local/bin/check-web --fast\""),
        of_service("check = script run=/nonesuch",
                   "check: run: `/nonesuch`: No such file or directory"),
        of_service("check = script run=/etc/passwd",
                   "check: run: `/etc/passwd` is not an executable file: chmod +x it"),
        of_service("on-down = drop",
                   "on-down: `drop` is not valid; valid: keep, expire, expire-udp"),
        of_service("min-up = 101%", "min-up: `101` is not a whole number from 0 to 100"),
        of_service("hold-down = 10s max=5s",
                   "hold-down: max=5000ms is below the first hold of 10000ms: give at least that"),
        of_service("slow-start = 30s",
                   "slow-start needs checks to see a server recover, and [service web] has no "
                   "`check =`"),
        of_service("timeout = upd=3", "timeout: `upd` is not a timeout; did you mean `udp`?")));

INSTANTIATE_TEST_SUITE_P(
    of_servers, config_service_mistake,
    testing::Values(
        of_service("server = web1", "server: `web1` is not ADDRESS[:PORT], as 192.0.2.11, "
                                    "192.0.2.11:8080 or [2001:db8::11]:8080"),
        of_service("server = 192.0.2.11:80/tcp",
                   "server: `192.0.2.11:80/tcp` is not ADDRESS[:PORT], as 192.0.2.11, "
                   "192.0.2.11:8080 or [2001:db8::11]:8080"),
        of_service("server = 192.0.2.11:0", "server: `192.0.2.11:0` is not ADDRESS[:PORT], as "
                                            "192.0.2.11, 192.0.2.11:8080 or [2001:db8::11]:8080"),
        of_service("server = 127.0.0.1", "server: `127.0.0.1` is not an address a host can have: "
                                         "give a unicast address"),
        of_service("server = 192.0.2.11 wieght=3",
                   "server: `wieght` is not a property of a server; did you mean `weight`?"),
        of_service("server = 192.0.2.11 weight",
                   "server: `weight` has no value: write `weight=VALUE`"),
        of_service("server = 192.0.2.11 weight=65536",
                   "server: weight: `65536` is not a whole number from 0 to 65535"),
        of_service("server = 192.0.2.11 weight=-1",
                   "server: weight: `-1` is not a whole number from 0 to 65535"),
        of_service("server = 192.0.2.11 weight=1 weight=2",
                   "server: `weight` is given twice: give it once"),
        of_service("server = 192.0.2.11 upper=10 lower=11",
                   "server: lower=11 is above upper=10: give at most 10"),
        of_service("server = 192.0.2.11 lower=11",
                   "server: lower= has no meaning without a limit: give upper= too"),
        of_service("server = 192.0.2.11 name=web/1",
                   "server: name: `web/1` is not a name: give 1 to 63 letters, digits, `_`, `.` "
                   "or `-`, as web1"),
        of_service(
            "server = 192.0.2.11 name=" + std::string(64, 'w'),
            "server: name: `" + std::string(60, 'w')
                + "...` is not a name: give 1 to 63 letters, digits, `_`, `.` or `-`, as web1"),
        of_service("server = 192.0.2.11 name=192.0.2.12",
                   "server: name: `192.0.2.12` is an address, which a name must not look like: "
                   "give a word, as web1"),
        of_service("server = 2001:db8::11", "server 2001:db8::11 is not IPv4 as [service web] is: "
                                            "give an IPv4 address, or use `forward = tun`"),
        of_service("server = 192.0.2.11:8080",
                   "`forward = dr` cannot change the port to 8080: leave `:8080` out, or use "
                   "`forward = nat`")));

INSTANTIATE_TEST_SUITE_P(
    of_persistence_and_fallback, config_service_mistake,
    testing::Values(
        of_service("persistence = 0\n",
                   "persistence: `0` is not a time from 1s to 65535s in whole seconds, as 90s, 15m "
                   "or 1h"),
        of_service(
            "persistence = 300 mask=255.0.255.0\n",
            "persistence: mask: `255.0.255.0` is not an IPv4 network mask, as 255.255.255.0"),
        of_service("persistence = 300 mask=0.0.0.0\n",
                   "persistence: mask: `0.0.0.0` is not an IPv4 network mask, as 255.255.255.0"),
        of_service("persistence = 300 prefix=24 mask=255.255.255.0\n",
                   "persistence: mask= and prefix= say the same: give one of them"),
        of_service("persistence = 300 prefix=33\n",
                   "persistence: prefix=33 is longer than an IPv4 address: give at most 32"),
        mistake{std::string(some_port)
                    + "[service web]\nlisten = [2001:db8::100]:80\n"
                      "persistence = 300 mask=255.255.255.0\n",
                "t.conf:5: persistence: mask= is for IPv4, [service web] is IPv6: give prefix=, as "
                "prefix=64"},
        of_service("expire-quiescent = yes\n",
                   "expire-quiescent: has no effect without persistence: give "
                   "`persistence = SECONDS`, or leave it out"),
        of_service("share = 30\n", "share: `30` is not a part of the table, as 50%"),
        of_service("share = 0%\n", "share: `0` is not a whole number from 1 to 100"),
        of_service("share = 101%\n", "share: `101` is not a whole number from 1 to 100"),
        of_service("conn-reuse = maybe\n", "conn-reuse: `maybe` is neither `yes` nor `no`"),
        of_service("fallback = 192.0.2.13 weight=1\n",
                   "fallback: `weight=1` is one word too many: a fallback is ADDRESS[:PORT] alone"),
        of_service(
            "fallback = 192.0.2.13:81\n",
            "`forward = dr` cannot change the port to 81: leave `:81` out, or use `forward = "
            "nat`"),
        of_service("fallback = 192.0.2.11\nserver = 192.0.2.11:80\n",
                   "fallback: 192.0.2.11 is a server of [service web] on line 6: give another, or "
                   "leave `fallback` out")));

} // namespace
} // namespace weir::config
