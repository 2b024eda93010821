#pragma once

// What a sub-command says: results on standard output (a line of text or a JSON object for each
// case), progress on standard error when that is a terminal.

#include <string>

#include <nlohmann/json.hpp>

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
    /// Says what is being done; `share` of all of it is done, 0..1.
    void progress(const std::string& what, double share = 0);
    /// Something the reader should know. Not a result.
    void note(const std::string& what);

private:
    void clear();

    bool json_;
    bool terminal_;
    bool shown_ = false;
};

} // namespace weir::bench
