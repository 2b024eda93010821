// vrrp_instance as [vrrp NAME], and vrrp_sync_group as its `group`. keepalived's defaults are
// written out where weir's differ: version 2, priority 100.

#include <algorithm>

#include <fmt/format.h>

#include "config/bounds.h"
#include "config/problem.h"
#include "config/values.h"
#include "import/keepalived_parts.h"
#include "import/words.h"

namespace weir::importer {

namespace {

constexpr const char* weirs_way = "weir has a way of its own";
constexpr const char* not_tracked =
    "weir does not watch that: use a track-script with a program that does";
/// Keywords of an instance that weir has nothing for.
constexpr foreign_keyword vrrp_leftovers[] = {
    {"state", verdict::ignored, "weir begins as backup, and the priority decides"},
    {"accept", verdict::ignored, "weir answers for every address that it holds"},
    {"no_accept", verdict::decision, "weir answers ping for every address that it holds"},
    {"garp_master_delay", verdict::ignored, weirs_way},
    {"garp_master_repeat", verdict::ignored, weirs_way},
    {"garp_master_refresh", verdict::ignored, weirs_way},
    {"garp_master_refresh_repeat", verdict::ignored, weirs_way},
    {"garp_lower_prio_delay", verdict::ignored, weirs_way},
    {"garp_lower_prio_repeat", verdict::ignored, weirs_way},
    {"lower_prio_no_advert", verdict::ignored, weirs_way},
    {"higher_prio_send_advert", verdict::ignored, weirs_way},
    {"down_timer_adverts", verdict::decision, "weir waits for three advertisements"},
    {"skip_check_adv_addr", verdict::ignored, "weir logs other addresses and goes on"},
    {"check_unicast_src", verdict::ignored, "weir takes advertisements of its peers only"},
    {"strict_mode", verdict::ignored, weirs_way},
    {"native_ipv6", verdict::ignored, "the addresses decide"},
    {"dont_track_primary", verdict::ignored, weirs_way},
    {"linkbeat_use_polling", verdict::ignored, weirs_way},
    {"debug", verdict::ignored, weirs_way},
    {"promote_secondaries", verdict::ignored, "no shared address is an address of Linux"},
    {"dont_promote_secondaries", verdict::ignored, "no shared address is an address of Linux"},
    {"authentication", verdict::decision,
     "weir has no VRRP authentication, as RFC 9568: take it out of the peer's file too"},
    {"vmac_xmit_base", verdict::ignored, "goes with use_vmac"},
    {"track_process", verdict::decision, not_tracked},
    {"track_file", verdict::decision, not_tracked},
    {"track_bfd", verdict::decision, not_tracked},
    {"track_src_ip", verdict::decision, not_tracked},
    {"virtual_routes", verdict::decision, "Linux does that: set it there"},
    {"virtual_rules", verdict::decision, "Linux does that: set it there"},
    {"lvs_sync_daemon_interface", verdict::decision,
     "write a [peer NAME] for the other director, with `address`, `source` and `key`"},
};

std::string first_words(const statement& s) {
    return s.value().empty() ? s.keyword() : fmt::format("{} {}", s.keyword(), s.value());
}

/// `192.0.2.100/24`, `192.0.2.100`.
std::optional<ip_address> address_of(const std::string& text) {
    return parse_address(text.substr(0, text.find('/')));
}

class instance_reader {
public:
    instance_reader(const statement& block, unsigned version, const vrrp_scripts& scripts,
                    findings& notes)
        : notes_(notes), scripts_(scripts), version_(version) {
        d_.where = block.where;
        d_.title = first_words(block);
        d_.name = block.value();
        for (const statement& s : block.inner)
            if (s.keyword() == "interface") d_.interface = s.value();
        for (const statement& s : block.inner)
            take(s);
        finish();
    }
    draft_vrrp result() && { return std::move(d_); }

private:
    void take(const statement& s) {
        const std::string& word = s.keyword();
        if (word == "interface")
            ; // read first
        else if (word == "track_script")
            tracks_.scripts(s, scripts_);
        else if (word == "track_interface")
            tracks_.interfaces(s);
        else if (word == "virtual_router_id")
            id_ = whole_number(s.value());
        else if (word == "priority")
            priority_ = s.value();
        else if (word == "advert_int")
            interval_ = timer(s.value());
        else if (word == "version")
            version_ = s.value() == "3" ? 3 : 2;
        else if (word == "nopreempt")
            d_.settings.emplace_back("preempt  = no");
        else if (word == "use_vmac")
            d_.settings.emplace_back("mac      = virtual");
        else if (word == "preempt")
            ; // the default
        else if (word == "preempt_delay")
            preempt_delay(s);
        else if (word == "virtual_ipaddress" || word == "virtual_ipaddress_excluded")
            addresses(s, word == "virtual_ipaddress");
        else if (word == "unicast_peer")
            peers(s);
        else if (word == "unicast_src_ip" || word == "mcast_src_ip")
            address_line("source", s.value(), s.where);
        else if (tracks_.notify(s))
            ; // done
        else if (word.starts_with("notify") || word == "smtp_alert")
            decision(s.where,
                     word + " is not taken over: the log and `weirctl status` say the same");
        else if (const foreign_keyword* known = find_keyword(vrrp_leftovers, word))
            known->what == verdict::ignored
                ? notes_.ignored(s.where, fmt::format("{}: {}", word, known->why))
                : decision(s.where, fmt::format("{}: {}", first_words(s), known->why));
        else if (!is_service_block(word))
            decision(s.where, fmt::format("{} is unknown to this importer",
                                          config::in_quotes(first_words(s))));
    }

