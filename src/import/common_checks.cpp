#include "import/common_checks.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include <fmt/format.h>

#include "config/check.h"
#include "config/values.h"

namespace weir::importer {

namespace {

class check_sharer {
public:
    check_sharer(draft_service& s, findings& notes) : service_(s), notes_(notes) {
        for (draft_server& r : s.servers)
            if (r.obstacle.empty()) servers_.push_back(&r);
    }

    void run() {
        for (const draft_server* r : servers_) {
            std::set<std::string>& texts = texts_.emplace_back();
            for (const draft_check& c : r->checks)
                for (const bool general : {false, true})
                    texts.insert(text_of(*r, c, general));
        }
        for (const draft_server* r : servers_)
            lists_.push_back(list_of(*r));
        const check_list usual = most_common();
        for (const line& l : usual)
            of_service(l);
        for (std::size_t i = 0; i < servers_.size(); ++i)
            if (texts(lists_[i]) != texts(usual)) of_server(*servers_[i], lists_[i]);
        if (given_) settle_connections();
    }

private:
    std::uint16_t usual_port(const draft_server& r) const {
        if (r.port != 0) return r.port;
        return service_.listen.empty() ? std::uint16_t{0} : service_.listen.front().port;
    }
    /// No check speaks SCTP: one of a service of SCTP names the port that it asks.
    bool names_port() const {
        return !service_.listen.empty() && service_.listen.front().proto == protocol::sctp;
    }
    /// What the check asks: all but its turns. `general`: in the form that fits every server.
    std::string text_of(const draft_server& r, const draft_check& c, bool general) const {
        const std::string& rest = general && !c.general.empty() ? c.general : c.parameters;
        const bool script = c.type == "script";
        const bool asks = script ? rest.find("{port}") != rest.npos : c.type != "icmp";
        std::uint16_t port = c.port == usual_port(r) ? std::uint16_t{0} : c.port;
        if (port == 0 && names_port() && !script) port = usual_port(r);
        if (!asks || port == 0) return c.type + rest;
        return fmt::format("{} port={}{}", c.type, port, rest);
    }
    bool all_have(const std::string& text) const { return count(text) == servers_.size(); }
    std::size_t count(const std::string& text) const {
        return static_cast<std::size_t>(
            std::ranges::count_if(texts_, [&](const auto& texts) { return texts.contains(text); }));
    }

    /// A check as weir's text.
    struct line {
        const draft_check* of;
        std::string text;
        bool differ = false; ///< the servers differ in times
    };
    using check_list = std::vector<line>;

    /// What weir asks a server; leaves out what it cannot.
    check_list list_of(const draft_server& r) {
        check_list all;
        std::set<std::string> seen;
        for (const draft_check& c : r.checks) {
            std::string what = text_of(r, c, false);
            if (const std::string general = text_of(r, c, true);
                !all_have(what) && all_have(general))
                what = general;
            if (!seen.insert(what).second) continue;
            const std::string text = what + to_text(longest_turns(what));
            if (const std::string wrong = mistake(c, what, text); wrong.empty())
                all.push_back({&c, text, differ_});
            else if (left_out_.insert(text).second)
                note(c.where, fmt::format("check = {} is left out: {}", text, wrong));
        }
        return all;
    }
    static std::vector<std::string> texts(const check_list& list) {
        std::vector<std::string> all;
        for (const line& l : list)
            all.push_back(l.text);
        return all;
    }
    /// The list that most servers have, the first of these.
    check_list most_common() const {
        std::map<std::vector<std::string>, std::size_t> count;
        std::size_t most = 0;
        const check_list* best = nullptr;
        for (const check_list& list : lists_)
            most = std::max(most, ++count[texts(list)]);
        for (const check_list& list : lists_)
            if (best == nullptr && count[texts(list)] == most) best = &list;
        return best == nullptr ? check_list{} : *best;
    }

