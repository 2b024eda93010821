#include "import/keepalived.h"

#include <algorithm>
#include <charconv>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "config/bounds.h"
#include "config/problem.h"
#include "config/values.h"
#include "import/keepalived_parts.h"
#include "import/words.h"

namespace weir::importer {

namespace {

using config::in_quotes;

constexpr std::uint64_t most_in_range = 1024; // addresses

constexpr const char* no_tracking =
    "weir does not watch that: use a track-script with a program that does";
constexpr const char* linux_does = "Linux does that: set it there";
constexpr const char* own_process = "concerns keepalived's own process";
/// Top-level keywords other than virtual servers.
constexpr foreign_keyword other_keywords[] = {
    {"vrrp_track_process", verdict::decision, no_tracking},
    {"track_file", verdict::decision, no_tracking},
    {"vrrp_track_file", verdict::decision, no_tracking},
    {"garp_group", verdict::ignored, "weir paces its announcements itself"},
    {"bfd_instance", verdict::decision, "weir does not speak BFD: a routing daemon does"},
    {"static_ipaddress", verdict::decision, linux_does},
    {"static_routes", verdict::decision, linux_does},
    {"static_rules", verdict::decision, linux_does},
    {"interface_up_down_delays", verdict::ignored, own_process},
    {"linkbeat_interfaces", verdict::ignored, own_process},
    {"linkbeat_use_polling", verdict::ignored, own_process},
    {"net_namespace", verdict::decision, "start weir in that network namespace"},
    {"net_namespace_ipvs", verdict::decision, "start weir in that network namespace"},
    {"instance", verdict::ignored, own_process},
    {"use_pid_dir", verdict::ignored, own_process},
    {"child_wait_time", verdict::ignored, own_process},
    {"SSL", verdict::decision, "weir's checks show no certificate"},
};

std::string all_words(const statement& s) {
    return fmt::format("{}", fmt::join(s.words, " "));
}

class file_importer {
public:
    file_importer(const keepalived_options& options, findings& notes)
        : options_(options), notes_(notes) {
        draft_.interfaces = options.interfaces;
    }

    draft run(const std::vector<statement>& all) {
        for (const statement& s : all) // groups may follow their use
            if (s.keyword() == "virtual_server_group") add_group(s);
        vrrp_version_ = default_vrrp_version(all);
        scripts_ = read_vrrp_scripts(all, notes_);
        for (const statement& s : all)
            take(s);
        join_sync_groups(all, scripts_, draft_.vrrps, notes_);
        for (const misplaced& m : misplaced_blocks(all))
            leave(m.where, verdict::decision, m.what);
        find_interfaces();
        keep_known_ports(draft_, notes_);
        fit(draft_, notes_);
        return std::move(draft_);
    }

private:
    void take(const statement& s) {
        const std::string& word = s.keyword();
        if (word == "virtual_server")
            draft_.services.push_back(read_virtual_server(s, groups_, notes_));
        else if (word == "global_defs")
            global(s);
        else if (word == "vrrp_instance")
            vrrp_instance(s);
        else if (word == "vrrp_sync_group" || word == "vrrp_script")
            return;                       // read as a whole
        else if (!is_service_block(word)) // groups are read, misplaced servers reported elsewhere
            other(s);
    }

    void other(const statement& s) {
        const foreign_keyword* const known = find_keyword(other_keywords, s.keyword());
        if (known == nullptr)
            return leave(s.where, verdict::decision,
                         fmt::format("{} is unknown to this importer{}", in_quotes(all_words(s)),
                                     s.block ? "; its whole block is passed over" : ""));
        leave(s.where, known->what, fmt::format("{}: {}", all_words(s), known->why));
    }
    /// Writes to the report, and a comment to the file.
    void leave(const place& where, verdict what, const std::string& text) {
        what == verdict::ignored ? notes_.ignored(where, text) : notes_.decision(where, text);
        draft_.comments.push_back(fmt::format("{}:{}: {}", where.file, where.line, text));
    }

    void global(const statement& block) {
        for (const statement& s : block.inner) {
            const std::string& word = s.keyword();
            if (word == "lvs_timeouts")
                lvs_timeouts(s);
            else if (word == "lvs_sync_daemon")
                leave(s.where, verdict::decision,
                      all_words(s)
                          + ": write a [peer NAME] for the other director, with `address`, "
                            "`source` and `key`; both keep each other in step, without a syncid");
            else if (word == "vrrp_version")
                notes_.imported(s.where, "vrrp_version as `version` of each [vrrp]");
            else if (word.find_first_of("~$") == 0)
                other(s);
            else if (!is_service_block(word))
                notes_.ignored(s.where, fmt::format("global_defs: {} {}", word, own_process));
        }
    }
    /// `lvs_timeouts tcp N tcpfin N udp N`; each pair is optional.
    void lvs_timeouts(const statement& s) {
        constexpr std::uint64_t most = config::longest_timeout;
        for (std::size_t i = 1; i < s.words.size(); i += 2) {
            const std::string key = s.words[i] == "tcp"      ? "tcp-established"
                                    : s.words[i] == "tcpfin" ? "tcp-fin-wait"
                                    : s.words[i] == "udp"    ? "udp"
                                                             : "";
            const auto seconds = whole_number(s.value(i));
            const bool again =
                std::any_of(draft_.timeouts.begin(), draft_.timeouts.end(),
                            [&](const std::string& t) { return t.starts_with(key + '='); });
            if (key.empty() || again || !seconds || *seconds < 1 || *seconds > most) {
                leave(
                    s.where, verdict::decision,
                    fmt::format("lvs_timeouts: {} {} is not taken over: weir takes tcp, tcpfin and "
                                "udp once each, 1 to {} s",
                                in_quotes(s.words[i]), in_quotes(s.value(i)), most));
                continue;
            }
            draft_.timeouts.push_back(fmt::format("{}={}", key, *seconds));
            notes_.imported(s.where, fmt::format("lvs_timeouts {} as timeout {}", s.words[i],
                                                 draft_.timeouts.back()));
        }
    }

