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

class service_importer {
public:
    service_importer(const statement& block, const server_groups& groups, findings& notes)
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
        listen();
        settle_persistence();
        settle_quorum();
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
            persistence_ = &s;
        else if (word == "persistence_granularity")
            granularity_ = &s;
        else if (word == "sorry_server")
            sorry_server(s);
        else if (word == "sorry_server_lvs_method")
            note(s.where, fmt::format("sorry_server_lvs_method {}: a fallback is reached as the "
                                      "servers are",
                                      s.value()));
        else if (is_of_quorum(word))
            return;
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
        if (is_service_block(word)) return; // misplaced, which the report says of the whole file
        const foreign_keyword* const known = find_leftover(word);
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

    /// `NAT`, `DR`, `TUN [type ipip|gue port N|gre [nocsum|csum|remcsum]]`, in exactly this form.
    std::optional<forwarding> method(const statement& s, std::size_t first) {
        method_given_ = true;
        const std::string word = s.value(first);
        const mode_facts* const mode =
            word.empty() ? nullptr : find_mode(&mode_facts::lvs_method, word);
        if (mode != nullptr) {
            forwarding way{.mode = mode->mode};
            if (!mode->tunnels || s.value(first + 1) != "type") return way;
            const tunnel_match match = match_tunnel(s.value(first + 2), s.value(first + 3));
            if (!match.why_not.empty()) hinder(s.where, match.why_not);
            way.encap = match.encap;
            return way;
        }
        hinder(s.where, fmt::format("{} {} is not a method weir knows: NAT, DR or TUN, in this "
                                    "form (keepalived takes NAT for it)",
                                    s.keyword(), in_quotes(word)));
        return std::nullopt;
    }
    void settle_method() {
        if (method_given_) return;
        service_.forward = forwarding{.mode = forward_mode::nat};
        note(block_.where, "no lvs_method: keepalived takes NAT, and so does this file");
    }

    void settle_persistence() {
        const keepalived_persistence found =
            read_persistence(persistence_, granularity_, service_.listen, block_.where);
        service_.persistence = found.seconds;
        service_.mask = granularity_ == nullptr ? "" : granularity_->value();
        service_.mask_where = found.where;
        if (!found.note.empty()) note(found.where, found.note);
    }

    void settle_quorum() {
        keepalived_quorum found = read_quorum(block_, service_.fallback.has_value(), notes_);
        service_.settings = std::move(found.settings);
        service_.comments.insert(service_.comments.end(), found.comments.begin(),
                                 found.comments.end());
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
    void inhibit(const statement& s, bool& into) {
        const auto value = truth(s);
        if (!value)
            note(s.where,
                 fmt::format("inhibit_on_failure: {} is neither on nor off", in_quotes(s.value())));
        else
            into = *value;
    }

    void listen() {
        listeners found = read_listeners(block_, protocol_, groups_);
        service_.listen = std::move(found.all);
        service_.name = found.name;
        service_.no_protocol = found.no_protocol;
        for (const remark& why : found.obstacles)
            hinder(why.where, why.text);
        for (const std::string& why : found.comments)
            service_.comments.push_back(printable(why));
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
    findings& notes_;
    draft_service service_;
    check_defaults defaults_;
    std::uint64_t default_weight_ = 1;
    bool scheduler_given_ = false;
    bool method_given_ = false;
    const statement* protocol_ = nullptr;
    const statement* persistence_ = nullptr;
    const statement* granularity_ = nullptr;
    bool inhibit_ = false;
};

} // namespace

draft_service read_virtual_server(const statement& s, const server_groups& groups,
                                  findings& notes) {
    return service_importer(s, groups, notes).run();
}

} // namespace weir::importer
