// `virtual_server` and `real_server`.

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "config/problem.h"
#include "config/values.h"
#include "import/keepalived_parts.h"
#include "import/words.h"

namespace weir::importer {

namespace {

using config::in_quotes;

constexpr std::uint64_t usual_persistence = 360; // keepalived's default, in seconds

constexpr const char* no_scripts = "weir starts no scripts on such changes";
constexpr const char* no_mail = "weir sends no mail: watch `weirctl metrics`";
/// Keywords of virtual servers without a counterpart, and what an operator loses.
constexpr foreign_keyword leftovers[] = {
    {"omega", verdict::ignored, "it concerns scripts"},
    {"ip_family", verdict::ignored, "it concerns firewall marks"},
    {"ha_suspend", verdict::ignored, "weir checks all the time"},
    {"smtp_alert", verdict::ignored, no_mail},
    {"snmp_name", verdict::ignored, no_mail},
    {"quorum_up", verdict::decision, no_scripts},
    {"quorum_down", verdict::decision, no_scripts},
    {"notify_up", verdict::decision, no_scripts},
    {"notify_down", verdict::decision, no_scripts},
    {"hysteresis", verdict::decision, "weir has no quorum"},
    {"sorry_server_inhibit", verdict::ignored, "weir keeps connections when a fallback takes over"},
    {"persistence_engine", verdict::decision, "weir does not look into SIP"},
    {"hashed", verdict::ignored, "keepalived knows it no more"},
    {"flag-3", verdict::ignored, "no scheduler of LVS has a third flag"},
};

class service_importer {
public:
    service_importer(const statement& block, const server_groups& groups, report& notes)
        : block_(block), groups_(groups), notes_(notes) {
        service_.where = block.where;
        service_.title = fmt::format("{}", fmt::join(block.words, " "));
    }

    draft_service run() {
        for (const unread& words : unread_words(block_))
            note(words.where, words.what);
        for (const statement& s : block_.inner)
            if (s.keyword() != "real_server") take(s);
        settle_method();
        settle_scheduler();
        settle_persistence();
        listen();
        for (const statement& s : block_.inner)
            if (s.keyword() == "real_server") real_server(s);
        if (service_.servers.empty())
            hinder(block_.where, "no real server: keepalived leaves such a virtual server out");
        return std::move(service_);
    }

private:
    void hinder(const place& where, const std::string& why) {
        notes_.decision(where, why);
        service_.obstacles.push_back(printable(why));
    }
    /// Writes to the report, and a comment above the service's lines.
    void note(const place& where, const std::string& why) {
        notes_.decision(where, why);
        service_.comments.push_back(printable(why));
    }

    void take(const statement& s) {
        const std::string& word = s.keyword();
        if (word == "lvs_sched" || word == "lb_algo")
            scheduler(s);
        else if (word == "lvs_method" || word == "lb_kind")
            service_.forward = method(s, 0);
        else if (word == "protocol")
            protocol_ = &s;
        else if (word == "persistence_timeout")
            persistence_timeout(s);
        else if (word == "persistence_granularity")
            granularity_ = &s;
        else if (word == "sorry_server")
            sorry_server(s);
        else if (word == "sorry_server_lvs_method")
            note(s.where, fmt::format("sorry_server_lvs_method {}: a fallback is reached as the "
                                      "servers are",
                                      s.value()));
        else if (word == "quorum")
            quorum(s);
        else if (word == "weight")
            number(s, default_weight_);
        else if (word == "ops")
            service_.one_packet = true;
        else if (word == "inhibit_on_failure")
            inhibit(s, inhibit_);
        else if (const std::string option = scheduler_option(word); !option.empty())
            add_option(s, option);
        else if (!set_check_default(defaults_, s, notes_))
            left_over(s);
    }

    void left_over(const statement& s) {
        const std::string& word = s.keyword();
        const foreign_keyword* const known = find_keyword(leftovers, word);
        if (known == nullptr)
            note(s.where, fmt::format("{} is unknown to this importer{}", in_quotes(word),
                                      s.block ? "; its whole block is passed over" : ""));
        else if (known->what == verdict::ignored)
            notes_.ignored(s.where, fmt::format("{}: {}", word, known->why));
        else
            note(s.where, fmt::format("{} {}: {}", word, s.rest, known->why));
    }

    void number(const statement& s, std::uint64_t& into) {
        if (const auto value = whole_number(s.value()))
            into = *value;
        else
            note(s.where, fmt::format("{}: {} is not a whole number; {} is kept", s.keyword(),
                                      in_quotes(s.value()), into));
    }

