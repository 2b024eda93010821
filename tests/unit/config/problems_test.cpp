// Mistakes in the file, the director and its ports.

#include "unit/config/mistakes.h"

namespace weir::config {
namespace {

class config_mistake : public mistakes {};

TEST_P(config_mistake, is_told_once_with_its_line) {
    is_told_once_with_its_line();
}

mistake of_director(const std::string& line, const std::string& problem) {
    return {some_port + ("[director]\n" + line), "t.conf:4: " + problem};
}
mistake of_port(const std::string& line, const std::string& problem) {
    return {some_port + line, "t.conf:3: " + problem};
}
INSTANTIATE_TEST_SUITE_P(
    of_the_file, config_mistake,
    testing::Values(
        mistake{"", "t.conf:1: no port: a director needs at least one `[port NAME]`"},
        mistake{"\n[director]\n", "t.conf:2: no port: a director needs at least one `[port NAME]`"},
        mistake{"memory = 64\n" + std::string(some_port),
                "t.conf:1: this stands before any section: begin with `[director]`"},
        mistake{"; weir\n" + std::string(some_port) + "; twin = weir-eth1\n",
                "t.conf:1: comments begin with `#`, not with `;`: write `#` on this line and all "
                "like it"},
        mistake{"one = 1\ntwo = 2\n" + std::string(some_port),
                "t.conf:1: this stands before any section: begin with `[director]`"},
        mistake{"! a comment\nglobal_defs {\n  router_id lb1\n}\nvrrp_instance web {\n}\n",
                "t.conf:2: this looks like keepalived.conf: translate it with `weirctl import "
                "keepalived FILE`"},
        mistake{"-A -t 192.0.2.100:80 -s rr\n-a -t 192.0.2.100:80 -r 192.0.2.11:80 -g\n",
                "t.conf:1: this looks like the output of ipvsadm-save: translate it with `weirctl "
                "import ipvsadm FILE`"},
        mistake{"frontend web\n  bind :80\nbackend web\n",
                "t.conf:1: this looks like haproxy.cfg, which weir does not read: begin with "
                "`[director]`"},
        mistake{"\xff\xfe[\n", "t.conf:1: this is UTF-16: save it as plain text or UTF-8"},
        mistake{"[prot wan]\ndevice = xdp:eth1\nnonsense\n",
                "t.conf:1: there is no section `prot`; did you mean `port`?"},
        mistake{"[bond edge]\nport = wan\n" + std::string(some_port),
                "t.conf:1: there is no section `bond`; valid: director, port, service, defaults, "
                "pool, check, vrrp, peer"},
        mistake{"[]\n", "t.conf:1: there is no section ``; valid: director, port, service, "
                        "defaults, pool, check, vrrp, peer"},
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
        of_director(
            "= 7",
            "`` is not a key of [director]; valid: name, control, workers, idle, "
            "memory, connections, keep-connections, run-dir, state-dir, key, log, drain-timeout, "
            "worker-deadline, watchdog, min-path-mtu, route-table, script-user, "
            "scripts, metrics, "
            "plugin, notify, timeout"),
        of_director("Memory = 64", "`Memory` is not a key of [director]; did you mean `memory`?"),
        of_director("memory =", "`memory` has no value: write `memory = VALUE`"),
        of_director("memory = # 64", "`memory` has no value: write `memory = VALUE`"),
        of_director("\x1b[31m = 64",
                    "`?[31m` is not a key of [director]; valid: name, control, "
                    "workers, idle, memory, connections, keep-connections, run-dir, "
                    "state-dir, key, log, drain-timeout, worker-deadline, watchdog, min-path-mtu, "
                    "route-table, "
                    "script-user, scripts, metrics, plugin, notify, timeout"),
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
        of_director(
            "script-user = no-such-user",
            "script-user: this machine has no user `no-such-user`: make one, as by `adduser "
            "--system no-such-user`, or leave it out"),
        of_director("min-path-mtu = 67",
                    "min-path-mtu: `67` is not a whole number from 68 to 1500"),
        of_director("min-path-mtu = 1501",
                    "min-path-mtu: `1501` is not a whole number from 68 to 1500"),
        of_director("metrics = 9113", "metrics: `9113` is not ADDRESS:PORT, as 192.0.2.2:9113 or "
                                      "[2001:db8::2]:9113"),
        mistake{"[director]\nmetrics = 192.0.2.100:9113\n" + std::string(some_port)
                    + "[service web]\nlisten = 192.0.2.100:80\nserver = 192.0.2.11\n",
                "t.conf:2: metrics: 192.0.2.100 is the address [service web] listens on, which "
                "Linux does not have: give one of the director's own"},
        of_director("metrics = 192.0.2.2:9113/udp",
                    "metrics: `192.0.2.2:9113/udp` is not ADDRESS:PORT, as 192.0.2.2:9113 or "
                    "[2001:db8::2]:9113"),
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
        of_director("state-dir = state",
                    "state-dir: `state` is not an absolute path, as /var/lib/weir"),
        of_director("key = key", "key: `key` is not an absolute path, as /etc/weir/key"),
        of_director("log = inform", "log: `inform` is not valid; did you mean `info`?"),
        of_director("drain-timeout = 8d", "drain-timeout: `8d` is not a time from 0s to 604800s in "
                                          "whole seconds, as 90s, 15m or 1h"),
        of_director("drain-timeout = 10m tcp=1", "drain-timeout: `tcp` is not a property of "
                                                 "drain-timeout; valid: udp"),
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
                "xdp:eth1, packet:eth1, bond:lacp,0000:03:00.0,0000:03:00.1, or a DPDK vdev as "
                "net_tap0,iface=tap0"},
        mistake{"[port wan]\ndevice = 0000:03:00.8\n",
                "t.conf:2: device: `0000:03:00.8` is not a device; valid: a PCI address as "
                "0000:03:00.0, xdp:eth1, packet:eth1, bond:lacp,0000:03:00.0,0000:03:00.1, or a "
                "DPDK vdev as net_tap0,iface=tap0"},
        mistake{"[port wan]\ndevice = bond:lapc,0000:03:00.0,0000:03:00.1\n",
                "t.conf:2: device: `lapc` is not a way to bond; did you mean `lacp`?"},
        mistake{"[port wan]\ndevice = bond:balance-rr,0000:03:00.0,0000:03:00.1\n",
                "t.conf:2: device: `balance-rr` is not a way to bond; valid: active-backup, lacp"},
        mistake{"[port wan]\ndevice = bond:lacp,03:00.0\n",
                "t.conf:2: device: a bond has 2 to 8 members, as "
                "bond:lacp,0000:03:00.0,0000:03:00.1; this one has 1"},
        mistake{"[port wan]\ndevice = bond:lacp,03:00.0,0000:03:00.0\n",
                "t.conf:2: device: `0000:03:00.0` is given twice: give each member once"},
        mistake{"[port wan]\ndevice = bond:lacp,03:00.0,eth1\n",
                "t.conf:2: device: `eth1` cannot be bonded; members are cards by PCI address, as "
                "0000:03:00.0. Bond interfaces in Linux, and take that bond as packet:bond0"},
        mistake{"[port wan]\ndevice = net_bonding0,mode=1\n",
                "t.conf:2: device: `net_bonding0,mode=1` is not a device; give the members, as "
                "bond:lacp,0000:03:00.0,0000:03:00.1"},
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
        of_port("address = 192.0.2.0/24",
                "address: 192.0.2.0/24 is the network's own address: give one of a host"),
        of_port("address = 192.0.2.255/24",
                "address: 192.0.2.255/24 is the network's broadcast address: give one of a host"),
        of_port("address = 2001:db8::/64",
                "address: 2001:db8::/64 is the anycast address of its routers: give one of a host"),
        mistake{std::string(some_port)
                    + "address = 192.0.2.2/24\n[port lan]\ndevice = xdp:eth2\n"
                      "address = 192.0.2.2/25\n",
                "t.conf:6: address: 192.0.2.2 is already on [port wan]: give each address to one "
                "port, once"},
        of_port("twin = eth1", "twin: `eth1` is the interface that [port wan] takes its packets "
                               "from: the twin is a new one, as weir-wan"),
        mistake{"[port wan]\ndevice = net_af_packet0,iface=eth1\ntwin = eth1\n",
                "t.conf:3: twin: `eth1` is the interface that [port wan] takes its packets from: "
                "the twin is a new one, as weir-wan"},
        of_port("interface = eth2", "`interface` is not a key of [port]; weir's word is `device`: "
                                    "`device = packet:eth1`"),
        of_port("vlan = 0", "vlan: `0` is not a whole number from 1 to 4094"),
        of_port("vlan = 4095", "vlan: `4095` is not a whole number from 1 to 4094"),
        of_port("mtu = 575", "mtu: `575` is not a whole number from 576 to 9000"),
        of_port("mtu = 9001", "mtu: `9001` is not a whole number from 576 to 9000"),
        of_port("queues = 0", "queues: `0` is not a whole number from 1 to 256"),
        of_port("descriptors = 63", "descriptors: `63` is not a whole number from 64 to 32768"),
        of_port("source-check = yes",
                "source-check: `yes` is not valid; valid: off, loose, strict"),
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
        mistake{"[port wan]\ndevice = bond:lacp,03:00.0,03:00.1\n"
                "[port lan]\ndevice = 0000:03:00.1\nvlan = 7\n",
                "t.conf:4: `0000:03:00.1` is already a part of "
                "`bond:lacp,0000:03:00.0,0000:03:00.1` in [port wan] on line 1: give both ports "
                "the same device and different `vlan =`"},
        mistake{std::string(some_port) + "[port lan]\ndevice = packet:eth1\nvlan = 7\n",
                "t.conf:4: `eth1` is already a part of `xdp:eth1` in [port wan] on line 1: give "
                "both ports the same device and different `vlan =`"},
        // A VLAN that was not understood is one mistake, not two.
        mistake{std::string(some_port) + "[port lan]\ndevice = xdp:eth1\nvlan = x\n",
                "t.conf:5: vlan: `x` is not a whole number from 1 to 4094"},
        mistake{std::string(some_port) + "twin = t0\n[port lan]\ndevice = xdp:eth2\ntwin = t0\n",
                "t.conf:6: `t0` is already the twin of [port wan] on line 1: give each port its "
                "own"}));

TEST(config_line, has_all_its_mistakes_told) {
    EXPECT_EQ(problems_of(std::string(some_port)
                          + "[service web]\nlisten = 192.0.2.100:80\n"
                            "server = 192.0.2.11 wieght=3 upper=x lower\n"
                            "check = http path=x intervall=2s fall=3 fall=0\n"),
              "t.conf:5: server: `wieght` is not a property of a server; did you mean `weight`?\n"
              "t.conf:5: server: upper: `x` is not a whole number from 0 to 1073741824\n"
              "t.conf:5: server: `lower` has no value: write `lower=VALUE`\n"
              "t.conf:6: check: path: `x` does not begin with `/`: write /x\n"
              "t.conf:6: check: `intervall` is not a parameter of http checks; did you mean "
              "`interval`?\n"
              "t.conf:6: check: `fall` is given twice: give it once");
}

TEST(config_ports, are_at_most_32) {
    std::string text;
    for (int i = 1; i <= 33; ++i)
        text += "[port p" + std::to_string(i) + "]\ndevice = net_ring" + std::to_string(i) + "\n";
    EXPECT_EQ(problems_of(text), "t.conf:65: [port p33] is one too many: at most 32 ports");
}

} // namespace
} // namespace weir::config
