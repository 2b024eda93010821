#include "config/device.h"

#include <algorithm>
#include <cctype>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "config/problem.h"
#include "config/values.h"

namespace weir::config {

namespace {

constexpr std::string_view bond_mark = "bond:";
constexpr std::string_view examples =
    "a PCI address as 0000:03:00.0, xdp:eth1, packet:eth1, bond:lacp,0000:03:00.0,0000:03:00.1, "
    "or a DPDK vdev as net_tap0,iface=tap0";

struct named_mode {
    std::string_view name;
    bond_mode mode;
};
constexpr named_mode modes[] = {{"active-backup", bond_mode::active_backup},
                                {"lacp", bond_mode::lacp}};

/// Normalises "0000:03:00.0", also without the domain, to Linux's form. "" if it is not a PCI
/// address.
std::string pci_address(std::string text) {
    constexpr std::string_view form = "xxxx:xx:xx.f";
    if (text.size() == form.size() - 5) text = "0000:" + text;
    if (text.size() != form.size()) return "";
    for (std::size_t i = 0; i < form.size(); ++i) {
        const auto c = static_cast<unsigned char>(text[i]);
        const bool good = form[i] == 'x'   ? std::isxdigit(c) != 0
                          : form[i] == 'f' ? c >= '0' && c <= '7'
                                           : text[i] == form[i];
        if (!good) return "";
        text[i] = static_cast<char>(std::tolower(c));
    }
    return text;
}

/// A vdev: the driver's name, which contains an underscore, optionally followed by a comma and
/// arguments.
bool is_vdev(const std::string& text) {
    const std::string driver = text.substr(0, text.find(','));
    return is_name(driver, 63) && driver.find('_') != std::string::npos
           && text.find_first_of(" \t") == std::string::npos;
}

/// "packet" of `packet:eth1`, whose interface has a name that Linux takes; "" if it is not of that
/// form.
std::string_view interface_kind(std::string_view text) {
    const std::string_view kind = text.substr(0, text.find(':'));
    if (kind.size() == text.size() || (kind != "xdp" && kind != "packet")) return "";
    const std::string_view interface = text.substr(kind.size() + 1);
    if (!is_interface_name(std::string(interface)))
        throw bad_value(fmt::format("{} is not the name of an interface, as eth1: 1 to 15 letters, "
                                    "digits, `.`, `_` or `-`",
                                    in_quotes(interface)));
    return kind;
}

std::vector<std::string> parts_of(std::string_view text) {
    std::vector<std::string> parts;
    for (std::size_t at = 0; at <= text.size();) {
        const std::size_t end = std::min(text.find(',', at), text.size());
        parts.emplace_back(text.substr(at, end - at));
        at = end + 1;
    }
    return parts;
}

std::string member_form(const std::string& member) {
    std::string card = pci_address(member);
    if (card.empty())
        throw bad_value(fmt::format(
            "{} cannot be bonded; members are cards by PCI address, as 0000:03:00.0. Bond "
            "interfaces in Linux, and take that bond as packet:bond0",
            in_quotes(member)));
    return card;
}

std::string bond_form(const std::string& value) {
    std::vector<std::string> parts = parts_of(std::string_view(value).substr(bond_mark.size()));
    const std::string mode = parts.front();
    std::vector<std::string> names;
    for (const named_mode& known : modes)
        names.emplace_back(known.name);
    if (std::ranges::find(names, mode) == names.end()) {
        const std::string near = nearest(mode, names);
        throw bad_value(fmt::format("{} is not a way to bond; {}", in_quotes(mode),
                                    near.empty()
                                        ? fmt::format("valid: {}", fmt::join(names, ", "))
                                        : fmt::format("did you mean {}?", in_quotes(near))));
    }
    std::string form = fmt::format("{}{}", bond_mark, mode);
    std::vector<std::string> members;
    for (auto part = parts.begin() + 1; part != parts.end(); ++part) {
        const std::string member = member_form(*part);
        if (std::ranges::find(members, member) != members.end())
            throw bad_value(
                fmt::format("{} is given twice: give each member once", in_quotes(member)));
        members.push_back(member);
        form += ',' + member;
    }
    if (members.size() < 2 || members.size() > most_members)
        throw bad_value(fmt::format("a bond has 2 to {} members, as "
                                    "bond:{},0000:03:00.0,0000:03:00.1; this one has {}",
                                    most_members, mode, members.size()));
    return form;
}

} // namespace

std::string device_form(const std::string& value) {
    if (std::string card = pci_address(value); !card.empty()) return card;
    if (!interface_kind(value).empty()) return value;
    if (value.starts_with(bond_mark)) return bond_form(value);
    if (value.starts_with("net_bonding"))
        throw bad_value(fmt::format("{} is not a device; give the members, as "
                                    "bond:lacp,0000:03:00.0,0000:03:00.1",
                                    in_quotes(value)));
    if (is_vdev(value)) return value;
    const std::size_t colon = value.find(':');
    const std::string near = nearest(value.substr(0, colon), {"xdp", "packet", "bond"});
    throw bad_value(
        fmt::format("{} is not a device; {}", in_quotes(value),
                    colon != std::string::npos && !near.empty()
                        ? fmt::format("did you mean {}?", in_quotes(near + value.substr(colon)))
                        : fmt::format("valid: {}", examples)));
}

std::optional<bond_mode> bond_of(std::string_view device) {
    for (const named_mode& known : modes)
        if (device.starts_with(fmt::format("{}{},", bond_mark, known.name))) return known.mode;
    return std::nullopt;
}

std::vector<std::string> members_of(std::string_view device) {
    if (!bond_of(device)) return {std::string(device)};
    std::vector<std::string> parts = parts_of(device);
    parts.erase(parts.begin()); // the mode
    return parts;
}

bool is_card(const std::string& member) {
    return !pci_address(member).empty();
}

std::string_view interface_of(std::string_view member) {
    for (const std::string_view mark : {"packet:", "xdp:"})
        if (member.starts_with(mark)) return member.substr(mark.size());
    const auto at = member.find(",iface=");
    if (at == std::string_view::npos) return "";
    const std::string_view name = member.substr(at + 7);
    return name.substr(0, name.find(','));
}

} // namespace weir::config