    void scheduler(const statement& s) {
        const bool known = is_scheduler_of_lvs(s.value());
        scheduler_given_ = true;
        service_.options.clear();
        service_.scheduler = known ? s.value() : "wlc";
        if (!known)
            note(s.where, fmt::format("there is no scheduler {}: keepalived takes wlc, and so "
                                      "does this file",
                                      in_quotes(s.value())));
    }
    /// The flags of sh and mh count only after their scheduler; "" for other words.
    static std::string scheduler_option(const std::string& word) {
        if (word == "sh-port" || word == "mh-port" || word == "flag-2") return "port";
        if (word == "sh-fallback" || word == "mh-fallback" || word == "flag-1") return "fallback";
        return "";
    }
    void add_option(const statement& s, const std::string& option) {
        const std::string of =
            s.keyword().starts_with("flag") ? service_.scheduler : s.keyword().substr(0, 2);
        const bool fits = service_.scheduler == of && (of == "sh" || of == "mh");
        if (!fits)
            return note(s.where, fmt::format("{} is left out, as keepalived does: the scheduler "
                                             "above is {}",
                                             s.keyword(),
                                             scheduler_given_ ? service_.scheduler : "not given"));
        auto& options = service_.options;
        if (std::find(options.begin(), options.end(), option) == options.end())
            options.push_back(option);
    }
    void settle_scheduler() {
        if (!scheduler_given_)
            note(block_.where, "no scheduler: keepalived takes wlc, and so does this file");
    }

    /// `NAT`, `DR`, `TUN [type ipip|gue port N|gre]`, in exactly this form.
    std::optional<forwarding> method(const statement& s, std::size_t first) {
        method_given_ = true;
        const std::string word = s.value(first);
        const mode_facts* const mode =
            word.empty() ? nullptr : find_mode(&mode_facts::lvs_method, word);
        if (mode != nullptr) {
            forwarding way{.mode = mode->mode};
            if (!mode->tunnels || s.value(first + 1) != "type") return way;
            const std::string type = s.value(first + 2);
            if (const auto known = find_encapsulation(type))
                way.encap = *known;
            else
                hinder(s.where,
                       fmt::format("tunnels of type {}: weir's are {}, which the real "
                                   "servers would have to take off",
                                   in_quotes(type), fmt::join(encapsulation_words, " or ")));
            return way;
        }
        hinder(s.where, fmt::format("{} {} is not a method weir knows: NAT, DR or TUN", s.keyword(),
                                    in_quotes(word)));
        return std::nullopt;
    }
    void settle_method() {
        if (method_given_) return;
        service_.forward = forwarding{.mode = forward_mode::nat};
        note(block_.where, "no lvs_method: keepalived takes NAT, and so does this file");
    }

    void persistence_timeout(const statement& s) {
        persistence_ = &s;
        persistence_seconds_ = usual_persistence;
        if (s.words.size() < 2) return;
        const auto seconds = whole_number(s.value());
        persistence_seconds_ = seconds.value_or(0);
        if (!seconds)
            note(s.where, fmt::format("persistence_timeout: {} is not a whole number: no "
                                      "persistence",
                                      in_quotes(s.value())));
        else if (*seconds == 0)
            note(s.where, "persistence_timeout 0: keepalived rejects it; taken as no persistence");
    }
    void settle_persistence() {
        if (granularity_ != nullptr && persistence_ == nullptr) {
            persistence_ = granularity_;
            persistence_seconds_ = usual_persistence;
        }
        if (persistence_ == nullptr || persistence_seconds_ == 0) return;
        service_.persistence = persistence_seconds_;
        service_.mask = granularity_ == nullptr ? "" : granularity_->value();
        service_.mask_where = (granularity_ == nullptr ? persistence_ : granularity_)->where;
    }

    void sorry_server(const statement& s) {
        const auto address = parse_address(s.value());
        const auto port = port_number(s.value(1));
        if (!address || !port)
            return note(s.where, fmt::format("sorry_server {} is not an address and a port",
                                             in_quotes(s.rest)));
        service_.fallback = {
            .where = s.where, .address = *address, .port = *port, .comments = {}, .obstacle = {}};
    }
    void quorum(const statement& s) {
        if (whole_number(s.value()) == std::uint64_t{1})
            notes_.ignored(s.where, "quorum 1 is what weir does");
        else
            note(s.where, fmt::format("quorum {}: weir has none: it uses every server that is up",
                                      s.value()));
    }
    void inhibit(const statement& s, bool& into) {
        const auto value = truth(s);
        if (!value)
            note(s.where,
                 fmt::format("inhibit_on_failure: {} is neither on nor off", in_quotes(s.value())));
        else
            into = *value;
    }

