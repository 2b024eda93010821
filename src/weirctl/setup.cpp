// `weirctl setup`: what to change on this machine. Needs no director.

#include <filesystem>
#include <fstream>
#include <stdexcept>

#include <fmt/format.h>

#include "machine/advice.h"
#include "weirctl/commands.h"

namespace weir::weirctl {

namespace {

namespace fs = std::filesystem;

/// Never over a file that is there.
void write(const fs::path& folder, const machine::snippet& s) {
    const fs::path file = folder / s.path;
    std::error_code error;
    fs::create_directories(file.parent_path(), error);
    if (fs::exists(file, error))
        throw std::runtime_error(
            fmt::format("{} is there already: name an empty folder", file.string()));
    std::ofstream out(file);
    out << s.text << std::flush;
    if (!out) throw std::runtime_error(fmt::format("cannot write {}", file.string()));
    print(fmt::format("  wrote    {}\n", file.string()));
}

std::string option(const invocation& call, const char* name) {
    return call.options.contains(name) ? call.options[name].as<std::string>() : "";
}

} // namespace

void setup(const invocation& call) {
    if (call.json) throw config::usage_error("setup has no JSON: it is for people");
    const machine::guide guide = machine::advise(machine::look(option(call, "root")));
    print(machine::to_text(guide));
    const std::string folder = option(call, "write");
    if (folder.empty())
        return print("nothing was changed; `weirctl setup --write DIR` writes these as files\n");
    print("files\n");
    for (const machine::snippet& s : guide.snippets)
        write(folder, s);
}

} // namespace weir::weirctl
