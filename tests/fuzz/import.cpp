// Any text as another balancer's file: what comes of it is a configuration that weir reads, and a
// report of printable lines. The first byte: keepalived's or ipvsadm's. Included files are the
// text itself, so that what is said of their depth and number holds.

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <stdexcept>

#include "config/load.h"
#include "import/ipvsadm.h"
#include "import/keepalived.h"
#include "target.h"

namespace weir::fuzz {

std::vector<std::string> seeds() {
    namespace fs = std::filesystem;
    std::vector<fs::path> files;
    for (const auto& entry : fs::directory_iterator(WEIR_SAMPLES "/../tests/import"))
        files.push_back(entry.path());
    std::ranges::sort(files);
    std::vector<std::string> all;
    for (const fs::path& path : files) {
        const bool keepalived = path.extension() == ".conf";
        if (!keepalived && path.extension() != ".ipvsadm") continue;
        std::ifstream file(path);
        const std::string text{std::istreambuf_iterator<char>(file), {}};
        all.push_back((keepalived ? "k" : "i") + text);
    }
    require(all.size() > 5, "the files of tests/import are missing");
    return all;
}

} // namespace weir::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace weir;
    using namespace weir::fuzz;
    if (size == 0) return 0;
    const std::string text(reinterpret_cast<const char*>(data) + 1, size - 1);
    const importer::file_access files{
        .glob = [](const std::string&) { return std::vector<std::string>{"again.conf"}; },
        .read = [&](const std::string&) -> std::optional<std::string> { return text; }};
    importer::findings notes;
    std::string made;
    try {
        importer::draft d = data[0] % 2 != 0
                                ? importer::import_keepalived(
                                    "k.conf", text, {.id = "lb1", .interfaces = {}}, files, notes)
                                : importer::import_ipvsadm("rules", text, {"eth0", "eth1"}, notes);
        made = importer::write_valid(d, "x", notes);
    } catch (const std::runtime_error& e) {
        require(std::string(e.what()).find('\n') == std::string::npos, "a refusal is one line");
        return 0;
    }
    require(config::load_text("made.conf", made, {}).configuration.has_value(),
            "what is written can be read");
    for (const importer::remark& r : notes.remarks())
        require(std::ranges::all_of(to_string(r), [](char c) { return c >= ' ' && c <= '~'; }),
                "a remark is a printable line");
    return 0;
}
