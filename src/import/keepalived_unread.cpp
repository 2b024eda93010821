// Words that keepalived skips silently: a keyword takes a fixed number of words on its line. If a
// block is on one line, `{ weight 2 uthreshold 100 }`, the next keyword is among the skipped words.

#include <limits>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "import/keepalived_parts.h"

namespace weir::importer {

namespace {

constexpr std::string_view alone =
    " ops omega ha_suspend hashed sh-port sh-fallback mh-port mh-fallback flag-1 flag-2 flag-3 "
    "sorry_server_inhibit misc_dynamic enable_sni fast_recovery regex_no_match ";
constexpr std::string_view with_one =
    " lvs_sched lb_algo protocol persistence_timeout persistence_granularity delay_loop "
    "connect_timeout retry nb_get_retry delay_before_retry warmup quorum hysteresis weight "
    "uthreshold lthreshold alpha inhibit_on_failure virtualhost connect_ip connect_port bindto "
    "path digest regex http_protocol tls_compliant sni_name helo_name name type misc_timeout ";
constexpr std::string_view with_two = " real_server sorry_server ";

/// How many words keepalived reads after a keyword.
std::size_t words_read(const std::string& keyword) {
    const std::string word = " " + keyword + " ";
    if (alone.find(word) != std::string_view::npos) return 0;
    if (with_one.find(word) != std::string_view::npos) return 1;
    if (with_two.find(word) != std::string_view::npos) return 2;
    return std::numeric_limits<std::size_t>::max();
}

void look_into(const statement& block, std::vector<unread>& all) {
    for (const statement& s : block.inner) {
        const std::size_t read = words_read(s.keyword());
        if (s.words.size() - 1 > read) {
            const auto first = s.words.begin() + static_cast<std::ptrdiff_t>(read + 1);
            all.push_back({s.where, fmt::format("`{}` behind `{}` is not read, nor does keepalived "
                                                "read it: each keyword needs a line of its own",
                                                fmt::join(first, s.words.end(), " "),
                                                fmt::join(s.words.begin(), first, " "))});
        }
        look_into(s, all);
    }
}

} // namespace

std::vector<unread> unread_words(const statement& block) {
    std::vector<unread> all;
    look_into(block, all);
    return all;
}

} // namespace weir::importer