    void listen() {
        if (block_.value() == "fwmark") {
            service_.name = "fwmark-" + block_.value(1);
            return hinder(block_.where, fmt::format("fwmark {}: weir knows no firewall marks: give "
                                                    "a `listen` for what the firewall marks",
                                                    block_.value(1)));
        }
        const protocol proto = read_protocol();
        if (block_.value() == "group") {
            group(proto);
        } else if (const auto address = parse_address(block_.value())) {
            const auto port = port_number(block_.value(1));
            if (port)
                service_.listen.push_back({*address, *port, proto});
            else
                hinder(block_.where, fmt::format("{} is not a port", in_quotes(block_.value(1))));
        } else {
            hinder(block_.where, fmt::format("{} is not an IP address", in_quotes(block_.value())));
        }
    }
    protocol read_protocol() {
        std::string word = protocol_ == nullptr ? "" : protocol_->value();
        std::transform(word.begin(), word.end(), word.begin(), [](unsigned char c) {
            return static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
        });
        if (word == "TCP") return protocol::tcp;
        if (word == "UDP") return protocol::udp;
        if (word == "SCTP") return protocol::sctp;
        service_.no_protocol = true;
        if (protocol_ == nullptr)
            hinder(block_.where, "no protocol: keepalived takes UDP, which few mean: write /tcp or "
                                 "/udp, and take the # away");
        else
            hinder(protocol_->where,
                   fmt::format("protocol {}: TCP, UDP or SCTP", in_quotes(protocol_->value())));
        return protocol::udp;
    }
    void group(protocol proto) {
        const std::string name = block_.value(1);
        const auto found = groups_.find(name);
        if (found == groups_.end())
            return hinder(block_.where,
                          fmt::format("there is no virtual_server_group {}", in_quotes(name)));
        service_.name = name;
        for (const group_member& m : found->second.members)
            service_.listen.push_back({m.address, m.port, proto});
        for (const std::string& why : found->second.obstacles)
            service_.comments.push_back(printable(why));
        if (service_.listen.empty())
            hinder(block_.where, fmt::format("group {} has no address weir can have", name));
    }

    void real_server(const statement& block) {
        const auto address = parse_address(block.value());
        const auto port = port_number(block.value(1));
        if (!address || !port || !block.block) {
            note(block.where,
                 fmt::format("{} is not `real_server ADDRESS PORT {{ ... }}`",
                             in_quotes(fmt::format("{}", fmt::join(block.words, " ")))));
            return;
        }
        draft_server r;
        r.where = block.where;
        r.address = *address;
        r.port = *port;
        r.weight = default_weight_;
        r.keeps = inhibit_;
        check_defaults defaults = defaults_;
        for (const statement& s : block.inner)
            if (!is_checker(s.keyword())) take_of_server(s, r, defaults);
        for (const statement& s : block.inner)
            if (is_checker(s.keyword())) check(s, r, defaults);
        service_.servers.push_back(std::move(r));
    }
    void take_of_server(const statement& s, draft_server& r, check_defaults& defaults) {
        const std::string& word = s.keyword();
        if (word == "weight")
            number(s, r.weight);
        else if (word == "uthreshold")
            number(s, r.upper);
        else if (word == "lthreshold")
            number(s, r.lower);
        else if (word == "lvs_method") {
            if (method(s, 0) == service_.forward) return;
            r.obstacle = fmt::format("lvs_method {}: all servers of a service are reached in one "
                                     "way: make a second service",
                                     s.rest);
            notes_.decision(s.where, r.obstacle);
        } else if (word == "inhibit_on_failure")
            inhibit(s, r.keeps);
        else if (!set_check_default(defaults, s, notes_))
            left_over(s);
    }

    /// The VIP that servers of this family have, if checks can connect to it there.
    std::optional<ip_address> vip_at_servers(bool v4) const {
        if (service_.forward && service_.forward->facts().keeps_vip)
            for (const endpoint& where : service_.listen)
                if (where.address.is_v4() == v4) return where.address;
        return std::nullopt;
    }
    void check(const statement& s, draft_server& r, const check_defaults& defaults) {
        const auto checks = read_checker(s, defaults, r, vip_at_servers(r.address.is_v4()), notes_);
        if (checks.empty())
            r.comments.push_back(printable(fmt::format("{} is left out", s.keyword())));
        r.checks.insert(r.checks.end(), checks.begin(), checks.end());
    }

    const statement& block_;
    const server_groups& groups_;
    report& notes_;
    draft_service service_;
    check_defaults defaults_;
    std::uint64_t default_weight_ = 1;
    bool scheduler_given_ = false;
    bool method_given_ = false;
    const statement* protocol_ = nullptr;
    const statement* persistence_ = nullptr;
    const statement* granularity_ = nullptr;
    std::uint64_t persistence_seconds_ = 0;
    bool inhibit_ = false;
};

} // namespace

draft_service read_virtual_server(const statement& s, const server_groups& groups, report& notes) {
    return service_importer(s, groups, notes).run();
}

} // namespace weir::importer
