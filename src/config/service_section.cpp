#include "config/sections.h"
#include "config/values.h"

#include <fmt/format.h>

#include "config/problem.h"

namespace weir::config {

namespace {

constexpr std::uint64_t most_connections = 1u << 30;

void add_listener(service& s, const entry& e) {
    const auto where = parse_endpoint(e.value);
    if (!where || where->port == 0)
        throw bad_value(fmt::format(
            "`{}` is not ADDRESS:PORT[/tcp|/udp], as 192.0.2.100:80/tcp or [2001:db8::100]:80/tcp",
            e.value));
    if (where->proto != protocol::tcp && where->proto != protocol::udp)
        throw bad_value(fmt::format("`{}`: services are tcp or udp", e.value));
    s.listen.push_back(*where);
}

void set_forward(service& s, const entry& e) {
    const std::string word = one_of(e.value, {"dr", "tun", "nat", "fullnat"});
    if (word == "fullnat") throw bad_value("`fullnat` is not available yet; use `nat`");
    s.forward = word == "dr" ? forwarding::dr : word == "tun" ? forwarding::tun : forwarding::nat;
}

void set_scheduler(service& s, const entry& e) {
    auto parts = words(e.value);
    s.scheduler = parts.front();
    s.scheduler_options.assign(parts.begin() + 1, parts.end());
}

void set_server_address(server& s, const std::string& text) {
    if (const auto bare = parse_address(text)) {
        s.address = *bare;
        return;
    }
    const auto with_port = parse_endpoint(text);
    if (!with_port || with_port->port == 0 || text.find('/') != std::string::npos)
        throw bad_value(fmt::format(
            "`{}` is not ADDRESS[:PORT], as 192.0.2.11, 192.0.2.11:8080 or [2001:db8::11]:8080",
            text));
    s.address = with_port->address;
    s.port = with_port->port;
}

void add_server(service& s, const entry& e) {
    const auto parts = words(e.value);
    server result;
    result.where = e.where;
    set_server_address(result, parts.front());
    for (std::size_t i = 1; i < parts.size(); ++i) {
        const auto [name, value] = split_pair(parts[i]);
        if (name == "weight")
            result.weight = static_cast<std::int32_t>(number(value, 0, 65535));
        else if (name == "upper")
            result.upper = static_cast<std::uint32_t>(number(value, 0, most_connections));
        else if (name == "lower")
            result.lower = static_cast<std::uint32_t>(number(value, 0, most_connections));
        else
            throw bad_value(fmt::format("`{}` is not a property of a server; {}", name,
                                        suggestion(name, {"weight", "upper", "lower"})));
    }
    if (result.lower > result.upper)
        throw bad_value(fmt::format("lower={} is above upper={}", result.lower, result.upper));
    s.servers.push_back(result);
}

} // namespace

void set_timeouts(timeouts& t, const std::string& value) {
    struct named {
        const char* name;
        std::chrono::seconds timeouts::*field;
    };
    static const std::vector<named> fields{{"tcp-established", &timeouts::tcp_established},
                                           {"tcp-syn-sent", &timeouts::tcp_syn_sent},
                                           {"tcp-syn-recv", &timeouts::tcp_syn_recv},
                                           {"tcp-fin-wait", &timeouts::tcp_fin_wait},
                                           {"tcp-time-wait", &timeouts::tcp_time_wait},
                                           {"tcp-close", &timeouts::tcp_close},
                                           {"tcp-close-wait", &timeouts::tcp_close_wait},
                                           {"tcp-last-ack", &timeouts::tcp_last_ack},
                                           {"udp", &timeouts::udp}};
    for (const std::string& word : words(value)) {
        const auto [name, text] = split_pair(word);
        const named* found = nullptr;
        std::vector<std::string> names;
        for (const named& f : fields) {
            names.emplace_back(f.name);
            if (name == f.name) found = &f;
        }
        if (found == nullptr)
            throw bad_value(
                fmt::format("`{}` is not a timeout; {}", name, suggestion(name, names)));
        t.*(found->field) = seconds(text, 1, 65535);
    }
}

const std::vector<key<service>>& service_keys() {
    static const std::vector<key<service>> keys{
        {"listen", true, add_listener},
        {"forward", false, set_forward},
        {"scheduler", false, set_scheduler},
        {"server", true, add_server},
        {"timeout", true, [](service& s, const entry& e) { set_timeouts(s.timeout, e.value); }},
    };
    return keys;
}

} // namespace weir::config
