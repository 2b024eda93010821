#include "director/link_watch.h"

#include <chrono>
#include <utility>

#include "ha/real_time.h"

namespace weir::director {

namespace {

using namespace std::chrono_literals;

constexpr auto interval = 10ms;

} // namespace

link_watch::link_watch(std::vector<watched> all)
    : all_(std::move(all)), thread_([this] { run(); }) {
    ha::make_real_time(thread_, "weir-carrier", ha::carrier_priority); // the heart's has complained
}

link_watch::~link_watch() {
    stop_ = true;
    thread_.join();
}

void link_watch::run() const noexcept {
    while (!stop_.load(std::memory_order_relaxed)) {
        for (const watched& each : all_)
            if (!each.device->link_is_up_now()) each.up->store(false, std::memory_order_relaxed);
        std::this_thread::sleep_for(interval);
    }
}

} // namespace weir::director
