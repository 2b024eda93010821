#include "linux/twin_addresses.h"

#include <algorithm>
#include <exception>

#include "log/log.h"

namespace weir::linux {

namespace {

std::vector<prefix> local_vips(const std::vector<config::service>& services,
                               const std::function<bool(const ip_address&)>& is_own) {
    std::vector<prefix> vips;
    for (const config::service& service : services) {
        const auto is_local = [&](const config::server& s) { return is_own(s.address); };
        if (std::none_of(service.servers.begin(), service.servers.end(), is_local)
            && !(service.fallback && is_local(*service.fallback)))
            continue;
        for (const endpoint& where : service.listen) {
            const prefix vip = prefix::of(where.address);
            if (std::find(vips.begin(), vips.end(), vip) == vips.end()) vips.push_back(vip);
        }
    }
    return vips;
}

} // namespace

twin_addresses::twin_addresses(std::vector<port::twin*> twins)
    : twins_(std::move(twins)), before_(twins_.size()), lost_(twins_.size()) {}

void twin_addresses::set(const config::configuration& wanted,
                         const std::function<bool(const ip_address&)>& is_own) {
    for (std::size_t port = 0; port < twins_.size(); ++port)
        if (twins_[port] != nullptr) before_[port] = twins_[port]->addresses();
    const std::vector<prefix> vips = local_vips(wanted.services, is_own);
    for (std::size_t port = 0; port < twins_.size(); ++port) {
        if (twins_[port] == nullptr) continue;
        if (twins_[port]->is_missing()) {
            twins_[port]->make_again();
            log::warning("twin {} was missing: it is made again", twins_[port]->name());
        } else if (twins_[port]->is_down()) {
            twins_[port]->set_up();
            log::warning("twin {} was down: it is up again", twins_[port]->name());
        }
        for (const prefix& each : twins_[port]->lacking())
            log::warning("twin {} lacked {}: it is set again", twins_[port]->name(),
                         to_string(each));
        std::vector<prefix> all = wanted.ports[port].addresses;
        all.insert(all.end(), vips.begin(), vips.end());
        twins_[port]->set_addresses(all);
    }
}

void twin_addresses::look() {
    for (std::size_t port = 0; port < twins_.size(); ++port) {
        if (twins_[port] == nullptr) continue;
        const std::string lost = twins_[port]->trouble();
        if (lost == lost_[port]) continue;
        if (!lost.empty())
            log::warning("twin {}: {}: somebody has changed that; `weirctl reload` puts it right",
                         twins_[port]->name(), lost);
        else
            log::info("twin {} has all that weir gave it again", twins_[port]->name());
        lost_[port] = lost;
    }
}

void twin_addresses::undo() {
    for (std::size_t port = 0; port < twins_.size(); ++port) {
        try {
            if (twins_[port] != nullptr) twins_[port]->set_addresses(before_[port]);
        } catch (const std::exception& e) {
            log::error("{}, which it had before", e.what());
        }
    }
}

} // namespace weir::linux
