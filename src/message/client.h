#pragma once

// A client's end of the control socket: sends one request, takes the answer line by line as it
// comes, so that a list of any length needs no memory here.

#include <functional>
#include <mutex>
#include <string>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

#include "message/refused.h"

namespace weir::message {

/// The director's control socket in this run directory.
std::string socket_in(const std::string& run_dir);

class client {
public:
    explicit client(std::string socket) : path_(std::move(socket)) {}
    ~client();
    client(const client&) = delete;
    client& operator=(const client&) = delete;

    /// Calls `take(line)` for every line of the answer but the last. Throws refused, or
    /// std::runtime_error, with words for the operator, when no director answers there or the line
    /// breaks.
    void ask(const nlohmann::json& request, const std::function<void(std::string_view)>& take);
    /// The same, each line as the value it holds.
    void ask_parsed(const nlohmann::json& request,
                    const std::function<void(const nlohmann::json&)>& take);

    /// Ends the question under way, and those to come: they throw. Any thread.
    void hang_up();

private:
    void connect();
    void send(std::string_view text);
    /// False: it was the last line.
    static bool hand_over(std::string_view line, const std::function<void(std::string_view)>& take);

    std::string path_;
    std::mutex lock_;   ///< of the two below, which hang_up() looks at
    int fd_ = -1;       ///< connected with the first question
    bool over_ = false; ///< hung up
};

} // namespace weir::message
