// Every mistake: its line, what is wrong, what would be right; and one problem for each.

#include <gtest/gtest.h>

#include "config_fixture.h"

namespace weir::config {
namespace {

struct mistake {
    std::string text;
    std::string problems;
};

class config_mistake : public testing::TestWithParam<mistake> {};

TEST_P(config_mistake, is_told_once_with_its_line) {
    EXPECT_EQ(problems_of(GetParam().text), GetParam().problems) << GetParam().text;
    EXPECT_FALSE(load_here(GetParam().text));
}

mistake of_director(const std::string& line, const std::string& problem) {
    return {some_port + ("[director]\n" + line), "t.conf:4: " + problem};
}
mistake of_port(const std::string& line, const std::string& problem) {
    return {some_port + line, "t.conf:3: " + problem};
}
mistake of_service(const std::string& line, const std::string& problem) {
    return {some_port + ("[service web]\nlisten = 192.0.2.100:80\n" + line),
            "t.conf:5: " + problem};
}

INSTANTIATE_TEST_SUITE_P(
    of_the_file, config_mistake,
    testing::Values(
        mistake{"", "t.conf:1: no port: a director needs at least one `[port NAME]`"},
        mistake{"\n[director]\n", "t.conf:2: no port: a director needs at least one `[port NAME]`"},
        mistake{"memory = 64\n" + std::string(some_port),
                "t.conf:1: this stands before any section: begin with `[director]`"},
        mistake{"[prot wan]\ndevice = xdp:eth1\nnonsense\n",
                "t.conf:1: there is no section `prot`; did you mean `port`?"},
        mistake{"[vrrp edge]\nport = wan\n" + std::string(some_port),
                "t.conf:1: there is no section `vrrp`; valid: director, port, service"},
        mistake{"[]\n", "t.conf:1: there is no section ``; valid: director, port, service"},
        mistake{"[port wan\ndevice = xdp:eth1\n",
                "t.conf:1: `[port wan` is not a section: write `[kind name]`"},
        mistake{"[port wan] device = xdp:eth1\n",
                "t.conf:1: `[port wan] device = xdp:eth1` is not a section: write `[kind name]`"},
        mistake{"[director lb1]\n" + std::string(some_port),
                "t.conf:1: [director] has no name: write `[director]`"},
        mistake{"[port]\ndevice = xdp:eth1\n",
                "t.conf:1: [port] needs one name: write `[port NAME]`"},
        mistake{"[port a b]\ndevice = xdp:eth1\n",
                "t.conf:1: [port] needs one name: write `[port NAME]`"},
        mistake{"[port w/n]\ndevice = xdp:eth1\n",
                "t.conf:1: `w/n` is not a name: 1 to 32 letters, digits, `.`, `_` or `-`"},
        mistake{"[port " + std::string(33, 'x') + "]\ndevice = xdp:eth1\n",
                "t.conf:1: `" + std::string(33, 'x')
                    + "` is not a name: 1 to 32 letters, digits, `.`, `_` or `-`"},
        mistake{std::string(some_port) + "[port wan]\ndevice = xdp:eth2\n",
                "t.conf:3: [port wan] is already on line 1: give this one another name"},
        mistake{"[director]\n[director]\n" + std::string(some_port),
                "t.conf:2: [director] is already on line 1: put both together"},
        mistake{"[director]\n[port director]\ndevice = xdp:eth1\n[service director]\n",
                "t.conf:4: [service director] has no `listen`: write `listen = ADDRESS:PORT/tcp`"},
        mistake{"[port wan]\n", "t.conf:1: [port wan] has no `device`: write `device = "
                                "0000:03:00.0 (or xdp:eth1, packet:eth1, a vdev)`"}));

INSTANTIATE_TEST_SUITE_P(
    of_any_line, config_mistake,
    testing::Values(
        of_director("nonsense", "`nonsense` is not a setting: write `key = value`"),
        of_director("= 7",
                    "`` is not a key of [director]; valid: name, control, workers, idle, "
                    "memory, connections, run-dir, log, drain-timeout, scripts, plugin, timeout"),
        of_director("Memory = 64", "`Memory` is not a key of [director]; did you mean `memory`?"),
        of_director("memory =", "`memory` has no value: write `memory = VALUE`"),
        of_director("memory = # 64", "`memory` has no value: write `memory = VALUE`"),
        of_director("\x1b[31m = 64", "`?[31m` is not a key of [director]; valid: name, control, "
                                     "workers, idle, memory, connections, run-dir, log, "
                                     "drain-timeout, scripts, plugin, timeout"),
        mistake{std::string(some_port) + "[director]\nmemory = 64\nmemory = 65\n",
                "t.conf:5: `memory` is already on line 4: give it once"},
        mistake{"[port wan]\ndevise = xdp:eth1\n",
                "t.conf:2: `devise` is not a key of [port]; did you mean `device`?"},
        mistake{"[port wan]\ndevice =\n",
                "t.conf:2: `device` has no value: write `device = VALUE`"},
        mistake{"[port wan]\ndevice xdp:eth1\n",
                "t.conf:2: `device` is not a setting: write `key = value`"}));

INSTANTIATE_TEST_SUITE_P(
    of_the_director, config_mistake,
    testing::Values(
        of_director("name = lb 1",
                    "name: `lb 1` is not a name: 1 to 32 letters, digits, `.`, `_` or `-`"),
        of_director("control = 1024", "control: `1024` is not a whole number from 0 to 1023"),
        of_director("control = 0,1", "control: `0,1` is not a whole number from 0 to 1023"),
        of_director("workers = 1,2,1", "workers: CPU 1 is given twice: give it once"),
        of_director("workers = one", "workers: `one` is not a whole number from 0 to 1023"),
        of_director("workers = 1,", "workers: `1,` is not a list of CPUs, as 1,2 or 1-3"),
        of_director("workers = 1-128", "workers: 128 CPUs are too many: at most 127"),
        of_director("idle = adaptiv", "idle: `adaptiv` is not valid; did you mean `adaptive`?"),
        of_director("idle = sleep", "idle: `sleep` is not valid; valid: poll, adaptive"),
        of_director("memory = 63", "memory: `63` is not a whole number from 64 to 1048576"),
        of_director("memory = 1G", "memory: `1G` is not a whole number from 64 to 1048576"),
        of_director("connections = 0",
                    "connections: `0` is not a whole number from 64 to 268435456"),
        of_director("run-dir = run/weir", "run-dir: `run/weir` is not an absolute path of at most "
                                          "80 characters, as /run/weir"),
        of_director("run-dir = /" + std::string(80, 'r'),
                    "run-dir: `/" + std::string(59, 'r')
                        + "...` is not an absolute path of at most 80 characters, as /run/weir"),
        of_director("log = inform", "log: `inform` is not valid; did you mean `info`?"),
        of_director("drain-timeout = 8d", "drain-timeout: `8d` is not a time from 0s to 604800s in "
                                          "whole seconds, as 90s, 15m or 1h"),
        of_director("plugin = /bad.so", "plugin: cannot load plugin /bad.so"),
        mistake{std::string(some_port) + "[director]\nplugin = /good/a.so\n\nplugin = /bad.so\n",
                "t.conf:6: plugin: cannot load plugin /bad.so"},
        of_director("timeout = tcp-establishd=5",
                    "timeout: `tcp-establishd` is not a timeout; did you mean `tcp-established`?"),
        of_director("timeout = udp=0", "timeout: udp: `0` is not a time from 1s to 65535s in whole "
                                       "seconds, as 90s, 15m or 1h"),
        of_director("timeout = udp", "timeout: `udp` has no value: write `udp=VALUE`"),
        of_director("timeout = udp=5 udp=6", "timeout: `udp` is given twice: give it once")));

INSTANTIATE_TEST_SUITE_P(
    of_ports, config_mistake,
    testing::Values(
        mistake{"[port wan]\ndevice = xpd:eth1\n",
                "t.conf:2: device: `xpd:eth1` is not a device; did you mean `xdp:eth1`?"},
        mistake{"[port wan]\ndevice = eth1\n",
                "t.conf:2: device: `eth1` is not a device; valid: a PCI address as 0000:03:00.0, "
                "xdp:eth1, packet:eth1, or a DPDK vdev as net_tap0,iface=tap0"},
        mistake{"[port wan]\ndevice = 0000:03:00.8\n",
                "t.conf:2: device: `0000:03:00.8` is not a device; valid: a PCI address as "
                "0000:03:00.0, xdp:eth1, packet:eth1, or a DPDK vdev as net_tap0,iface=tap0"},
        mistake{"[port wan]\ndevice = packet:averyverylonginterface\n",
                "t.conf:2: device: `averyverylonginterface` is not the name of an interface, as "
                "eth1: 1 to 15 letters, digits, `.`, `_` or `-`"},
        of_port("twin = weir-wan-outside",
                "twin: `weir-wan-outside` is not the name of an interface "
                "(1 to 15 letters, digits, `.`, `_` or `-`) or `none`"),
        of_port("address = 192.0.2.2",
                "address: `192.0.2.2` is not an address with a prefix length, as 192.0.2.2/24 or "
                "2001:db8::2/64"),
        of_port("address = 192.0.2.2/33",
                "address: `192.0.2.2/33` is not an address with a prefix length, as 192.0.2.2/24 "
                "or 2001:db8::2/64"),
        of_port("address = 127.0.0.1/8", "address: `127.0.0.1/8` is not an address a host can "
                                         "have: give a unicast address"),
        of_port("vlan = 0", "vlan: `0` is not a whole number from 1 to 4094"),
        of_port("vlan = 4095", "vlan: `4095` is not a whole number from 1 to 4094"),
        of_port("mtu = 575", "mtu: `575` is not a whole number from 576 to 9000"),
        of_port("mtu = 9001", "mtu: `9001` is not a whole number from 576 to 9000"),
        of_port("queues = 0", "queues: `0` is not a whole number from 1 to 256"),
        of_port("descriptors = 63", "descriptors: `63` is not a whole number from 64 to 32768"),
        of_port("promiscuous = true", "promiscuous: `true` is neither `yes` nor `no`"),
        of_port("neighbour = 192.0.2.11", "neighbour: `192.0.2.11` is not a neighbour: write "
                                          "`ADDRESS MAC`, as 192.0.2.11 02:00:00:00:00:11"),
        of_port("neighbour = 192.0.2 02:00:00:00:00:11",
                "neighbour: `192.0.2` is not an IP address, as 192.0.2.1 or 2001:db8::1"),
        of_port("neighbour = ff02::1 02:00:00:00:00:11",
                "neighbour: `ff02::1` is not an address a host can have: give a unicast address"),
        of_port("neighbour = 192.0.2.11 01:00:00:00:00:11",
                "neighbour: `01:00:00:00:00:11` is not the MAC address of a host, as "
                "02:00:00:00:00:11"),
        of_port("neighbour = 192.0.2.11 00:00:00:00:00:00",
                "neighbour: `00:00:00:00:00:00` is not the MAC address of a host, as "
                "02:00:00:00:00:11"),
        mistake{std::string(some_port)
                    + "neighbour = 192.0.2.11 02:00:00:00:00:11\n"
                      "neighbour = 192.0.2.11 02:00:00:00:00:12\n",
                "t.conf:4: neighbour: 192.0.2.11 is given twice: give it once"},
        mistake{std::string(some_port) + "[port lan]\ndevice = xdp:eth1\n",
                "t.conf:4: `xdp:eth1` with no VLAN is already [port wan] on line 1: ports on one "
                "device need different `vlan =`"},
        mistake{std::string(some_port) + "vlan = 7\n[port lan]\nvlan = 7\ndevice = xdp:eth1\n",
                "t.conf:5: `xdp:eth1` with VLAN 7 is already [port wan] on line 1: ports on one "
                "device need different `vlan =`"},
        mistake{"[port wan]\ndevice = 0000:03:00.0\n[port lan]\ndevice = 03:00.0\n",
                "t.conf:4: `0000:03:00.0` with no VLAN is already [port wan] on line 1: ports on "
                "one device need different `vlan =`"},
        // A VLAN that was not understood is one mistake, not two.
        mistake{std::string(some_port) + "[port lan]\ndevice = xdp:eth1\nvlan = x\n",
                "t.conf:5: vlan: `x` is not a whole number from 1 to 4094"},
        mistake{std::string(some_port) + "twin = t0\n[port lan]\ndevice = xdp:eth2\ntwin = t0\n",
                "t.conf:6: `t0` is already the twin of [port wan] on line 1: give each port its "
                "own"}));

INSTANTIATE_TEST_SUITE_P(
    of_services, config_mistake,
    testing::Values(
        mistake{std::string(some_port) + "[service web]\nlisten = 192.0.2.100\n",
                "t.conf:4: listen: `192.0.2.100` is not ADDRESS:PORT[/tcp|/udp|/sctp], as "
                "192.0.2.100:80/tcp or [2001:db8::100]:80/tcp"},
        of_service("listen = 2001:db8::100:80",
                   "listen: `2001:db8::100:80` is not ADDRESS:PORT[/tcp|/udp|/sctp], as "
                   "192.0.2.100:80/tcp or [2001:db8::100]:80/tcp"),
        of_service("listen = 192.0.2.100:81/upd",
                   "listen: `upd` is not a protocol of services; did you mean `udp`?"),
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
        of_service("forward = masq", "forward: `masq` is not valid; valid: dr, tun, nat, fullnat"),
        of_service("forward = nta", "forward: `nta` is not valid; did you mean `nat`?"),
        of_service("forward = fullnat", "forward: `fullnat` is not available yet: use `nat`"),
        of_service("scheduler = wlcc",
                   "scheduler: there is no scheduler `wlcc`; did you mean `wlc`?"),
        of_service("scheduler = random",
                   "scheduler: there is no scheduler `random`; valid: mh, rr, wlc, wrr"),
        of_service("scheduler = mh prot", "scheduler: mh has only the option `port`"),
        of_service("check = htpt", "check: `htpt` is not valid; did you mean `http`?"),
        mistake{std::string(some_port)
                    + "[service web]\nlisten = 192.0.2.100:0\npersistence = 60\n"
                      "server = 192.0.2.11\ncheck = tcp\n",
                "t.conf:7: check: the service listens on all ports, so which one shall be checked? "
                "Give port=N"},
        of_service("check = http path=healthy",
                   "check: path: `healthy` does not begin with `/`: write /healthy"),
        of_service("check = http paht=/",
                   "check: `paht` is not a parameter of http checks; did you "
                   "mean `path`?"),
        of_service("check = tcp uri=/",
                   "check: `uri` is not a parameter of tcp checks; valid: "
                   "interval, timeout, fall, rise, first-state, port, from, to"),
        of_service("check = tcp to=vpi", "check: to: `vpi` is not valid; did you mean `vip`?"),
        of_service("check = icmp to=vip",
                   "check: icmp checks never go to the VIP: leave to= out, or use check = tcp, "
                   "http, https, udp, dns or smtp"),
        mistake{std::string(some_port)
                    + "[service web]\nlisten = 192.0.2.100:80\nforward = nat\n"
                      "check = tcp to=vip\n",
                "t.conf:6: check: to=vip is for servers that have the VIP, and with `forward = "
                "nat` they have not: leave it out, or use `forward = dr` or `tun`"},
        mistake{std::string(some_port)
                    + "[service web]\nlisten = [2001:db8::100]:80\nforward = tun\n"
                      "server = 192.0.2.11\ncheck = tcp to=vip\n",
                "t.conf:7: check: to=vip needs servers of the VIP's family, and 192.0.2.11 is not "
                "IPv6: leave it out, or give an IPv6 address"},
        mistake{std::string(some_port)
                    + "address = 192.0.2.2/24\naddress = 192.0.2.100/24\n[service web]\n"
                      "listen = 192.0.2.100:80\nserver = 192.0.2.11\ncheck = tcp to=vip\n"
                      "check = tcp to=vip from=192.0.2.2\n",
                "t.conf:8: check: to=vip: 192.0.2.100 is also an address of [port wan], so servers "
                "would answer to themselves: give from= another address of the director"},
        of_service("check = tcp interval=1s timeout=2s",
                   "check: timeout=2000ms is longer than interval=1000ms: give at most "
                   "timeout=1000ms, or a longer interval"),
        of_service("check = tcp interval=5ms",
                   "check: interval: `5ms` is not a time from 10ms to 86400s, as 500ms, 2s or 1m"),
        of_service("check = http body=\"all is well",
                   "check: a \" is not closed: write it again at the end of the word"),
        of_service("check = http regex=(",
                   "check: regex: `(` is not a POSIX extended regular expression: Unmatched ( or "
                   "\\("),
        of_service("check = http regex=(a)\\1",
                   "check: regex: `(a)\\1` refers back to a part of the match, which may take for "
                   "ever: spell it out"),
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
        of_service("check = icmp port=7", "check: `port` is not a parameter of icmp checks; valid: "
                                          "interval, timeout, fall, rise, first-state, from"),
        of_service("check = agent", "check: an agent check needs the agent's port: give port=N"),
        of_service("check = script", "check: a script check needs run=\"/PATH ARGUMENTS\""),
        of_service("check = script run=true",
                   "check: run: `true` does not begin with a program's absolute path, as "
                   "\"/usr/local/bin/check-web --fast\""),
        of_service("check = script run=/nonesuch",
                   "check: run: `/nonesuch`: No such file or directory"),
        of_service("check = script run=/etc/passwd",
                   "check: run: `/etc/passwd` is not an executable file: chmod +x it"),
        of_service("on-down = drop", "on-down: `drop` is not valid; valid: keep, expire"),
        of_service("hold-down = 10s max=5s",
                   "hold-down: max=5000ms is below the first hold of 10000ms: give at least that"),
        of_service(
            "slow-start = 30s",
            "slow-start is for servers that recover, and [service web] has no `check =` that "
            "would tell"),
        of_service("timeout = upd=3", "timeout: `upd` is not a timeout; did you mean `udp`?")));

INSTANTIATE_TEST_SUITE_P(
    of_servers, config_mistake,
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
        of_service("server = 2001:db8::11", "server 2001:db8::11 is not IPv4 as [service web] is: "
                                            "give an IPv4 address, or use `forward = tun`"),
        of_service("server = 192.0.2.11:8080",
                   "`forward = dr` cannot change the port to 8080: leave `:8080` out, or use "
                   "`forward = nat`")));

TEST(config_servers, stand_in_a_service_once) {
    const auto in_nat = [](const std::string& lines) {
        return problems_of(std::string(some_port)
                           + "[service web]\nforward = nat\nlisten = 192.0.2.100:80\n"
                             "listen = 192.0.2.100:443\n"
                           + lines);
    };
    EXPECT_EQ(in_nat("server = 192.0.2.11:1\nserver = 192.0.2.11:2\nserver = 192.0.2.12\n"), "");
    const std::string told = "t.conf:8: server 192.0.2.11:80 is already on line 7: give it once, "
                             "with its whole weight";
    EXPECT_EQ(in_nat("server = 192.0.2.11:80\nserver = 192.0.2.11:80\n"), told);
    EXPECT_EQ(in_nat("server = 192.0.2.11\nserver = 192.0.2.11\n"), told);
    EXPECT_EQ(in_nat("server = 192.0.2.11\nserver = 192.0.2.11:80 weight=2\n"), told);
    EXPECT_EQ(in_nat("server = 192.0.2.11:80\nserver = 192.0.2.11\n"), told);
}

TEST(config_servers, of_nat_are_of_the_services_family) {
    EXPECT_EQ(problems_of(std::string(some_port)
                          + "[service web]\nlisten = [2001:db8::100]:80\nforward = nat\n"
                            "server = 192.0.2.11\n"),
              "t.conf:6: server 192.0.2.11 is not IPv6 as [service web] is: give an IPv6 address, "
              "or use `forward = tun`");
}

TEST(config_servers, of_tun_keep_the_port) {
    EXPECT_EQ(problems_of(std::string(some_port)
                          + "[service web]\nlisten = 192.0.2.100:80\nlisten = 192.0.2.100:443\n"
                            "forward = tun\nserver = 192.0.2.11:80\n"),
              "t.conf:7: `forward = tun` cannot change the port to 80: leave `:80` out, or use "
              "`forward = nat`");
}

TEST(config_servers, are_not_judged_by_a_forward_that_was_not_understood) {
    EXPECT_EQ(problems_of(std::string(some_port)
                          + "[service web]\nlisten = 192.0.2.100:80\nserver = 192.0.2.11:8080\n"
                            "forward = nta\n"),
              "t.conf:6: forward: `nta` is not valid; did you mean `nat`?");
}

TEST(config_servers, of_a_service_are_at_most_65535) {
    std::string text = std::string(some_port) + "[service web]\nlisten = 192.0.2.100:80\n";
    for (unsigned i = 0; i < 65536; ++i)
        text += "server = 10.0." + std::to_string(i / 256) + "." + std::to_string(i % 256) + "\n";
    EXPECT_EQ(problems_of(text), "t.conf:65540: one server too many: at most 65535 in a service");
}

TEST(config_ports, are_at_most_32) {
    std::string text;
    for (int i = 1; i <= 33; ++i)
        text += "[port p" + std::to_string(i) + "]\ndevice = net_ring" + std::to_string(i) + "\n";
    EXPECT_EQ(problems_of(text), "t.conf:65: [port p33] is one too many: at most 32 ports");
}

INSTANTIATE_TEST_SUITE_P(
    of_persistence_and_fallback, config_mistake,
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
                   "expire-quiescent: is about persistence, which this service has not: give "
                   "`persistence = SECONDS`, or leave it out"),
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