    void preempt_delay(const statement& s) {
        const auto delay = timer(s.value());
        if (!delay) return obstacle(s.where, "preempt_delay is not a number of seconds");
        d_.settings.push_back("preempt-delay = " + time_text(*delay));
    }

    /// Lines `ADDRESS[/LENGTH] [dev INTERFACE] [label ...] ...`.
    void addresses(const statement& block, bool advertised) {
        for (const statement& s : block.inner) {
            const auto found = address_of(s.keyword());
            const auto dev = std::ranges::find(s.words, "dev");
            if (!found) {
                obstacle(s.where,
                         fmt::format("{} is not an address", config::in_quotes(s.keyword())));
                continue;
            }
            if (dev != s.words.end() && dev + 1 != s.words.end() && *(dev + 1) != d_.interface)
                obstacle(s.where, fmt::format("{} is on another interface ({}): give it a [vrrp] "
                                              "on that port, in the same `group`",
                                              s.keyword(), *(dev + 1)));
            const bool of_first_family = family_.value_or(found->is_v6()) == found->is_v6();
            if (advertised && !family_) family_ = found->is_v6();
            d_.settings.push_back(
                fmt::format("{} = {}", advertised && of_first_family ? "address " : "unadvertised",
                            weir::to_string(*found)));
        }
    }
    void peers(const statement& block) {
        for (const statement& s : block.inner)
            address_line("unicast ", s.keyword(), s.where);
    }
    void address_line(const char* key, const std::string& value, const place& where) {
        const auto found = address_of(value);
        if (!found)
            return obstacle(where, fmt::format("{} is not an address", config::in_quotes(value)));
        d_.settings.push_back(fmt::format("{:<8} = {}", key, weir::to_string(*found)));
    }

    void finish() {
        if (!family_) obstacle(d_.where, "it has no virtual_ipaddress");
        if (d_.interface.empty()) obstacle(d_.where, "it has no interface");
        if (!id_) obstacle(d_.where, "it has no virtual_router_id");
        std::vector<std::string> first{fmt::format("id       = {}", id_.value_or(0))};
        if (version_ == 2 && !family_.value_or(false)) first.emplace_back("version  = 2");
        first.push_back(fmt::format("priority = {}", priority_ == "255" ? "owner" : priority_));
        first.push_back(fmt::format("interval = {}", time_text(interval_.value_or(1000))));
        d_.settings.insert(d_.settings.begin(), first.begin(), first.end());
        if (d_.obstacles.empty()) notes_.imported(d_.where, fmt::format("{} as [vrrp]", d_.title));
    }

