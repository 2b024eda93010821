// The command `list`: a line for the director, then for each service a line of its own and one for
// each of its servers, with all that the layouts of weirctl show.

#include <algorithm>

#include <nlohmann/json.hpp>

#include "command/piecewise.h"
#include "command/time_text.h"
#include "message/keys.h"

namespace weir::command {

namespace {

using nlohmann::json;
namespace key = message::key;

/// Of server_totals or rate_info: what is counted is the same.
template <typename Figures>
json to_json(const Figures& figures) {
    return {{key::connections, figures.connections},
            {key::in_packets, figures.in_packets},
            {key::out_packets, figures.out_packets},
            {key::in_bytes, figures.in_bytes},
            {key::out_bytes, figures.out_bytes}};
}

class service_list {
public:
    service_list(const director_view& view, const rates& speeds, service_span services)
        : view_(view), speeds_(speeds), services_(services) {}

    bool operator()(std::string& lines) {
        if (next_server_ < service_.servers.size())
            add_server(lines, service_.servers[next_server_++]);
        else if (services_.next
                 < std::min(services_.end, view_.service_count() + view_.removed_count()))
            add_service(lines);
        else
            return false;
        return true;
    }

private:
    void add_service(std::string& lines) {
        view_.service(services_.next++, service_);
        next_server_ = 0;
        json listen = json::array();
        for (const endpoint& where : service_.listen)
            listen.push_back(to_string(where));
        add(lines, {{key::service,
                     {{key::name, service_.name},
                      {key::removed, service_.removed},
                      {key::listen, std::move(listen)},
                      {key::scheduler, service_.scheduler},
                      {key::options, service_.scheduler_options},
                      {key::persistence, service_.persistence},
                      {key::prefix, service_.prefix},
                      {key::one_packet, service_.one_packet},
                      {key::quorum, service_.quorum},
                      {key::quorum_weight, service_.quorum_weight},
                      {key::quorum_up, service_.quorum_up},
                      {key::totals, to_json(service_.totals)},
                      {key::rates, to_json(speeds_.of_service(service_.name))}}}});
    }
    void add_server(std::string& lines, const server_info& server) const {
        const mode_facts& mode = server.forward.facts();
        add(lines, {{key::server,
                     {{key::address, to_string(server.address)},
                      {key::name, server.word},
                      {key::port, service_.port_of(server)},
                      {key::forward, mode.word},
                      {key::encap, mode.tunnels ? word_of(server.forward.encap) : ""},
                      {key::weight, server.weight},
                      {key::base_weight, server.base_weight},
                      {key::share, server.share},
                      {key::in_file, server.in_file},
                      {key::since, server.since ? json(to_text(*server.since)) : json()},
                      {key::configured_weight, server.configured_weight},
                      {key::state, server.state()},
                      {key::used, server.used()},
                      {key::why, words_of(server.why)},
                      {key::overloaded, server.is(idle_reason::overloaded)},
                      {key::fallback, server.fallback},
                      {key::route, !server.is(idle_reason::no_route)},
                      {key::persistent, server.templates},
                      {key::active, server.active},
                      {key::inactive, server.inactive},
                      {key::upper, server.upper},
                      {key::lower, server.lower},
                      {key::totals, to_json(server.totals)},
                      {key::rates, to_json(speeds_.of_server(server.id))}}}});
    }
    static void add(std::string& lines, const json& line) {
        lines += message::to_text(line);
        lines += '\n';
    }

    const director_view& view_;
    const rates& speeds_;
    service_span services_;
    service_info service_;
    std::size_t next_server_ = 0;
};

} // namespace

answer list_services(const arguments& given, const command_context& context) {
    const json head{
        {key::director,
         {{key::version, WEIR_VERSION}, {key::size, context.view.connections().flows->entries()}}}};
    return in_pieces(message::to_text(head) + '\n',
                     service_list(context.view, context.speeds, asked_services(given, context)));
}

} // namespace weir::command