    void of_service(const line& l) {
        service_.settings.push_back("check     = " + l.text);
        given(l, "check = " + l.text);
    }
    void of_server(draft_server& r, const check_list& list) {
        r.own_checks = texts(list);
        const std::string name = weir::to_string(r.address);
        for (const line& l : list)
            given(l, fmt::format("check={} of server {} alone", l.text, name));
        if (list.empty())
            note(r.where, fmt::format("server {} has no check, unlike others of its service: it "
                                      "gets clients even when it is dead",
                                      name));
    }
    void given(const line& l, const std::string& as) {
        given_ = true;
        if (l.differ && told_.insert(l.text).second)
            note(l.of->where, fmt::format("check = {}: the servers differ in times: the longest "
                                          "of each is taken",
                                          l.text));
        for (const remark& loss : l.of->losses)
            note(loss.where, loss.text);
        const std::string& why = l.of->explanation;
        if (service_.obstacles.empty())
            notes_.imported(l.of->where, fmt::format("{} as {}{}{}", l.of->keyword, as,
                                                     why.empty() ? "" : ": ", why));
    }
    /// The turns of all checks with this text: the longest of each, so that no server falls sooner
    /// than with keepalived. Notes whether they differ.
    draft_turns longest_turns(const std::string& text) {
        std::optional<draft_turns> all;
        differ_ = false;
        for (const draft_server* r : servers_)
            for (const draft_check& c : r->checks) {
                if (text_of(*r, c, false) != text && text_of(*r, c, true) != text) continue;
                differ_ = differ_ || (all && !(*all == c.turns));
                if (!all) all = c.turns;
                all->interval = std::max(all->interval, c.turns.interval);
                all->timeout = std::max(all->timeout, c.turns.timeout);
                all->fall = std::max(all->fall, c.turns.fall);
                all->fall_interval = std::max(all->fall_interval, c.turns.fall_interval);
                all->first_down = all->first_down && c.turns.first_down;
            }
        return all.value_or(draft_turns{});
    }
    static std::string to_text(const draft_turns& t) {
        const std::string quick =
            t.fall_interval == 0 ? "" : " fall-interval=" + time_text(t.fall_interval);
        return fmt::format(" interval={} timeout={} fall={}{} rise=1 first-state={}",
                           time_text(t.interval), time_text(t.timeout), t.fall, quick,
                           t.first_down ? "down" : "up");
    }
    void note(const place& where, const std::string& text) {
        notes_.decision(where, text);
        service_.comments.push_back(printable(text));
    }
    std::string mistake(const draft_check& c, const std::string& what,
                        const std::string& text) const {
        const bool odd = std::any_of(text.begin(), text.end(), [](char byte) {
            return byte == '#' || byte < ' ' || byte > '~';
        });
        if (odd) return "a value of weir has no `#` and printable ASCII only";
        const bool asks = c.type != "icmp" && c.type != "script";
        if (asks && !what.starts_with(c.type + " port=")
            && std::any_of(servers_.begin(), servers_.end(),
                           [&](const draft_server* r) { return usual_port(*r) == 0; }))
            return "the service has all ports: give port=N";
        try {
            config::read_check(text);
        } catch (const config::bad_value& wrong) {
            return wrong.what();
        }
        return "";
    }

    /// keepalived removes a failed server from LVS together with its connections, or leaves it
    /// there with weight 0.
    void settle_connections() {
        const auto keep = std::count_if(servers_.begin(), servers_.end(),
                                        [](const draft_server* r) { return r->keeps; });
        const bool some = keep != 0 && keep != std::ssize(servers_);
        if (some) {
            const std::string why = "inhibit_on_failure is for some servers only: weir's on-down "
                                    "is for all of a service";
            notes_.decision(service_.where, why);
            service_.comments.push_back(why);
        }
        service_.settings.push_back(keep != 0 ? "on-down   = keep"
                                              : "on-down   = expire  # no inhibit_on_failure");
    }

    draft_service& service_;
    findings& notes_;
    std::vector<draft_server*> servers_;
    std::vector<std::set<std::string>> texts_; ///< by server, every way to write its checks
    std::vector<check_list> lists_;            ///< by server
    std::set<std::string> left_out_;
    std::set<std::string> told_;
    bool given_ = false;
    bool differ_ = false; ///< the turns of the check looked at last
};

} // namespace

std::string time_text(std::uint64_t milliseconds) {
    if (milliseconds % 1000 == 0) return fmt::format("{}s", milliseconds / 1000);
    return fmt::format("{}ms", milliseconds);
}

void share_checks(draft_service& s, findings& notes) {
    check_sharer(s, notes).run();
}

} // namespace weir::importer
