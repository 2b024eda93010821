#include "port/line_stream.h"

#include <memory>
#include <string_view>

#include <sys/types.h>

namespace weir::port {

namespace {

struct receiver {
    std::function<void(const std::string&)> line;
    std::string unfinished;

    void finish() {
        if (!unfinished.empty()) line(unfinished);
        unfinished.clear();
    }
};

ssize_t take(void* cookie, const char* bytes, std::size_t size) {
    receiver& to = *static_cast<receiver*>(cookie);
    for (const char c : std::string_view(bytes, size)) {
        if (c == '\n')
            to.finish();
        else
            to.unfinished += c;
    }
    return static_cast<ssize_t>(size);
}

int end(void* cookie) {
    const std::unique_ptr<receiver> last(static_cast<receiver*>(cookie));
    last->finish();
    return 0;
}

} // namespace

std::FILE* open_line_stream(std::function<void(const std::string&)> line) {
    auto to = std::make_unique<receiver>(receiver{std::move(line), {}});
    std::FILE* const stream =
        fopencookie(to.get(), "w", {.read = nullptr, .write = take, .seek = nullptr, .close = end});
    if (stream != nullptr) to.release();
    return stream;
}

} // namespace weir::port
