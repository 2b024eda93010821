// Reading, writing and summing bytes.

#include <stdexcept>

#include "packets/builder.h"

namespace weir::test {

std::uint8_t get8(std::span<const std::byte> bytes, std::size_t at) {
    if (at >= bytes.size()) throw std::out_of_range("get8");
    return std::to_integer<std::uint8_t>(bytes[at]);
}

std::uint16_t get16(std::span<const std::byte> bytes, std::size_t at) {
    return static_cast<std::uint16_t>(get8(bytes, at) << 8 | get8(bytes, at + 1));
}

std::uint32_t get32(std::span<const std::byte> bytes, std::size_t at) {
    return static_cast<std::uint32_t>(get16(bytes, at)) << 16 | get16(bytes, at + 2);
}

void put8(std::span<std::byte> bytes, std::size_t at, std::uint8_t value) {
    if (at >= bytes.size()) throw std::out_of_range("put8");
    bytes[at] = std::byte{value};
}

void put16(std::span<std::byte> bytes, std::size_t at, std::uint16_t value) {
    put8(bytes, at, static_cast<std::uint8_t>(value >> 8));
    put8(bytes, at + 1, static_cast<std::uint8_t>(value));
}

std::uint16_t plain_checksum(std::span<const std::byte> bytes, std::uint32_t seed) {
    std::uint32_t sum = seed;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        sum += static_cast<std::uint32_t>(get8(bytes, i) << (i % 2 == 0 ? 8 : 0));
        sum = (sum & 0xffff) + (sum >> 16);
    }
    sum = (sum & 0xffff) + (sum >> 16);
    return static_cast<std::uint16_t>(~sum);
}

std::uint32_t pseudo_seed(const ip_address& source, const ip_address& destination,
                          std::uint8_t proto, std::size_t length) {
    std::uint32_t sum = proto + static_cast<std::uint32_t>(length & 0xffff)
                        + static_cast<std::uint32_t>(length >> 16);
    const std::size_t first = source.is_v6() ? 0 : 12; // IPv4 has only the last four bytes
    for (const ip_address& address : {source, destination}) {
        const auto octets = address.bytes();
        for (std::size_t i = first; i < 16; i += 2)
            sum += static_cast<std::uint32_t>(octets[i] << 8 | octets[i + 1]);
    }
    return (sum & 0xffff) + (sum >> 16);
}

std::uint32_t plain_crc32c(std::span<const std::byte> bytes) {
    std::uint32_t crc = 0xffffffff;
    for (const std::byte byte : bytes) {
        crc ^= std::to_integer<std::uint32_t>(byte);
        for (int bit = 0; bit < 8; ++bit)
            crc = crc >> 1 ^ ((crc & 1) != 0 ? 0x82f63b78 : 0);
    }
    return ~crc;
}

bool sctp_good(std::span<const std::byte> sctp) {
    if (sctp.size() < 12) return false;
    std::vector<std::byte> copy(sctp.begin(), sctp.end());
    std::uint32_t field = 0;
    for (unsigned i = 0; i < 4; ++i) {
        field |= std::uint32_t{get8(sctp, 8 + i)} << 8 * i;
        copy[8 + i] = std::byte{};
    }
    return plain_crc32c(copy) == field;
}

std::size_t network_offset(std::span<const std::byte> frame) {
    return get16(frame, 12) == 0x8100 ? 18 : 14;
}

void mend_ip_checksum(std::span<std::byte> frame) {
    const std::size_t ip = network_offset(frame);
    put16(frame, ip + 10, 0);
    const std::size_t header = (get8(frame, ip) & 0xfu) * 4u;
    put16(frame, ip + 10, plain_checksum(frame.subspan(ip, header)));
}

} // namespace weir::test
