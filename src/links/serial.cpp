// A link by a serial line: a terminal device in raw mode, frames between zeros (stuffing.h). What
// does not fit into the device's buffer yet waits here, one frame at most: a slow line gets the
// newest news, not all of it.

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <termios.h>
#include <unistd.h>

#include "links/frame.h"
#include "links/path.h"
#include "links/stuffing.h"

namespace weir::links {

namespace {

speed_t speed_of(unsigned baud) {
    constexpr std::array<std::pair<unsigned, speed_t>, 8> speeds{{{9600, B9600},
                                                                  {19200, B19200},
                                                                  {38400, B38400},
                                                                  {57600, B57600},
                                                                  {115200, B115200},
                                                                  {230400, B230400},
                                                                  {460800, B460800},
                                                                  {921600, B921600}}};
    for (const auto& [rate, speed] : speeds)
        if (rate == baud) return speed;
    return B115200;
}

class serial_path final : public descriptor_path {
public:
    explicit serial_path(const path_settings& s) : wanted_(s), frames_(longest_frame) {}

    std::string open() noexcept override {
        fd_ = ::open(wanted_.device.c_str(), O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
        if (fd_ < 0) return trouble("it cannot be opened");
        termios mode{};
        if (tcgetattr(fd_, &mode) != 0) return trouble("it is no terminal");
        cfmakeraw(&mode);
        mode.c_cflag |= CLOCAL | CREAD; // no modem
        mode.c_cflag &= static_cast<tcflag_t>(~(CSTOPB | CRTSCTS));
        cfsetspeed(&mode, speed_of(wanted_.baud));
        if (tcsetattr(fd_, TCSANOW, &mode) != 0) return trouble("it takes no raw mode");
        tcflush(fd_, TCIOFLUSH);
        waiting_.assign(1, std::byte{0}); // ends whatever was said before
        return "";
    }

    bool send(std::span<const std::byte> frame) noexcept override {
        if (!flush()) return false;
        stuff(frame, waiting_);
        flush();
        return true;
    }
    std::size_t receive(std::span<std::byte> room) noexcept override {
        flush();
        for (;;) {
            while (next_ < came_) {
                if (!frames_.take(buffer_[next_++])) continue;
                const auto frame = frames_.frame();
                if (frame.size() > room.size()) continue;
                std::memcpy(room.data(), frame.data(), frame.size());
                return frame.size();
            }
            const ssize_t got = fd_ < 0 ? 0 : ::read(fd_, buffer_.data(), buffer_.size());
            if (got <= 0) {
                if (got == 0 || errno != EAGAIN) shut(); // hung up
                return 0;
            }
            next_ = 0;
            came_ = static_cast<std::size_t>(got);
        }
    }

private:
    /// True: nothing waits any more.
    bool flush() noexcept {
        if (fd_ < 0) return false;
        while (!waiting_.empty()) {
            const ssize_t sent = ::write(fd_, waiting_.data(), waiting_.size());
            if (sent <= 0) {
                if (sent < 0 && errno != EAGAIN) shut();
                return false;
            }
            waiting_.erase(waiting_.begin(), waiting_.begin() + sent);
        }
        return true;
    }

    const path_settings wanted_;
    std::vector<std::byte> waiting_; ///< to be sent
    unstuffer frames_;
    std::array<std::byte, 1024> buffer_{};
    std::size_t next_ = 0; ///< of buffer_
    std::size_t came_ = 0;
};

} // namespace

std::unique_ptr<path> make_serial_path(const path_settings& s) {
    return std::make_unique<serial_path>(s);
}

} // namespace weir::links
