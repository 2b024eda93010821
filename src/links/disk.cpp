// A link by a disk that both directors reach: a block device or a file, 4096 bytes for each
// direction. A disk may take seconds for a sector, or hang: so a thread of its own, of ordinary
// priority, writes ours and reads the peer's in turn, once an interval, past all caches (O_DIRECT).
// If the disk is slower than the interval, heartbeats are as far apart as the disk makes them.

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <condition_variable>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <span>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <unistd.h>

#include "links/frame.h"
#include "links/path.h"

namespace weir::links {

namespace {

constexpr std::size_t sector = 4096;
static_assert(longest_frame <= sector);

struct free_it {
    void operator()(std::byte* p) const { std::free(p); }
};
using aligned = std::unique_ptr<std::byte, free_it>;

/// What the path and its thread share. The thread may hang in the disk for good: it then keeps this
/// alive, and nobody waits for it.
struct desk {
    std::mutex lock;
    std::condition_variable changed;
    std::vector<std::byte> to_write;
    std::vector<std::byte> was_read;
    bool is_new = false; ///< was_read
    bool ends = false;
    std::string trouble;
    std::atomic<bool> failed{false};
};

off_t place_of(std::uint32_t number) {
    return static_cast<off_t>(number) * static_cast<off_t>(sector);
}

/// Writes ours, if there is one, and reads the peer's. False: errno says why.
bool turn(int fd, const path_settings& s, std::span<const std::byte> ours, std::byte* buffer,
          bool& has_read) {
    if (!ours.empty()) {
        std::memset(buffer, 0, sector);
        std::memcpy(buffer, ours.data(), ours.size());
        if (pwrite(fd, buffer, sector, place_of(s.own_sector)) != ssize_t{sector}) return false;
    }
    const ssize_t got = pread(fd, buffer, sector, place_of(s.peer_sector));
    has_read = got == ssize_t{sector}; // a file may not be that long yet
    return got >= 0;
}

void serve(const std::shared_ptr<desk>& d, const path_settings& s) {
    const int fd = ::open(s.device.c_str(), O_RDWR | O_DIRECT | O_SYNC | O_CLOEXEC);
    const aligned buffer(static_cast<std::byte*>(std::aligned_alloc(sector, sector)));
    const char* doing = "it cannot be opened";
    bool good = fd >= 0 && buffer;
    std::unique_lock lock(d->lock);
    while (good && !d->ends) {
        doing = "it cannot be written and read";
        const auto next = std::chrono::steady_clock::now() + s.interval;
        const std::vector<std::byte> frame = std::exchange(d->to_write, {});
        lock.unlock();
        bool has_read = false;
        good = turn(fd, s, frame, buffer.get(), has_read);
        lock.lock();
        const std::span<const std::byte> now(buffer.get(), sector);
        if (has_read && !std::ranges::equal(now, d->was_read)) {
            d->was_read.assign(now.begin(), now.end());
            d->is_new = true;
        }
        if (good) d->changed.wait_until(lock, next, [&] { return d->ends; });
    }
    if (!good) d->trouble = std::string(doing) + ": " + std::strerror(errno);
    d->failed = true;
    lock.unlock();
    if (fd >= 0) close(fd);
}

class disk_path final : public path {
public:
    explicit disk_path(const path_settings& s) : wanted_(s) {}
    ~disk_path() override { leave(); }

    /// The thread opens the disk, since that may hang too. So this says what the last one met.
    std::string open() noexcept override {
        std::string met;
        if (desk_) {
            const std::lock_guard lock(desk_->lock);
            met = desk_->trouble;
        }
        leave();
        try {
            desk_ = std::make_shared<desk>();
            std::thread thread([d = desk_, s = wanted_] { serve(d, s); });
            // The thread that makes it is real-time: this one must not be.
            const sched_param ordinary{};
            pthread_setschedparam(thread.native_handle(), SCHED_OTHER, &ordinary);
            pthread_setname_np(thread.native_handle(), "weir-disk");
            thread.detach();
        } catch (const std::exception& e) {
            desk_ = nullptr;
            met = e.what();
        }
        return met;
    }
    bool is_open() const noexcept override { return desk_ && !desk_->failed; }
    int fd() const noexcept override { return -1; }

    bool send(std::span<const std::byte> frame) noexcept override {
        if (!desk_) return false;
        const std::lock_guard lock(desk_->lock);
        desk_->to_write.assign(frame.begin(), frame.end());
        return true;
    }
    std::size_t receive(std::span<std::byte> room) noexcept override {
        if (!desk_) return 0;
        const std::lock_guard lock(desk_->lock);
        if (!std::exchange(desk_->is_new, false)) return 0;
        const std::size_t size = std::min(room.size(), desk_->was_read.size());
        std::memcpy(room.data(), desk_->was_read.data(), size);
        return size;
    }

private:
    void leave() noexcept {
        if (!desk_) return;
        const std::lock_guard lock(desk_->lock);
        desk_->ends = true;
        desk_->changed.notify_one();
    }

    const path_settings wanted_;
    std::shared_ptr<desk> desk_;
};

} // namespace

std::unique_ptr<path> make_disk_path(const path_settings& s) {
    return std::make_unique<disk_path>(s);
}

} // namespace weir::links
