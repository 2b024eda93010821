#include "director/shared_key.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config/descriptor.h"

namespace weir::director {

namespace {

using config::descriptor;

constexpr mode_t key_mode = 0600;
constexpr mode_t directory_mode = 0700;
constexpr std::size_t digits = 2 * shared_key::size;

[[noreturn]] void wrong(const std::string& file, const std::string& what) {
    throw std::runtime_error(fmt::format("{}:1: {}", file, what));
}

[[noreturn]] void fail(const std::string& file, const char* what) {
    throw std::runtime_error(fmt::format("{}: {}: {}", file, what, std::strerror(errno)));
}

int value_of(char digit) {
    if (digit >= '0' && digit <= '9') return digit - '0';
    if (digit >= 'a' && digit <= 'f') return digit - 'a' + 10;
    if (digit >= 'A' && digit <= 'F') return digit - 'A' + 10;
    return -1;
}

[[noreturn]] void fail_to_keep(const std::string& file) {
    throw shared_key::cannot_keep(
        fmt::format("{}: cannot be made: {}", file, std::strerror(errno)));
}

void write_key(const std::string& file, const shared_key::key_bytes& key) {
    const descriptor f(open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, key_mode));
    std::string line;
    for (const std::uint8_t byte : key)
        line += fmt::format("{:02x}", byte);
    line += '\n';
    if (f.get() < 0 || write(f.get(), line.data(), line.size()) != static_cast<ssize_t>(line.size())
        || fsync(f.get()) != 0)
        fail_to_keep(file);
}

shared_key::key_bytes random_bytes() {
    shared_key::key_bytes key{};
    if (getrandom(key.data(), key.size(), 0) != static_cast<ssize_t>(key.size()))
        throw std::runtime_error("getrandom gives no random numbers");
    return key;
}

} // namespace

shared_key shared_key::read(const std::string& file) {
    const descriptor f(open(file.c_str(), O_RDONLY | O_CLOEXEC));
    struct stat about {};
    if (f.get() < 0 || fstat(f.get(), &about) != 0) fail(file, "cannot be read");
    if ((about.st_mode & 077) != 0)
        wrong(file, fmt::format("its mode {:04o} lets others read or change it: `chmod 600 {}`",
                                about.st_mode & 07777u, file));
    std::array<char, 512> text{};
    const ssize_t length = ::read(f.get(), text.data(), text.size());
    if (length < 0) fail(file, "cannot be read");
    std::string_view line(text.data(), static_cast<std::size_t>(length));
    if (line.ends_with('\n')) line.remove_suffix(1);
    const std::size_t read = line.find_first_not_of("0123456789abcdefABCDEF");
    if (read != std::string_view::npos || line.size() != digits)
        wrong(file, fmt::format("{}: a key is one line of {} hexadecimal digits, as `openssl rand "
                                "-hex {}` prints",
                                read != std::string_view::npos
                                    ? fmt::format("byte {} is no hexadecimal digit", read + 1)
                                    : fmt::format("{} digits", line.size()),
                                digits, size));
    key_bytes key{};
    for (std::size_t i = 0; i < size; ++i)
        key[i] = static_cast<std::uint8_t>(value_of(line[2 * i]) << 4 | value_of(line[2 * i + 1]));
    return shared_key(key);
}

shared_key shared_key::keep_in(const std::string& directory) {
    const std::string file = directory + "/key";
    if (access(file.c_str(), F_OK) == 0) return read(file);
    std::error_code error;
    if (const auto parent = std::filesystem::path(directory).parent_path(); !parent.empty())
        std::filesystem::create_directories(parent, error);
    if (mkdir(directory.c_str(), directory_mode) != 0 && errno != EEXIST) fail_to_keep(directory);
    // Under a name of its own first: whoever sees `key` sees the whole of it.
    const std::string own = fmt::format("{}.{}", file, getpid());
    unlink(own.c_str()); // of a start that was cut short
    write_key(own, random_bytes());
    const int result = link(own.c_str(), file.c_str());
    const int reason = errno;
    unlink(own.c_str());
    errno = reason;
    if (result != 0 && errno != EEXIST) fail_to_keep(file);
    return read(file);
}

shared_key shared_key::random() {
    return shared_key(random_bytes());
}

/// HKDF-Expand: each purpose has words of its own.
std::array<std::uint8_t, 2 * shared_key::block> shared_key::words(std::string_view purpose) const {
    std::array<std::uint8_t, 2 * block> all{};
    std::string text;
    for (std::uint8_t number = 1; number <= 2; ++number) {
        std::uint8_t* const out = all.data() + (number - 1) * block;
        if (number > 1) text.assign(reinterpret_cast<const char*>(out - block), block);
        text += purpose;
        text += static_cast<char>(number);
        if (HMAC(EVP_sha256(), key_.data(), static_cast<int>(size),
                 reinterpret_cast<const unsigned char*>(text.data()), text.size(), out, nullptr)
            == nullptr)
            throw std::runtime_error("OpenSSL has no HMAC with SHA-256");
        text.clear();
    }
    return all;
}

flow_hasher shared_key::hasher(std::string_view purpose) const {
    const auto all = words(purpose);
    flow_hasher::salt salt;
    static_assert(sizeof salt <= sizeof all);
    std::memcpy(salt.data(), all.data(), sizeof salt);
    return flow_hasher(salt);
}

shared_key::key_bytes shared_key::secret(std::string_view purpose) const {
    const auto all = words(purpose);
    key_bytes result;
    std::copy_n(all.begin(), result.size(), result.begin());
    return result;
}

} // namespace weir::director
