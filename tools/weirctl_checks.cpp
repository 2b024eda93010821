// `weirctl checks`.

#include <fmt/format.h>

#include "weirctl_commands.h"
#include "weirctl_json.h"
#include "weirctl_layout.h"

namespace weir::ctl {

void checks(const invocation& call) {
    using nlohmann::json;
    json request{{"command", "checks"}};
    if (!call.words.empty()) request["service"] = call.words.front();
    bool first = true;
    json figures;
    const auto head = [&](const json& line) {
        figures = line;
        print(call.json ? fmt::format("{{\"summary\":{},\n\"checks\":[", figures.dump())
                        : checks_title());
    };
    call.director.ask(request, [&](std::string_view text) {
        const json line = json::parse(text);
        if (line.contains("checks")) return head(line.at("checks"));
        if (call.json) {
            print(first ? "\n" : ",\n");
            print(text);
        } else {
            print(check_line(line));
        }
        first = false;
    });
    if (call.json) print(first ? "]}\n" : "\n]}\n");
}

} // namespace weir::ctl
