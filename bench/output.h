#pragma once

// The output of a sub-command: results on standard output (a line of text or a JSON object for each
// case), progress on standard error if that is a terminal.

#include <string>

#include <nlohmann/json_fwd.hpp>

namespace weir::bench {

using json = nlohmann::ordered_json;

class output {
public:
    explicit output(bool as_json);
    ~output() { clear(); }
    output(const output&) = delete;
    output& operator=(const output&) = delete;

    /// One case: the object, or `text` (whole lines without the last line feed).
    void result(const json& object, const std::string& text);
    /// Shows the current step; `share` of everything is done, 0..1.
    void progress(const std::string& what, double share = 0);
    /// A remark for the reader. Not a result.
    void note(const std::string& what);

private:
    void clear();

    bool json_;
    bool terminal_;
    bool shown_ = false;
};

} // namespace weir::bench
