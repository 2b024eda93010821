#include "command/status.h"

#include <cmath>
#include <ctime>

#include <fmt/chrono.h>
#include <fmt/format.h>

namespace weir::command {

namespace {

using nlohmann::json;

json to_json(const books_info& books) {
    json drops = json::object();
    for (std::size_t i = 0; i < drop_reasons; ++i)
        if (books.dropped[i] != 0)
            drops[std::string(name_of(static_cast<drop_reason>(i)))] = books.dropped[i];
    return {{"rx", books.received},
            {"tx", books.transmitted},
            {"twin", books.to_twin},
            {"drops", std::move(drops)},
            {"from_linux", books.from_linux},
            {"linux_sent", books.linux_sent},
            {"linux_lost", books.linux_lost},
            {"generated", books.generated},
            {"generated_lost", books.generated_lost},
            {"withheld", books.withheld},
            {"handed_over", books.handed_over},
            {"table_full", books.table_full}};
}

json to_json(const port_info& port) {
    const auto& stats = port.device_stats;
    return {{"name", port.name},
            {"device", port.device},
            {"twin", port.twin.empty() ? json() : json(port.twin)},
            {"link", port.link},
            {"speed", port.speed},
            {"mac", to_string(port.mac)},
            {"mtu", port.mtu},
            {"vlan", port.vlan},
            {"rx_queues", port.rx_queues},
            {"tx_queues", port.tx_queues},
            {"device_stats",
             {{"rx_packets", stats.rx_packets},
              {"rx_bytes", stats.rx_bytes},
              {"rx_missed", stats.rx_missed},
              {"rx_errors", stats.rx_errors},
              {"rx_no_buffer", stats.rx_no_buffer},
              {"tx_packets", stats.tx_packets},
              {"tx_bytes", stats.tx_bytes},
              {"tx_errors", stats.tx_errors}}}};
}

/// RFC 3339, in UTC.
std::string to_text(std::chrono::system_clock::time_point when) {
    return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}",
                       fmt::gmtime(std::chrono::system_clock::to_time_t(when)));
}

books_info sum_of_books(const director_view& view, const std::vector<worker_info>& workers) {
    books_info sum = view.control_books();
    for (const worker_info& worker : workers)
        sum += worker.books;
    return sum;
}

/// What both kinds of status begin with.
json common_status(const director_view& view, const director_info& about,
                   const std::vector<worker_info>& workers) {
    const flow_table& flows = *view.connections().flows;
    return {{"version", WEIR_VERSION},
            {"name", about.name},
            {"uptime", about.uptime.count()},
            {"services", view.service_count()},
            {"books", to_json(sum_of_books(view, workers))},
            {"table",
             {{"flows", flows.size()},
              {"capacity", flows.capacity()},
              {"bytes", flows.bytes()},
              {"page_size", flows.page_size()}}}};
}

} // namespace

void busy_meter::sample(const std::vector<worker_info>& workers) {
    workers_.resize(workers.size());
    for (const worker_info& worker : workers) {
        if (worker.number >= workers_.size()) continue;
        state& s = workers_[worker.number];
        const std::uint64_t cycles = worker.cycles - s.last.cycles;
        const std::uint64_t busy = worker.busy_cycles - s.last.busy;
        if (cycles != 0) s.share = static_cast<double>(busy) / static_cast<double>(cycles);
        s.last = {worker.cycles, worker.busy_cycles};
    }
}

double busy_meter::share(unsigned worker) const {
    return worker < workers_.size() ? workers_[worker].share : 0;
}

json full_status(const director_view& view, const busy_meter& busy) {
    const director_info about = view.about();
    const std::vector<worker_info> workers = view.workers();
    json status = common_status(view, about, workers);
    for (const worker_info& worker : workers)
        status["workers"].push_back({{"number", worker.number},
                                     {"cpu", worker.cpu},
                                     {"busy", busy.share(worker.number)},
                                     {"inbox", worker.inbox},
                                     {"inbox_size", worker.inbox_size},
                                     {"books", to_json(worker.books)}});
    status["control"] = {{"books", to_json(view.control_books())}};
    status["ports"] = json::array();
    for (const port_info& port : view.ports())
        status["ports"].push_back(to_json(port));
    status["neighbours"] = view.neighbours().size();
    status["config"] = {{"file", about.config_file},
                        {"loaded", to_text(about.loaded)},
                        {"reloads", about.reloads},
                        {"last_error", about.last_error.empty() ? json() : json(about.last_error)}};
    return status;
}

json short_status(const director_view& view, const busy_meter& busy) {
    const std::vector<worker_info> workers = view.workers();
    json status = common_status(view, view.about(), workers);
    for (const worker_info& worker : workers)
        status["workers"][std::to_string(worker.number)] = {
            {"cpu", worker.cpu}, {"busy_percent", std::lround(100 * busy.share(worker.number))}};
    return status;
}

} // namespace weir::command
