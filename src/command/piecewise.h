#pragma once

// Answers that are made a piece at a time, one for each turn of the event loop (see commands.h).
// Control core only.

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "command/commands.h"
#include "message/message.h"

namespace weir::command {

/// `head`, then what `next(lines)` appends, again and again until the piece is long enough. `next`
/// says whether it had anything left to append.
template <typename Next>
answer in_pieces(std::string head, Next next) {
    const auto shared = std::make_shared<Next>(std::move(next));
    return [head = std::move(head), shared](std::string& lines) mutable {
        lines += std::exchange(head, "");
        const std::size_t enough = lines.size() + piece_size;
        while (lines.size() < enough)
            if (!(*shared)(lines)) return false;
        return true;
    };
}

/// A line for each of `items`.
template <typename Item, typename ToJson>
answer lines_of(std::vector<Item> items, ToJson to_json) {
    return in_pieces(
        "", [items = std::move(items), to_json, next = std::size_t{0}](std::string& lines) mutable {
            if (next == items.size()) return false;
            lines += message::to_text(to_json(items[next++])) + '\n';
            return true;
        });
}

} // namespace weir::command
