#include "config/bounds.h"
#include "config/sections.h"
#include "config/values.h"

namespace weir::config {

void set_timeouts(flow_timeouts& t, const std::string& value) {
    std::vector<pair_reader> readers;
    for (const state_facts& s : all_states) {
        if (s.key.empty()) continue;
        readers.push_back({std::string(s.key), [&t, state = s.state](std::string_view text) {
                               const std::chrono::seconds wanted =
                                   seconds(text, 1, longest_timeout);
                               t[state] = static_cast<std::uint16_t>(wanted.count());
                           }});
    }
    read_pairs(words(value), readers, "timeout");
}

} // namespace weir::config
