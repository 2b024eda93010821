// `weirctl checks`.

#include <vector>

#include <fmt/format.h>

#include "weirctl/commands.h"
#include "weirctl/json.h"
#include "weirctl/layout.h"

namespace weir::weirctl {

void checks(const invocation& call) {
    using nlohmann::json;
    json request{{"command", "checks"}};
    if (!call.words.empty()) request["service"] = call.words.front();
    bool first = true;
    std::vector<json> all; // of a table, whose width the longest names make
    call.director.ask(request, [&](std::string_view text) {
        const json line = json::parse(text);
        if (line.contains("checks")) {
            if (call.json)
                print(fmt::format("{{\"summary\":{},\n\"checks\":[", line.at("checks").dump()));
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
