// The names of servers (`name=`): each word means one server of its service, and each server has
// one word in the whole file. A server is what the file writes: an address, or address and port.

#include <string_view>
#include <unordered_map>

#include <fmt/format.h>

#include "config/validate.h"
#include "net/names.h"

namespace weir::config {

void validate_names(const configuration& c, std::vector<problem>& problems) {
    std::unordered_map<std::string, const server*> words; // of all servers, the first line each
    for (const service& s : c.services) {
        std::unordered_map<std::string_view, const server*> servers; // of this service, by word
        for (const server& r : s.servers) {
            if (r.word.empty()) continue;
            const std::string name = to_string(server_name{r.address, r.port});
            const server& first = *servers.try_emplace(r.word, &r).first->second;
            if (&first != &r)
                problems.push_back(
                    {r.where, fmt::format("server: name: `{}` is already {} {}: give each "
                                          "server of [service {}] its own name",
                                          r.word, to_string(server_name{first.address, first.port}),
                                          seen_from(r.where, first.where), s.name)});
            const server& named = *words.try_emplace(name, &r).first->second;
            if (named.word != r.word)
                problems.push_back(
                    {r.where,
                     fmt::format("server: name: {} is `{}` {}: give it that name here too, "
                                 "or leave `name={}` out",
                                 name, named.word, seen_from(r.where, named.where), r.word)});
        }
    }
}

} // namespace weir::config
