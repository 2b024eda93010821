// Any bytes as a configuration: it is read or refused, never half; every problem has a line of the
// text and one line of message; what was read does not differ from itself.

#include "config/difference.h"
#include "config/load.h"
#include "target.h"

#include <algorithm>
#include <fstream>

namespace weir::fuzz {

std::vector<std::string> seeds() {
    std::vector<std::string> all;
    for (const char* name :
         {"dr.conf", "tun.conf", "nat.conf", "standby.conf", "mutual.conf", "nway.conf"}) {
        std::ifstream file(std::string(WEIR_SAMPLES "/") + name);
        std::string text;
        for (std::string line; std::getline(file, line);)
            if (!line.empty() && line[0] != '#') text += line.substr(0, line.find('#')) + "\n";
        require(!text.empty(), "a sample configuration is missing");
        all.push_back(text);
    }
    all.emplace_back("[director]\nworkers=1-3,8\ntimeout = tcp-established=15m udp=30s\n"
                     "[port p]\ndevice = net_tap0,iface=t\nvlan = 7\nneighbour = 2001:db8::1 "
                     "02:00:00:00:00:01\n[service s]\nlisten = [2001:db8::100]:53/udp\n"
                     "server = [2001:db8:1::11]:5353 weight=3 upper=10 lower=5\n"
                     "[service a]\nlisten = 192.0.2.100:36412,38412/sctp\nforward = nat\n"
                     "timeout = sctp-established=1h sctp-init1=3s\ncheck = icmp\n"
                     "server = 198.51.100.11\n");
    return all;
}

} // namespace weir::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace weir;
    using weir::fuzz::require;
    const std::string text(reinterpret_cast<const char*>(data), size);
    const config::load_result result = config::load_text("t.conf", text, {});
    require(result.configuration.has_value() == result.problems.empty(),
            "a configuration, or problems");
    const auto lines = static_cast<std::size_t>(std::ranges::count(text, '\n')) + 1;
    std::size_t before = 0;
    for (const config::problem& p : result.problems) {
        const std::string message = to_string(p);
        require(message.find('\n') == std::string::npos, "one problem is one line");
        const std::size_t line = p.where.line;
        require(line <= lines && line >= before, "problems are in the order of lines");
        before = line;
    }
    if (result)
        require(config::needs_restart(*result.configuration, *result.configuration).empty(),
                "a configuration is what it is");
    return 0;
}
