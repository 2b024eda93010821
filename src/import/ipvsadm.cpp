#include "import/ipvsadm.h"

#include <algorithm>
#include <unordered_map>

#include <fmt/format.h>

#include "config/problem.h"
#include "config/values.h"
#include "import/ipvsadm_options.h"
#include "import/words.h"

namespace weir::importer {

namespace {

using config::in_quotes;

/// `ADDRESS[:PORT]`; port 0 if there is none.
endpoint address_and_port(std::string text, protocol proto) {
    if (const auto bare = parse_address(text)) return {*bare, 0, proto};
    if (text.starts_with('[') && text.ends_with(']'))
        if (const auto bare = parse_address(text.substr(1, text.size() - 2)))
            return {*bare, 0, proto};
    const auto where =
        text.find('/') == std::string::npos ? parse_endpoint(text) : std::optional<endpoint>{};
    if (!where)
        throw config::bad_value(fmt::format("{} is not an address and a port in numbers: save with "
                                            "`ipvsadm -Sn`",
                                            in_quotes(text)));
    return {where->address, where->port, proto};
}

class dump_importer {
public:
    dump_importer(const std::string& file, findings& notes) : file_(file), notes_(notes) {}

    draft run(const std::string& text, const std::vector<std::string>& interfaces) {
        for (std::size_t begin = 0; begin < text.size();) {
            const std::size_t end = std::min(text.find('\n', begin), text.size());
            ++line_;
            take(std::string_view(text).substr(begin, end - begin));
            begin = end + 1;
        }
        remind();
        draft_.interfaces = interfaces;
        if (interfaces.empty()) {
            draft_.interfaces = {"eth0"};
            draft_.interfaces_found = true;
            notes_.decision({"ports", 0}, "eth0 taken for where packets come from (a dump does not "
                                          "say): give --interface for each, or write the [port] "
                                          "sections");
        }
        fit(draft_, notes_);
        return std::move(draft_);
    }

private:
    place here() const { return {file_, line_}; }

    void take(std::string_view line) {
        auto words = config::words(line);
        if (words.empty() || words.front().starts_with('#')) return;
        without_command(words);
        try {
            const line_options given = read_options(words);
            if (given.contains("-A"))
                add_service(given);
            else if (given.contains("-a"))
                add_server(given);
            else if (!given.contains("-C"))
                throw config::bad_value("a line of a dump begins with -A or -a");
        } catch (const config::bad_value& wrong) {
            const std::string what = fmt::format("{}: {}", in_quotes(line), wrong.what());
            notes_.decision(here(), what);
            draft_.comments.push_back(fmt::format("{}:{}: {}", file_, line_, what));
        }
    }

    /// Scripts have the command in front: `ipvsadm`, `/sbin/ipvsadm`, `sudo ipvsadm`.
    static void without_command(std::vector<std::string>& words) {
        const std::size_t first = words.front() == "sudo" && words.size() > 1 ? 1 : 0;
        if (words[first] == "ipvsadm" || words[first].ends_with("/ipvsadm"))
            words.erase(words.begin(), words.begin() + static_cast<std::ptrdiff_t>(first) + 1);
    }

    /// Identifies a service: "-t 192.0.2.100:80".
    static std::string key_of(const line_options& given) {
        std::string key;
        for (const char* option : {"-t", "-u", "--sctp-service", "-f"}) {
            const auto found = given.find(option);
            if (found == given.end()) continue;
            if (!key.empty()) throw config::bad_value("which service? there are two in this line");
            key = fmt::format("{} {}", option, found->second);
        }
        if (key.empty()) throw config::bad_value("which service? there is no -t, -u or -f");
        return key + (given.contains("-6") ? " -6" : "");
    }

    void hinder(draft_service& s, const std::string& why) {
        notes_.decision(here(), why);
        s.obstacles.push_back(printable(why));
    }
    void note(draft_service& s, const std::string& why) {
        notes_.decision(here(), why);
        s.comments.push_back(printable(why));
    }

    void add_service(const line_options& given) {
        const std::string key = key_of(given);
        if (places_.contains(key)) throw config::bad_value("this service is there already");
        draft_service s;
        s.where = here();
        s.title = key;
        if (given.contains("-f")) {
            s.name = "fwmark-" + given.at("-f");
            hinder(s, fmt::format("firewall mark {}: weir knows none: give a `listen` for what the "
                                  "firewall marks",
                                  given.at("-f")));
        } else {
            const protocol proto = given.contains("-t")   ? protocol::tcp
                                   : given.contains("-u") ? protocol::udp
                                                          : protocol::sctp;
            s.listen.push_back(address_and_port(key.substr(key.find(' ') + 1), proto));
        }
        scheduler(s, given);
        persistence(s, given);
        s.one_packet = given.contains("-o");
        if (given.contains("--pe"))
            note(s, fmt::format("--pe {}: weir does not look into SIP", given.at("--pe")));
        places_.emplace(key, draft_.services.size());
        draft_.services.push_back(std::move(s));
    }

