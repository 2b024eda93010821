#pragma once

// What carries heartbeats to one peer: one class for each kind of link, each in a file of its own.
// A path never waits. It has no idea of what a heartbeat is, and trusts nothing: the frame's code
// does that. A further kind is a file, a line in make_path() and one in the configuration.
//
// The links' thread only (links/keeper.h), but for making it.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "net/types.h"

namespace weir::links {

enum class path_kind : std::uint8_t { udp, serial, disk };

struct path_settings {
    path_kind kind = path_kind::udp;
    std::string name;                       ///< "udp 192.0.2.3:7412", for the log
    ip_address address{};                   ///< udp: the peer's
    std::uint16_t port = 0;                 ///< udp: of both
    ip_address source{};                    ///< udp: ours; none: as Linux chooses
    std::string device{};                   ///< serial, disk: a path
    unsigned baud = 0;                      ///< serial
    std::uint32_t own_sector = 0;           ///< disk: 4096 bytes each
    std::uint32_t peer_sector = 0;          ///< disk
    std::chrono::milliseconds interval{10}; ///< of heartbeats
    bool slow() const { return kind != path_kind::udp; }
    friend bool operator==(const path_settings&, const path_settings&) = default;
};

class path {
public:
    virtual ~path() = default;
    /// Tries to become ready; called once a second while it is not. What is in the way, or "".
    virtual std::string open() noexcept = 0;
    virtual bool is_open() const noexcept = 0;
    /// Readable when something may have come; -1: look by yourself.
    virtual int fd() const noexcept = 0;
    /// A frame to the peer. False: not now.
    virtual bool send(std::span<const std::byte> frame) noexcept = 0;
    /// The next frame that came, cut to `room`; 0: none.
    virtual std::size_t receive(std::span<std::byte> room) noexcept = 0;
};

/// One that is an open file of Linux's.
class descriptor_path : public path {
public:
    ~descriptor_path() override { shut(); }
    bool is_open() const noexcept override { return fd_ >= 0; }
    int fd() const noexcept override { return fd_; }

protected:
    /// Shuts it; WHAT and errno's reason.
    std::string trouble(const char* what);
    void shut() noexcept;

    int fd_ = -1;
};

std::unique_ptr<path> make_path(const path_settings& s);

// One for each kind.
std::unique_ptr<path> make_udp_path(const path_settings& s);
std::unique_ptr<path> make_serial_path(const path_settings& s);
std::unique_ptr<path> make_disk_path(const path_settings& s);

} // namespace weir::links
