#include "import/keepalived_blocks.h"

#include <fmt/format.h>

namespace weir::importer {

namespace {

constexpr std::size_t deepest = 64;

class block_reader {
public:
    block_reader(std::vector<source_line> lines, findings& notes)
        : lines_(std::move(lines)), notes_(notes) {}

    /// Up to the closing brace, or to the end if `depth` is 0.
    std::vector<statement> read(std::size_t depth, const place& opened) {
        std::vector<statement> all;
        while (next_ < lines_.size()) {
            source_line& line = lines_[next_++];
            if (line.kind == line_kind::words)
                all.push_back({line.where, std::move(line.words), std::move(line.rest), false, {}});
            else if (line.kind == line_kind::open)
                open(all, line.where, depth);
            else if (depth > 0)
                return all;
            else
                notes_.decision(line.where, "`}` without `{`: is the block above complete?");
        }
        if (depth > 0) notes_.decision(opened, "this block is never closed: is the file complete?");
        return all;
    }

private:
    void open(std::vector<statement>& all, const place& where, std::size_t depth) {
        if (depth >= deepest)
            throw std::runtime_error(fmt::format("{}:{}: more than {} blocks in each other",
                                                 where.file, where.line, deepest));
        auto inner = read(depth + 1, where);
        if (all.empty() || all.back().block) {
            notes_.decision(where, "a block without a keyword is passed over");
            return;
        }
        all.back().block = true;
        all.back().inner = std::move(inner);
    }

    std::vector<source_line> lines_;
    findings& notes_;
    std::size_t next_ = 0;
};

} // namespace

std::vector<statement> keepalived_blocks(std::vector<source_line> lines, findings& notes) {
    return block_reader(std::move(lines), notes).read(0, {});
}

} // namespace weir::importer
