// `weirctl import`: from keepalived's or ipvsadm's words to weir's. Needs no director.

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <iostream>
#include <memory>

#include <fmt/format.h>
#include <glob.h>

#include "config/values.h"
#include "import/ipvsadm.h"
#include "import/keepalived.h"
#include "weirctl/commands.h"

namespace weir::weirctl {

namespace {

using importer::verdict;

std::optional<std::string> text_of(std::FILE* file) {
    std::string text;
    std::array<char, 65536> piece;
    while (const std::size_t length = std::fread(piece.data(), 1, piece.size(), file))
        text.append(piece.data(), length);
    if (std::ferror(file) != 0) return std::nullopt;
    return text;
}

std::optional<std::string> text_of(const std::string& path) {
    if (path == "-") return text_of(stdin);
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "re"),
                                                               std::fclose);
    return file ? text_of(file.get()) : std::nullopt;
}

std::vector<std::string> files_like(const std::string& pattern) {
    glob_t found{};
    std::vector<std::string> files;
    if (glob(pattern.c_str(), 0, nullptr, &found) == 0)
        for (std::size_t i = 0; i < found.gl_pathc; ++i)
            if (!std::filesystem::is_directory(found.gl_pathv[i]))
                files.emplace_back(found.gl_pathv[i]);
    globfree(&found);
    return files;
}

std::vector<std::string> interfaces(const invocation& call) {
    if (!call.options.contains("interface")) return {};
    auto all = call.options["interface"].as<std::vector<std::string>>();
    for (std::size_t i = 0; i < all.size(); ++i) {
        if (!config::is_interface_name(all[i]))
            throw config::usage_error(
                fmt::format("--interface: `{}` is not the name of an interface", all[i]));
        if (std::find(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(i), all[i])
            != all.begin() + static_cast<std::ptrdiff_t>(i))
            throw config::usage_error(fmt::format("--interface {} is given twice", all[i]));
    }
    return all;
}

void print_report(const importer::findings& notes) {
    for (const importer::remark& r : notes.remarks())
        std::cerr << importer::to_string(r) << '\n';
    std::cerr << fmt::format("{} imported, {} ignored, {} need a decision\n",
                             notes.count(verdict::imported), notes.count(verdict::ignored),
                             notes.count(verdict::decision));
}

/// The other format that the file seems to have, as the end of an error; "" if unclear.
std::string other_format(const std::string& format, const std::string& text) {
    if (format == "ipvsadm" && text.find("virtual_server") != std::string::npos)
        return ": this looks like keepalived.conf (import keepalived)";
    if (text.find("Prot LocalAddress:Port") != std::string::npos)
        return ": this looks like the output of ipvsadm -Ln: save with `ipvsadm -Sn` (import "
               "ipvsadm)";
    if (format == "keepalived" && ("\n" + text).find("\n-A ") != std::string::npos)
        return ": this looks like the output of ipvsadm-save (import ipvsadm)";
    return "";
}

} // namespace

void import_file(const invocation& call) {
    const std::string& format = call.words[0];
    const std::string& path = call.words[1];
    if (format != "keepalived" && format != "ipvsadm")
        throw config::usage_error(
            fmt::format("import reads `keepalived` or `ipvsadm`, not `{}`", format));
    if (call.json)
        throw config::usage_error("import prints a configuration: there is no JSON of it");
    if (call.options.contains("id") && format == "ipvsadm")
        throw config::usage_error("--id is for keepalived's files");

    const std::string name = path == "-" ? "stdin" : path;
    errno = 0;
    const auto text = text_of(path);
    if (!text)
        throw std::runtime_error(fmt::format("{} cannot be read: {}", name, std::strerror(errno)));
    // A listing has not one line that a dump has: no report of each.
    if (text->starts_with("IP Virtual Server version"))
        throw std::runtime_error(name + other_format(format, *text));
    importer::findings notes;
    importer::draft draft;
    if (format == "ipvsadm") {
        draft = importer::import_ipvsadm(name, *text, interfaces(call), notes);
    } else {
        importer::keepalived_options options;
        options.interfaces = interfaces(call);
        if (call.options.contains("id")) options.id = call.options["id"].as<std::string>();
        draft = importer::import_keepalived(
            name, *text, options,
            {.glob = files_like, .read = [](const std::string& file) { return text_of(file); }},
            notes);
    }
    print(importer::write_valid(draft, name, notes));
    flush();
    print_report(notes);
    if (std::ranges::none_of(draft.services,
                             [](const importer::draft_service& s) { return s.obstacles.empty(); }))
        throw std::runtime_error(fmt::format("{} has no service that weir can run{}", name,
                                             other_format(format, *text)));
}

} // namespace weir::weirctl
