// The command `checks`: a line for how the checks do as a whole, then one for each check, service
// by service.

#include <algorithm>

#include <nlohmann/json.hpp>

#include "command/piecewise.h"
#include "message/keys.h"

namespace weir::command {

namespace {

using nlohmann::json;
namespace key = message::key;

json to_json(const check_info& check, const std::vector<idle_reason>& why) {
    return {{key::service, check.service},
            {key::server, to_string(check.address)},
            {key::name, check.word},
            {key::server_port, check.server_port},
            {key::port, check.port},
            {key::type, check.type},
            {key::asked, to_string(check.asked)},
            {key::state, check.state},
            {key::server_state, check.server_up ? "up" : "down"},
            {key::why, words_of(why)},
            {key::answer, check.answer},
            {key::since, check.since.count()},
            {key::latency_us, check.latency.count()},
            {key::share, check.share},
            {key::held_ms, check.held.count()}};
}

/// The checks of some services, one after the other.
class check_list {
public:
    check_list(const director_view& view, service_span services)
        : view_(view), services_(services) {}

    bool operator()(std::string& lines) {
        while (next_ == checks_.size()) {
            if (services_.next >= std::min(services_.end, view_.service_count())) return false;
            view_.service(services_.next, service_);
            checks_ = view_.checks(services_.next++);
            next_ = 0;
        }
        const check_info& check = checks_[next_++];
        lines += message::to_text(to_json(check, why(check))) + '\n';
        return true;
    }

private:
    /// Why the checked server gets nothing.
    std::vector<idle_reason> why(const check_info& check) const {
        for (const server_info& server : service_.servers)
            if (server.address == check.address
                && (server.port == 0 || server.port == check.server_port)
                && !server.is(idle_reason::removed))
                return server.why;
        return {};
    }

    const director_view& view_;
    service_span services_;
    service_info service_;
    std::vector<check_info> checks_;
    std::size_t next_ = 0;
};

} // namespace

answer list_checks(const arguments& given, const command_context& context) {
    const service_span services = asked_services(given, context);
    const health::punctuality figures = context.view.check_figures();
    const json head{{key::checks,
                     {{key::count, figures.checks},
                      {key::under_way, figures.under_way},
                      {key::programs, figures.programs},
                      {key::waiting, figures.waiting},
                      {key::turns, figures.turns},
                      {key::unable, figures.unable},
                      {key::most_late_us, figures.most_late.count()}}}};
    return in_pieces(message::to_text(head) + '\n', check_list(context.view, services));
}

} // namespace weir::command