    void vrrp_instance(const statement& block) {
        draft_.vrrps.push_back(read_vrrp_instance(block, vrrp_version_, scripts_, notes_));
        const std::string& interface = draft_.vrrps.back().interface;
        if (config::is_interface_name(interface)) found_.insert(interface);
    }

    void find_interfaces() {
        if (!draft_.interfaces.empty()) return;
        draft_.interfaces_found = true;
        draft_.interfaces.assign(found_.begin(), found_.end());
        if (draft_.interfaces.empty()) draft_.interfaces.emplace_back("eth0");
        draft_.interfaces.resize(std::min(draft_.interfaces.size(), config::most_ports));
        notes_.decision({"ports", 0},
                        fmt::format("{} taken for where packets come from ({}): give --interface "
                                    "for each, or write the [port] sections",
                                    fmt::join(draft_.interfaces, ", "),
                                    found_.empty() ? "keepalived.conf does not say"
                                                   : "the interfaces of VRRP instances"));
    }

    void add_group(const statement& block) {
        const auto [at, fresh] = groups_.try_emplace(block.value());
        if (!fresh) {
            leave(block.where, verdict::decision,
                  fmt::format("{}: there is a group of this name above; this one is left out",
                              all_words(block)));
            return;
        }
        for (const statement& s : block.inner)
            if (!is_service_block(s.keyword())) add_member(at->second, s);
    }
    void add_member(server_group& group, const statement& s) {
        const auto hinder = [&](const std::string& why) {
            notes_.decision(s.where, why);
            group.obstacles.push_back(why);
        };
        if (s.keyword() == "fwmark")
            return hinder(fmt::format("{}: weir knows no firewall marks: give a `listen` for what "
                                      "the firewall marks",
                                      all_words(s)));
        const auto port = port_number(s.value());
        if (s.block || !port)
            return hinder(fmt::format("{} is not an address and a port", in_quotes(all_words(s))));
        if (!add_range(group, s, *port))
            hinder(fmt::format("{} is not an address, or a range of at most {} addresses",
                               in_quotes(s.keyword()), most_in_range));
    }

    /// `A`, `A-N` (last byte of IPv4, last 16 bits of IPv6 in hex), `A-B`.
    static bool add_range(server_group& group, const statement& s, std::uint16_t port) {
        const std::string& text = s.keyword();
        const std::size_t dash = text.find('-');
        const auto first = parse_address(text.substr(0, dash));
        if (!first) return false;
        auto last = first;
        if (dash != std::string::npos) last = end_of_range(*first, text.substr(dash + 1));
        if (!last || last->is_v4() != first->is_v4() || *last < *first) return false;
        const std::uint64_t from = __builtin_bswap64(first->low);
        const std::uint64_t to = __builtin_bswap64(last->low);
        if (first->high != last->high || to - from >= most_in_range) return false;
        for (std::uint64_t i = from; i <= to; ++i) {
            ip_address address = *first;
            address.low = __builtin_bswap64(i);
            group.members.push_back({s.where, address, port});
        }
        return true;
    }
    static std::optional<ip_address> end_of_range(const ip_address& first,
                                                  const std::string& text) {
        if (text.find_first_of(".:") != std::string::npos) return parse_address(text);
        unsigned last = 0;
        const int base = first.is_v4() ? 10 : 16;
        const unsigned most = first.is_v4() ? 0xff : 0xffff;
        const auto [end, error] =
            std::from_chars(text.data(), text.data() + text.size(), last, base);
        if (error != std::errc{} || end != text.data() + text.size() || last > most)
            return std::nullopt;
        ip_address address = first;
        address.low =
            __builtin_bswap64((__builtin_bswap64(first.low) & ~std::uint64_t{most}) | last);
        return address;
    }

    const keepalived_options& options_;
    findings& notes_;
    draft draft_;
    server_groups groups_;
    unsigned vrrp_version_ = 2;
    vrrp_scripts scripts_;
    std::set<std::string> found_; ///< the interfaces of VRRP instances
};

} // namespace

std::optional<std::uint16_t> port_number(const std::string& text) {
    if (text.empty()) return 0;
    const auto value = whole_number(text);
    if (!value || *value > 65535) return std::nullopt;
    return static_cast<std::uint16_t>(*value);
}

draft import_keepalived(const std::string& name, const std::string& text,
                        const keepalived_options& options, const file_access& files,
                        findings& notes) {
    const auto blocks =
        keepalived_blocks(keepalived_lines(name, text, options.id, files, notes), notes);
    return file_importer(options, notes).run(blocks);
}

} // namespace weir::importer
