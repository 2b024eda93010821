#include "import/common_checks.h"

#include <algorithm>
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
        for (const draft_server& r : s.servers)
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
            for (const draft_check& c : r->checks)
                take(*r, c);
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

    void take(const draft_server& r, const draft_check& c) {
        std::string text = text_of(r, c, false);
        if (const std::string general = text_of(r, c, true); !all_have(text) && all_have(general))
            text = general;
        if (!seen_.insert(text).second) return;
        const draft_turns turns = longest_turns(text);
        const std::string line = text + to_text(turns);
        if (!all_have(text) && !fits_the_others(c, text))
            return leave(c, line,
                         fmt::format("it is for {}, and weir's checks are for all", whose(text)));
        if (const std::string wrong = mistake(c, line); !wrong.empty())
            return leave(c, line, wrong);
        given_ = true;
        if (!all_have(text))
            note(c.where, fmt::format("check = {} is for {}: weir checks the others too", line,
                                      whose(text)));
        if (differ_)
            note(c.where, fmt::format("check = {}: the servers differ in times: the longest of "
                                      "each is taken",
                                      line));
        service_.settings.push_back("check     = " + line);
        for (const remark& loss : c.losses)
            note(loss.where, loss.text);
        if (service_.obstacles.empty())
            notes_.imported(c.where, fmt::format("{} as check = {}{}{}", c.keyword, line,
                                                 c.explanation.empty() ? "" : ": ", c.explanation));
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
                all->first_down = all->first_down && c.turns.first_down;
            }
        return all.value_or(draft_turns{});
    }
    static std::string to_text(const draft_turns& t) {
        return fmt::format(" interval={} timeout={} fall={} rise=1 first-state={}",
                           time_text(t.interval), time_text(t.timeout), t.fall,
                           t.first_down ? "down" : "up");
    }

    /// May servers be checked that keepalived does not check this way? Without any check, dead ones
    /// would go on getting clients. A program may be one server's own; a server with another check
    /// may fail this one and be well, unless it only asks for a connection.
    bool fits_the_others(const draft_check& c, const std::string& text) const {
        if (c.type == "script") return false;
        for (std::size_t i = 0; i < servers_.size(); ++i) {
            if (texts_[i].contains(text) || servers_[i]->checks.empty()) continue;
            const bool asks_itself = std::ranges::any_of(
                servers_[i]->checks, [](const draft_check& other) { return other.type == "tcp"; });
            if (c.type != "tcp" || text.starts_with("tcp port=") || asks_itself) return false;
        }
        return true;
    }
    void note(const place& where, const std::string& text) {
        notes_.decision(where, text);
        service_.comments.push_back(printable(text));
    }
    void leave(const draft_check& c, const std::string& text, const std::string& why) {
        note(c.where, fmt::format("check = {} is left out: {}", text, why));
    }
    /// "198.51.100.11 of 3 servers".
    std::string whose(const std::string& text) const {
        std::string first;
        for (std::size_t i = 0; i < servers_.size() && first.empty(); ++i)
            if (texts_[i].contains(text)) first = weir::to_string(servers_[i]->address);
        return fmt::format("{}{} of {} servers", count(text) == 1 ? "" : "those like ", first,
                           servers_.size());
    }
    std::string mistake(const draft_check& c, const std::string& text) const {
        const bool odd = std::any_of(text.begin(), text.end(), [](char byte) {
            return byte == '#' || byte < ' ' || byte > '~';
        });
        if (odd) return "a value of weir has no `#` and printable ASCII only";
        const bool asks = c.type != "icmp" && c.type != "script";
        if (asks && !text.starts_with(c.type + " port=")
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
    std::vector<const draft_server*> servers_;
    std::vector<std::set<std::string>> texts_; ///< by server, every way to write its checks
    std::set<std::string> seen_;
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