    void decision(const place& where, const std::string& text) {
        notes_.decision(where, text);
        d_.comments.push_back(text);
    }
    void obstacle(const place& where, const std::string& why) {
        notes_.decision(where, fmt::format("{} stands behind #: {}", d_.title, why));
        d_.obstacles.push_back(why);
    }

    findings& notes_;
    const vrrp_scripts& scripts_;
    draft_vrrp d_;
    track_reader tracks_{d_, notes_};
    unsigned version_;
    std::optional<bool> family_; ///< of the advertised addresses: IPv6?
    std::optional<std::uint64_t> id_;
    std::optional<std::uint64_t> interval_;
    std::string priority_ = "100";
};

} // namespace

unsigned default_vrrp_version(const std::vector<statement>& all) {
    unsigned version = 2;
    for (const statement& block : all)
        if (block.keyword() == "global_defs")
            for (const statement& s : block.inner)
                if (s.keyword() == "vrrp_version" && s.value() == "3") version = 3;
    return version;
}

draft_vrrp read_vrrp_instance(const statement& block, unsigned version, const vrrp_scripts& scripts,
                              findings& notes) {
    return instance_reader(block, version, scripts, notes).result();
}

namespace {

/// The members of a sync group that the file has.
std::vector<draft_vrrp*> members_of(const statement& group, std::vector<draft_vrrp>& instances,
                                    findings& notes) {
    std::vector<draft_vrrp*> members;
    for (const statement& inner : group.inner) {
        if (inner.keyword() != "group") continue;
        for (const statement& member : inner.inner) {
            const auto found = std::ranges::find(instances, member.keyword(), &draft_vrrp::name);
            if (found == instances.end())
                notes.decision(member.where, fmt::format("{}: there is no vrrp_instance {}",
                                                         first_words(group), member.keyword()));
            else
                members.push_back(&*found);
        }
    }
    return members;
}

/// Once for the group: to the first member that has no such command of its own.
void notify_of_group(const statement& group, const statement& s,
                     const std::vector<draft_vrrp*>& members, findings& notes) {
    const std::string begins = fmt::format("{} = ", notify_key(s.keyword()));
    for (draft_vrrp* const member : members) {
        if (std::ranges::any_of(member->settings,
                                [&](const std::string& line) { return line.starts_with(begins); }))
            continue;
        track_reader(*member, notes).notify(s, group.value());
        return;
    }
    notes.decision(s.where,
                   fmt::format("{}: {} is not taken over: each member has one of its own, and weir "
                               "runs one program for a [vrrp]",
                               first_words(group), s.keyword()));
}

} // namespace

void join_sync_groups(const std::vector<statement>& all, const vrrp_scripts& scripts,
                      std::vector<draft_vrrp>& instances, findings& notes) {
    for (const statement& s : all) {
        if (s.keyword() != "vrrp_sync_group") continue;
        const std::vector<draft_vrrp*> members = members_of(s, instances, notes);
        for (draft_vrrp* const member : members)
            member->settings.push_back("group    = " + s.value());
        for (const statement& inner : s.inner) {
            const std::string& word = inner.keyword();
            if (word == "group") continue;
            if (!notify_key(word).empty())
                notify_of_group(s, inner, members, notes);
            else if (word == "track_script" && !members.empty())
                track_reader(*members.front(), notes).scripts(inner, scripts);
            else if (word == "track_interface" && !members.empty())
                track_reader(*members.front(), notes).interfaces(inner);
            else
                notes.decision(inner.where,
                               fmt::format("{}: {} is not taken over", first_words(s), word));
        }
        notes.imported(s.where, fmt::format("{} as `group`", first_words(s)));
    }
}

} // namespace weir::importer
