#pragma once

// An address and a port in the form of the system calls. Any thread.

#include <cstdint>
#include <cstring>

#include <netinet/in.h>
#include <sys/socket.h>

#include "net/types.h"

namespace weir::inline net {

struct socket_address {
    sockaddr_storage storage{};
    socklen_t length = sizeof storage;

    /// Room for one that the kernel writes.
    socket_address() = default;
    /// `port` in host order. No address is IPv6's `::`.
    socket_address(const ip_address& address, std::uint16_t port)
        : socket_address(address, port, address.is_v4()) {}
    /// Of a family: no address is its `0.0.0.0` or `::`.
    socket_address(const ip_address& address, std::uint16_t port, bool v4) {
        if (v4) {
            sockaddr_in to{};
            to.sin_family = AF_INET;
            to.sin_port = be16::from_host(port).raw;
            if (!address.is_none()) to.sin_addr.s_addr = address.as_v4().raw;
            put(to);
        } else {
            sockaddr_in6 to{};
            to.sin6_family = AF_INET6;
            to.sin6_port = be16::from_host(port).raw;
            std::memcpy(&to.sin6_addr, &address, sizeof address);
            put(to);
        }
    }

    const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
    sockaddr* get() { return reinterpret_cast<sockaddr*>(&storage); }

    /// IPv4 also when it stands as an IPv4-mapped IPv6 address.
    ip_address address() const {
        if (storage.ss_family == AF_INET)
            return ip_address::v4(be32{as<sockaddr_in>().sin_addr.s_addr});
        const auto of = as<sockaddr_in6>();
        return ip_address::v6(&of.sin6_addr);
    }
    /// Host order.
    std::uint16_t port() const {
        const be16 network{storage.ss_family == AF_INET ? as<sockaddr_in>().sin_port
                                                        : as<sockaddr_in6>().sin6_port};
        return network.host();
    }

private:
    template <typename T>
    void put(const T& value) {
        std::memcpy(&storage, &value, sizeof value);
        length = sizeof value;
    }
    template <typename T>
    T as() const {
        T value;
        std::memcpy(&value, &storage, sizeof value);
        return value;
    }
};

} // namespace weir::inline net
