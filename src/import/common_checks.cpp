#include "import/common_checks.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "config/check.h"
#include "config/values.h"

namespace weir::importer {

namespace {

class check_sharer {
public:
    check_sharer(draft_service& s, report& notes) : service_(s), notes_(notes) {
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
    std::string text_of(const draft_server& r, const draft_check& c, bool general) const {
        const std::string& rest = general && !c.general.empty() ? c.general : c.parameters;
        const bool asks = c.type == "script" ? rest.find("{port}") != rest.npos : c.type != "icmp";
        if (!asks || c.port == 0 || c.port == usual_port(r)) return c.type + rest;
        return fmt::format("{} port={}{}", c.type, c.port, rest);
    }
    bool all_have(const std::string& text) const {
        return std::all_of(texts_.begin(), texts_.end(),
                           [&](const auto& texts) { return texts.contains(text); });
    }

    void take(const draft_server& r, const draft_check& c) {
        std::string text = text_of(r, c, false);
        if (const std::string general = text_of(r, c, true); !all_have(text) && all_have(general))
            text = general;
        if (!seen_.insert(text).second) return;
        if (!all_have(text)) return leave(c, text, whose(text));
        const std::string wrong = mistake(c, text);
        if (!wrong.empty()) return leave(c, text, wrong);
        given_ = true;
        service_.settings.push_back("check     = " + text);
        for (const remark& loss : c.losses) {
            notes_.decision(loss.where, loss.text);
            service_.comments.push_back(printable(loss.text));
        }
        if (service_.obstacles.empty())
            notes_.imported(c.where, fmt::format("{} as check = {}{}{}", c.keyword, text,
                                                 c.explanation.empty() ? "" : ": ", c.explanation));
    }
    void leave(const draft_check& c, const std::string& text, const std::string& why) {
        const std::string line = fmt::format("check = {} is left out: {}", text, why);
        notes_.decision(c.where, line);
        service_.comments.push_back(printable(line));
    }
    std::string whose(const std::string& text) const {
        std::size_t count = 0;
        std::string first;
        for (std::size_t i = 0; i < servers_.size(); ++i)
            if (texts_[i].contains(text) && count++ == 0)
                first = weir::to_string(servers_[i]->address);
        return fmt::format("it is for {}{} of {} servers, and weir's checks are for all",
                           count == 1 ? "" : "those like ", first, servers_.size());
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
        service_.settings.push_back("hold-down = 0  # keepalived has none; weir's is 10s max=5m");
    }

    draft_service& service_;
    report& notes_;
    std::vector<const draft_server*> servers_;
    std::vector<std::set<std::string>> texts_; ///< by server, every way to write its checks
    std::set<std::string> seen_;
    bool given_ = false;
};

} // namespace

void share_checks(draft_service& s, report& notes) {
    check_sharer(s, notes).run();
}

} // namespace weir::importer
