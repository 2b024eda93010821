#pragma once

// The director's no to a request: thrown by a command, sent as the last line of the answer, and
// thrown again by weirctl's client.

#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace weir::message {

/// One line for the operator, and details where there are any.
class refused : public std::runtime_error {
public:
    explicit refused(const std::string& what, std::vector<std::string> problems = {})
        : std::runtime_error(what), problems_(std::move(problems)) {}
    const std::vector<std::string>& problems() const noexcept { return problems_; }

private:
    std::vector<std::string> problems_;
};

} // namespace weir::message
