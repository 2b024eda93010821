// Any bytes as a heartbeat: first as they are, which no key lets through, then with the right code
// behind them, as someone with the key might send them. What is taken is written as it came.

#include <cstring>

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "links/conversation.h"
#include "links/frame.h"
#include "links/stuffing.h"
#include "target.h"

namespace weir::fuzz {

namespace {

const links::key_bytes pair_key{1, 2, 3};

/// Ends the frame as its length says, with the code of what is before it.
bool sign(std::vector<std::byte>& frame) {
    if (frame.size() < links::head_size + links::code_size) return false;
    frame[6] = static_cast<std::byte>(frame.size() >> 8);
    frame[7] = static_cast<std::byte>(frame.size());
    unsigned char code[32];
    HMAC(EVP_sha256(), pair_key.data(), static_cast<int>(pair_key.size()),
         reinterpret_cast<const unsigned char*>(frame.data()), frame.size() - links::code_size,
         code, nullptr);
    std::memcpy(frame.data() + frame.size() - links::code_size, code, links::code_size);
    return true;
}

} // namespace

std::vector<std::string> seeds() {
    links::heartbeat h{.boot = 1,
                       .echo = 2,
                       .sequence = 3,
                       .interval = links::microseconds{10'000},
                       .name = "lb-a"};
    h.groups.push_back({links::key_of("shop"), {ha::state::active, true, true, 200}});
    h.pings.push_back({links::key_of("ping gateway"), 1});
    std::vector<std::byte> bytes;
    links::write(h, pair_key, bytes);
    return {std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size())};
}

} // namespace weir::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace weir;
    using namespace weir::fuzz;
    std::vector<std::byte> frame(reinterpret_cast<const std::byte*>(data),
                                 reinterpret_cast<const std::byte*>(data) + size);
    links::unstuffer stuffed(links::longest_frame);
    for (const std::byte b : frame)
        if (stuffed.take(b))
            require(stuffed.frame().size() <= links::longest_frame + 1, "no longer than allowed");
    links::heartbeat h;
    links::read(frame, pair_key, h);
    if (size > 65535 || !sign(frame)) return 0;
    if (links::read(frame, pair_key, h) != links::fault::none) return 0;
    std::vector<std::byte> again;
    links::write(h, pair_key, again);
    require(again == frame, "it is written as it was read");
    links::conversation heard(1);
    heard.hear(h, 0, false);
    require(heard.hear(h, 0, true) != links::conversation::verdict::fresh, "it is fresh once");
    return 0;
}
