#include "director/own_vips.h"

#include <utility>

#include "log/log.h"

namespace weir::director {

void own_vips::has(std::vector<config::address_of_linux> all) {
    if (addresses_ == all) return;
    addresses_ = std::move(all);
    look();
}

void own_vips::set_ports(const std::vector<config::port>& ports) {
    ports_ = ports;
    look();
}

void own_vips::look() {
    std::set<std::string> now;
    for (const config::address_of_linux& here : addresses_)
        for (const auto& service : plane_.services().services())
            if (std::string line = config::meaning_of(here, service->wanted, ports_); !line.empty())
                now.insert(std::move(line));
    for (const std::string& line : now)
        if (!told_.contains(line)) log::warning("{}", line);
    told_ = std::move(now);
}

} // namespace weir::director
