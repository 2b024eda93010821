#include "config/bounds.h"
#include "config/check_values.h"
#include "config/sections.h"
#include "config/values.h"

#include <algorithm>
#include <array>
#include <bit>
#include <iterator>

#include <fmt/format.h>

#include "config/problem.h"

namespace weir::config {

namespace {

constexpr std::uint64_t most_quorum = 1'000'000'000; // servers times weights

void add_listener(service& s, const std::string& value) {
    std::vector<endpoint> found;
    if (const auto parts = words(value); parts.size() > 1)
        throw bad_value(fmt::format("{} is one word too many: each listener has a `listen =` line "
                                    "of its own",
                                    in_quotes(parts[1])));
    const std::size_t slash = value.rfind('/');
    if (slash != std::string::npos) {
        const std::string proto = value.substr(slash + 1);
        if (const std::size_t colon = proto.find_first_not_of("0123456789");
            !proto.empty() && colon != 0 && (colon == std::string::npos || proto[colon] == ':'))
            throw bad_value(fmt::format("{} has a prefix length: a listener is one address, as "
                                        "{}:80",
                                        in_quotes(value), value.substr(0, slash)));
        if (proto != "tcp" && proto != "udp" && proto != "sctp")
            throw bad_value(fmt::format("{} is not a protocol of services; {}", in_quotes(proto),
                                        suggestion(proto, {"tcp", "udp", "sctp"})));
    }
    // ADDRESS:PORTS/PROTOCOL, PORTS a list.
    const std::string place = value.substr(0, slash);
    const std::string behind = slash == std::string::npos ? "" : value.substr(slash);
    const std::size_t colon = place.rfind(':');
    const std::string address = place.substr(0, colon == std::string::npos ? 0 : colon);
    for (std::size_t start = colon + 1, comma = 0; comma != std::string::npos; start = comma + 1) {
        comma = place.find(',', start);
        const std::string ports = place.substr(start, comma - start);
        const auto where = parse_listener(fmt::format("{}:{}{}", address, ports, behind));
        if (!where && ports.find('-') != std::string::npos && !parse_listener("192.0.2.1:" + ports))
            throw bad_value(
                fmt::format("{} is not a range of ports, as 8000-8100", in_quotes(ports)));
        if (!where)
            throw bad_value(
                fmt::format("{} is not ADDRESS:PORT[/tcp|/udp|/sctp], as 192.0.2.100:80/tcp "
                            "or [2001:db8::100]:80/tcp",
                            in_quotes(value)));
        if (!is_host(where->address))
            throw bad_value(
                fmt::format("{} is not an address a host can have: give a unicast address",
                            in_quotes(to_string(where->address))));
        found.push_back(*where);
    }
    const std::size_t key = s.lines["listen"].size();
    s.listen.insert(s.listen.end(), found.begin(), found.end());
    s.listen_keys.resize(s.listen.size(), key);
}

void set_forward(service& s, const std::string& value) {
    auto parts = words(value);
    if (parts.front() == "fullnat") throw bad_value("`fullnat` is not available yet: use `nat`");
    std::vector<std::string> known;
    for (const mode_facts& mode : all_modes)
        if (is_for_services(mode)) known.emplace_back(mode.word);
    const std::string word = known[one_of(parts.front(), known)];
    const mode_facts& mode = *find_mode(&mode_facts::word, word);
    parts.erase(parts.begin());
    forwarding result{.mode = mode.mode};
    read_pairs(parts,
               {{"encap",
                 [&](std::string_view text) {
                     if (!mode.tunnels)
                         throw bad_value(fmt::format("encap= is for tunnels: leave it out, or use "
                                                     "`forward = tun encap={}`",
                                                     text));
                     result.encap = static_cast<encapsulation>(
                         one_of(std::string(text),
                                {encapsulation_words.begin(), encapsulation_words.end()}));
                 }}},
               "property of forward");
    s.forward = result;
}

void set_scheduler(service& s, const std::string& value) {
    auto parts = words(value);
    s.scheduler = parts.front();
    s.scheduler_options.assign(parts.begin() + 1, parts.end());
}

void add_checks(service_draft& s, const std::string& value) {
    auto parts = quoted_words(value);
    const bool none = !parts.empty() && parts.front() == "none";
    if (s.no_checks || (none && !s.checks.empty()))
        throw bad_value("`check = none` stands alone: leave it or the others out");
    std::ranges::move(read_checks(std::move(parts), *s.shared), std::back_inserter(s.checks));
    s.no_checks = none;
}

void set_fallback(service& s, const std::string& value) {
    s.fallback.reset();
    if (value != "none") s.fallback = read_fallback(value);
}

/// The length of a mask such as 255.255.255.0.
std::uint8_t mask_length(std::string_view text) {
    const auto mask = parse_address(text);
    if (mask && mask->is_v4()) {
        const std::uint32_t bits = mask->as_v4().host();
        const int length = std::countl_one(bits);
        if (length > 0 && std::popcount(bits) == length) return static_cast<std::uint8_t>(length);
    }
    throw bad_value(
        fmt::format("{} is not an IPv4 network mask, as 255.255.255.0", in_quotes(text)));
}

void set_persistence(service& s, const std::string& value) {
    s.persistence = {};
    if (value == "none") return;
    auto parts = words(value);
    persistence result;
    result.timeout = seconds(parts.front(), 1, longest_persistence);
    parts.erase(parts.begin());
    read_pairs(parts,
               {{"mask",
                 [&](std::string_view text) {
                     result.prefix = mask_length(text);
                     result.as_mask = true;
                 }},
                {"prefix",
                 [&](std::string_view text) {
                     result.prefix = static_cast<std::uint8_t>(number(text, 1, 128));
                 }}},
               "property of persistence");
    if (parts.size() > 1) throw bad_value("mask= and prefix= say the same: give one of them");
    s.persistence = result;
}

key<service_draft> yes_or_no_key(std::string name, bool service::*field) {
    return {std::move(name),
            [field](service_draft& s, const std::string& value) { s.*field = yes_or_no(value); }};
}

void set_hold_down(service& s, const std::string& value) {
    s.hold_down = {};
    auto parts = words(value);
    s.hold_down.base = milliseconds(parts.front(), 0, longest_interval);
    parts.erase(parts.begin());
    bool max_given = false;
    read_pairs(parts,
               {{"max",
                 [&](std::string_view text) {
                     s.hold_down.max = milliseconds(text, 1, longest_interval);
                     max_given = true;
                 }}},
               "property of hold-down");
    if (!max_given) s.hold_down.max = std::max(s.hold_down.max, s.hold_down.base);
    if (s.hold_down.max < s.hold_down.base)
        throw bad_value(fmt::format("max={}ms is below the first hold of {}ms: give at least that",
                                    s.hold_down.max.count(), s.hold_down.base.count()));
}

void set_share(service& s, const std::string& value) {
    if (!value.ends_with('%'))
        throw bad_value(fmt::format("{} is not a part of the table, as 50%", in_quotes(value)));
    s.share = static_cast<unsigned>(number(value.substr(0, value.size() - 1), 1, whole_table));
}

void set_min_up(service& s, const std::string& value) {
    s.min_up = {};
    if (value.ends_with('%'))
        s.min_up.percent = static_cast<unsigned>(number(value.substr(0, value.size() - 1), 0, 100));
    else
        s.min_up.servers = static_cast<unsigned>(number(value, 0, most_servers));
}

} // namespace

const std::vector<key<service_draft>>& service_keys() {
    static const std::vector<key<service_draft>> keys{
        {"listen", add_listener, true, "listen = ADDRESS:PORT/tcp"},
        {"forward", set_forward},
        {"scheduler", set_scheduler},
        {"server",
         [](service_draft& s, const std::string& value) {
             s.servers.push_back(read_server(value, *s.shared));
         },
         true},
        {"servers", use_pool, true},
        {"fallback", set_fallback},
        {"persistence", set_persistence},
        yes_or_no_key("one-packet", &service::one_packet),
        {"share", set_share},
        yes_or_no_key("expire-quiescent", &service::expire_quiescent),
        yes_or_no_key("expire-nodest", &service::expire_nodest),
        yes_or_no_key("conn-reuse", &service::conn_reuse),
        {"timeout", [](service& s, const std::string& value) { set_timeouts(s.timeout, value); }},
        {"check", add_checks, true},
        {"on-down",
         [](service_draft& s, const std::string& value) {
             s.on_down = static_cast<down_rule>(one_of(value, {"keep", "expire", "expire-udp"}));
         }},
        {"slow-start",
         [](service& s, const std::string& value) {
             s.slow_start = milliseconds(value, 0, 3'600'000);
         }},
        {"hold-down", set_hold_down},
        {"min-up", set_min_up},
        {"quorum",
         [](service_draft& s, const std::string& value) {
             s.quorum.weight = static_cast<unsigned>(number(value, 1, most_quorum));
         }},
        {"hysteresis",
         [](service_draft& s, const std::string& value) {
             s.quorum.hysteresis = static_cast<unsigned>(number(value, 0, most_quorum));
         }},
        {"on-quorum",
         [](service_draft& s, const std::string& value) { s.on_quorum = program(value); }},
        {"announce",
         [](service& s, const std::string& value) {
             s.announce_route = one_of(value, {"link", "route"}) == 1;
         }},
    };
    return keys;
}

const std::vector<key<service_draft>>& defaults_keys() {
    static const std::vector<key<service_draft>> keys = [] {
        constexpr std::array<std::string_view, 3> of_one_service{"listen", "server", "servers"};
        std::vector<key<service_draft>> some;
        std::ranges::copy_if(service_keys(), std::back_inserter(some), [&](const auto& k) {
            return std::ranges::find(of_one_service, k.name) == of_one_service.end();
        });
        return some;
    }();
    return keys;
}

} // namespace weir::config
