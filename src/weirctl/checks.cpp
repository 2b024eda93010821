// `weirctl checks`.

#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "message/keys.h"
#include "message/message.h"
#include "weirctl/commands.h"
#include "weirctl/layout.h"

namespace weir::weirctl {

void checks(const invocation& call) {
    using nlohmann::json;
    namespace key = message::key;
    json request = message::request("checks");
    if (!call.words.empty()) request[key::service] = call.words.front();
    bool first = true;
    std::vector<json> all; // of a table, whose width the longest names make
    call.director.ask(request, [&](std::string_view text) {
        const json line = message::parse(text);
        if (line.contains(key::checks)) {
            if (call.json)
                print(fmt::format("{{\"summary\":{},\n\"checks\":[",
                                  message::to_text(line.at(key::checks))));
        } else if (call.json) {
            print(first ? "\n" : ",\n");
            print(text);
            first = false;
        } else {
            all.push_back(line);
        }
    });
    print(!call.json ? check_table(all) : first ? "]}\n" : "\n]}\n");
}

} // namespace weir::weirctl
