// The command `checks`: a line for how the checks do as a whole, then one for each check, service
// by service.

#include <algorithm>

#include "command/piecewise.h"

namespace weir::command {

namespace {

using nlohmann::json;

json to_json(const check_info& check) {
    return {{"service", check.service},
            {"server", to_string(check.address)},
            {"server_port", check.server_port},
            {"port", check.port},
            {"type", check.type},
            {"asked", to_string(check.asked)},
            {"state", check.state},
            {"server_state", check.server_up ? "up" : "down"},
            {"answer", check.answer},
            {"since", check.since.count()},
            {"latency_us", check.latency.count()},
            {"share", check.share},
            {"held_ms", check.held.count()}};
}

/// The checks of some services, one after the other.
class check_list {
public:
    check_list(const director_view& view, service_span services)
        : view_(view), services_(services) {}

    bool operator()(std::string& lines) {
        while (next_ == checks_.size()) {
            if (services_.next >= std::min(services_.end, view_.service_count())) return false;
            checks_ = view_.checks(services_.next++);
            next_ = 0;
        }
        lines += to_json(checks_[next_++]).dump() + '\n';
        return true;
    }

private:
    const director_view& view_;
    service_span services_;
    std::vector<check_info> checks_;
    std::size_t next_ = 0;
};

} // namespace

answer list_checks(const arguments& given, const command_context& context) {
    const service_span services = asked_services(given, context);
    const health::punctuality figures = context.view.check_figures();
    const std::string head = json{{"checks",
                                   {{"count", figures.checks},
                                    {"under_way", figures.under_way},
                                    {"programs", figures.programs},
                                    {"waiting", figures.waiting},
                                    {"turns", figures.turns},
                                    {"unable", figures.unable},
                                    {"most_late_us", figures.most_late.count()}}}}
                                 .dump();
    return in_pieces(head + '\n', check_list(context.view, services));
}

} // namespace weir::command
