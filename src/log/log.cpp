#include "log/log.h"

#include <array>
#include <atomic>
#include <cstdlib>
#include <ctime>
#include <mutex>

#include <sys/stat.h>
#include <unistd.h>

#include "log/sink.h"

namespace weir::log {

namespace {

std::atomic<level> most_wanted{level::info};
std::atomic<std::uint64_t> lost{0};

struct level_name {
    std::string_view priority; ///< sd-daemon(3)
    std::string_view word;
};

constexpr std::array<level_name, 4> level_names{{
    {"<3>", "error"},
    {"<4>", "warning"},
    {"<6>", "info"},
    {"<7>", "debug"},
}};

/// True if stderr is the journal's stream. JOURNAL_STREAM names the device and inode of the stream
/// that systemd gave us; stderr may have been redirected since.
bool stderr_is_journal() {
    const char* const stream = std::getenv("JOURNAL_STREAM");
    struct stat now {};
    return stream != nullptr && fstat(STDERR_FILENO, &now) == 0
           && fmt::format("{}:{}", now.st_dev, now.st_ino) == stream;
}

struct shared_limiter {
    std::mutex lock;
    limiter events;
};

shared_limiter& shared() {
    static shared_limiter instance;
    return instance;
}

} // namespace

void set_level(level most) {
    most_wanted.store(most, std::memory_order_relaxed);
}

bool enabled(level l) noexcept {
    return l <= most_wanted.load(std::memory_order_relaxed);
}

std::string line(level l, std::string_view message, bool journal,
                 std::chrono::system_clock::time_point now) {
    const level_name& name = level_names[static_cast<std::size_t>(l)];
    std::string text;
    if (journal) {
        text = name.priority;
    } else {
        const auto ms =
            std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count();
        const std::time_t seconds = static_cast<std::time_t>(ms / 1000);
        std::tm local{};
        localtime_r(&seconds, &local);
        std::array<char, 32> date;
        std::strftime(date.data(), date.size(), "%Y-%m-%d %H:%M:%S", &local);
        text = fmt::format("{}.{:03} {}: ", date.data(), ms % 1000, name.word);
    }
    for (const char c : message) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte < 0x20 || byte == 0x7f)
            text += fmt::format("\\x{:02x}", byte);
        else
            text += c;
    }
    text += '\n';
    return text;
}

void write(level l, std::string_view message) {
    static const bool journal = stderr_is_journal();
    static std::mutex lock;
    static sink out(STDERR_FILENO);
    const auto now = std::chrono::system_clock::now();
    const std::string text = line(l, message, journal, now);
    const std::lock_guard guard(lock);
    out.write(text, [&](std::uint64_t lost) {
        return line(level::warning,
                    fmt::format("lines lost: {}: the log's reader did not keep up", lost), journal,
                    now);
    });
    lost.store(out.lost(), std::memory_order_relaxed);
}

std::uint64_t lost_lines() noexcept {
    return lost.load(std::memory_order_relaxed);
}

std::optional<std::uint64_t> limiter::admit(std::string_view key, clock::time_point now,
                                            std::chrono::seconds interval) {
    const auto [found, is_new] = keys_.try_emplace(std::string(key), state{now, 0, interval});
    state& s = found->second;
    if (!is_new && now - s.last < interval) {
        ++s.skipped;
        return std::nullopt;
    }
    s.last = now;
    return std::exchange(s.skipped, 0);
}

std::vector<limiter::left_out> limiter::settle(clock::time_point now) {
    std::vector<left_out> all;
    std::erase_if(keys_, [&](const auto& entry) {
        if (now - entry.second.last < entry.second.interval) return false;
        if (entry.second.skipped != 0) all.push_back({entry.first, entry.second.skipped});
        return true;
    });
    return all;
}

std::optional<std::uint64_t> detail::admit(std::string_view key, std::chrono::seconds interval) {
    const std::lock_guard guard(shared().lock);
    return shared().events.admit(key, limiter::clock::now(), interval);
}

void settle() {
    std::vector<limiter::left_out> all;
    {
        const std::lock_guard guard(shared().lock);
        all = shared().events.settle(limiter::clock::now());
    }
    for (const limiter::left_out& item : all)
        info("{}: {} more", item.key, item.count);
}

} // namespace weir::log
