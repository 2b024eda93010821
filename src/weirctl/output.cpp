// All of weirctl's output goes through here.

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <stdexcept>

#include <fmt/format.h>

#include "weirctl/commands.h"

namespace weir::weirctl {

namespace {

[[noreturn]] void complain() {
    if (errno == EPIPE) throw output_closed{};
    throw std::runtime_error(fmt::format("cannot write: {}", std::strerror(errno)));
}

} // namespace

void print(std::string_view text) {
    if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size()) complain();
}

void flush() {
    if (std::fflush(stdout) != 0) complain();
}

void print_json_list(const invocation& call, const nlohmann::json& request, const char* name) {
    // Nothing is printed before the director has accepted the request.
    const std::string head = fmt::format("{{\"{}\":[\n", name);
    bool first = true;
    call.director.ask(request, [&](std::string_view line) {
        print(first ? std::string_view(head) : ",\n");
        print(line);
        first = false;
    });
    print(first ? fmt::format("{{\"{}\":[]}}\n", name) : "\n]}\n");
}

} // namespace weir::weirctl
