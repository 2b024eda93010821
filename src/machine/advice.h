#pragma once

// What to change on a machine so that weir runs well there. Pure: from facts to text. It explains
// and changes nothing. A card that Linux uses is never proposed: the operator may be logged in over
// it.

#include <string>
#include <vector>

#include "config/problem.h"
#include "machine/machine.h"

namespace weir::machine {

/// A subject: what was found, and what to do; nothing to do = it is well.
struct advice {
    std::string subject; ///< "hugepages"
    std::vector<std::string> found;
    std::vector<std::string> change;
};

/// A file to put somewhere: path from the root, and its text.
struct snippet {
    std::string path;
    std::string text;
};

struct guide {
    std::vector<advice> all;
    std::vector<snippet> snippets;
};

guide advise(const facts& here);

/// The guide as text.
std::string to_text(const guide& g);

/// What a configuration asks for that this machine does not have: CPUs, cards, memory.
std::vector<config::problem> check_here(const config::configuration& c, const facts& here);

/// What works here, and not as many expect: VIPs that Linux has, too. One line each.
std::vector<std::string> notes_here(const config::configuration& c, const facts& here);

} // namespace weir::machine