    void scheduler(draft_service& s, const line_options& given) {
        const auto name = given.find("-s");
        if (name != given.end()) {
            if (is_scheduler_of_lvs(name->second))
                s.scheduler = name->second;
            else
                hinder(s, fmt::format("there is no scheduler {}", in_quotes(name->second)));
        }
        const auto flags = given.find("-b");
        if (flags == given.end()) return;
        std::string rest = flags->second + ',';
        for (std::size_t comma; (comma = rest.find(',')) != std::string::npos;
             rest.erase(0, comma + 1))
            flag(s, rest.substr(0, comma));
    }
    void flag(draft_service& s, const std::string& word) {
        const bool has_flags = s.scheduler == "sh" || s.scheduler == "mh";
        std::string option;
        if (word == s.scheduler + "-port" || word == "flag-2") option = "port";
        if (word == s.scheduler + "-fallback" || word == "flag-1") option = "fallback";
        if (!has_flags || option.empty())
            note(s, fmt::format("flag {} means nothing to scheduler {}", in_quotes(word),
                                s.scheduler));
        else if (std::find(s.options.begin(), s.options.end(), option) == s.options.end())
            s.options.push_back(option);
    }

    void persistence(draft_service& s, const line_options& given) {
        if (!given.contains("-p") && !given.contains("-M")) return;
        const bool timed = given.contains("-p") && !given.at("-p").empty();
        const std::uint64_t seconds = timed ? number(given, "-p", 0) : 300;
        s.persistence = seconds;
        s.mask = given.contains("-M") ? given.at("-M") : "";
        s.mask_where = here();
    }

    void add_server(const line_options& given) {
        const auto found = places_.find(key_of(given));
        if (found == places_.end())
            throw config::bad_value("no -A line for this service stands above");
        const auto server = given.find("-r");
        if (server == given.end()) throw config::bad_value("which server? there is no -r");
        draft_service& s = draft_.services[found->second];
        const endpoint where = address_and_port(server->second, protocol::tcp);
        draft_server r;
        r.where = here();
        r.address = where.address;
        r.port = where.port;
        r.weight = number(given, "-w", 1);
        r.upper = number(given, "-x", 0);
        r.lower = number(given, "-y", 0);
        thresholds_ = thresholds_ || given.contains("-x") || given.contains("-y");
        const forwarding forward = way_of(given, r);
        if (!s.forward) s.forward = forward;
        if (forward != *s.forward)
            hinder_server(r, fmt::format("server {} is reached by {} and the first of its service "
                                         "by {}: make a second service",
                                         server->second, weir::to_string(forward),
                                         weir::to_string(*s.forward)));
        s.servers.push_back(std::move(r));
    }
    /// As ipvsadm, which takes -g when none is given.
    forwarding way_of(const line_options& given, draft_server& r) {
        forwarding way;
        for (const mode_facts& mode : all_modes)
            if (is_for_services(mode) && given.contains(std::string(mode.lvs_option)))
                way.mode = mode.mode;
        const auto type = given.find("--tun-type");
        if (type == given.end()) return way;
        std::string_view checksum;
        for (const std::string_view word : {"csum", "remcsum"})
            if (given.contains(fmt::format("--tun-{}", word))) checksum = word;
        const tunnel_match match = match_tunnel(type->second, checksum);
        if (!match.why_not.empty()) hinder_server(r, match.why_not);
        way.encap = match.encap;
        return way;
    }
    void hinder_server(draft_server& r, const std::string& why) {
        if (!r.obstacle.empty()) return;
        notes_.decision(r.where, why);
        r.obstacle = printable(why);
    }

    void remind() {
        const std::string others =
            thresholds_ ? "timeouts (ipvsadm -Ln --timeout)"
                        : "thresholds (ipvsadm -Ln --thresholds) and timeouts (ipvsadm -Ln "
                          "--timeout)";
        notes_.decision({file_, 0},
                        fmt::format("a dump leaves out {}: add them if you use any", others));
    }

    const std::string& file_;
    findings& notes_;
    draft draft_;
    unsigned line_ = 0;
    bool thresholds_ = false;
    std::unordered_map<std::string, std::size_t> places_; ///< of services
};

} // namespace

draft import_ipvsadm(const std::string& name, const std::string& text,
                     const std::vector<std::string>& interfaces, findings& notes) {
    return dump_importer(name, notes).run(text, interfaces);
}

} // namespace weir::importer
