#pragma once

// A foreign file as weir has it: what comes out, and what the report says.

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "config/load.h"
#include "import/ipvsadm.h"
#include "import/keepalived.h"

namespace weir::importer {

namespace fs = std::filesystem;

inline const fs::path folder = WEIR_SAMPLES "/../tests/import";

inline std::string content(const fs::path& path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
}

/// The files of the folder, with names relative to it.
inline const file_access folder_files{
    .glob =
        [](const std::string& pattern) {
            std::vector<std::string> found;
            const std::size_t star = pattern.find('*');
            for (const auto& entry : fs::recursive_directory_iterator(folder)) {
                if (!entry.is_regular_file()) continue;
                const std::string name = fs::relative(entry.path(), folder).string();
                if (name == pattern
                    || (star != std::string::npos && name.starts_with(pattern.substr(0, star))
                        && name.ends_with(pattern.substr(star + 1))))
                    found.push_back(name);
            }
            std::sort(found.begin(), found.end());
            return found;
        },
    .read = [](const std::string& name) -> std::optional<std::string> {
        if (!fs::is_regular_file(folder / name)) return std::nullopt;
        return content(folder / name);
    }};

struct outcome {
    std::string file;
    std::string report;
};

inline outcome finish(draft d, const std::string& name, findings& notes) {
    outcome result{write_valid(d, name, notes), ""};
    for (const remark& r : notes.remarks())
        result.report += to_string(r) + '\n';
    result.report +=
        fmt::format("{} imported, {} ignored, {} need a decision\n", notes.count(verdict::imported),
                    notes.count(verdict::ignored), notes.count(verdict::decision));
    return result;
}

inline outcome keepalived(const std::string& name, const std::string& text) {
    findings notes;
    const draft d =
        import_keepalived(name, text, {.id = "lb1", .interfaces = {}}, folder_files, notes);
    return finish(d, name, notes);
}

inline outcome ipvsadm(const std::string& name, const std::string& text) {
    findings notes;
    const draft d = import_ipvsadm(name, text, {"eth0", "eth1"}, notes);
    return finish(d, name, notes);
}

inline std::string problems_of(const std::string& file) {
    std::string all;
    for (const config::problem& p : config::load_text("result", file, {}).problems)
        all += to_string(p) + '\n';
    return all;
}

} // namespace weir::importer
