#include "director/heart_thread.h"

#include <system_error>

#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include <rte_cycles.h>

#include "ha/real_time.h"

namespace weir::director {

heart_thread::heart_thread(ha::heart& heart) : fd_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
    if (fd_ < 0) throw std::system_error(errno, std::generic_category(), "eventfd");
    thread_ = std::thread([this, &heart] { run(heart); });
    complaint_ = ha::make_real_time(thread_, "weir-heart", ha::heart_priority);
}

heart_thread::~heart_thread() {
    stop_ = true;
    thread_.join();
    close(fd_);
}

void heart_thread::quiet() {
    std::uint64_t count = 0;
    [[maybe_unused]] const auto got = read(fd_, &count, sizeof count);
}

void heart_thread::run(ha::heart& heart) noexcept {
    const double nanoseconds = 1e9 / static_cast<double>(rte_get_tsc_hz());
    while (!stop_.load(std::memory_order_relaxed)) {
        if (heart.turn(rte_rdtsc())) {
            const std::uint64_t one = 1;
            [[maybe_unused]] const auto written = write(fd_, &one, sizeof one);
        }
        const std::uint64_t next = heart.next_turn();
        const std::uint64_t now = rte_rdtsc();
        if (now >= next) continue;
        const auto left = static_cast<long>(static_cast<double>(next - now) * nanoseconds);
        const timespec rest{left / 1'000'000'000, left % 1'000'000'000};
        nanosleep(&rest, nullptr);
    }
}

} // namespace weir::director
