// script checks: a program in its own process group, its exit status by pidfd, the first line of
// its output as the answer. posix_spawn shares our memory until the program starts, so its cost
// does not grow with our size. When the time is over, or the program has ended, the whole group is
// killed, so that no child of it stays.

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "health/probe.h"
#include "health/programs.h"

namespace weir::health {

namespace {

constexpr std::size_t most_output = 4096;
constexpr unsigned pieces_in_a_turn = 16;

/// Every occurrence of `{address}` and `{port}`.
std::string filled(std::string text, const probe_target& target) {
    const std::array<std::pair<std::string_view, std::string>, 2> values{
        {{"{address}", to_string(target.address)}, {"{port}", std::to_string(target.port)}}};
    for (const auto& [name, value] : values)
        for (std::size_t at = 0; (at = text.find(name, at)) != std::string::npos;
             at += value.size())
            text.replace(at, name.size(), value);
    return text;
}

std::vector<char*> pointers(std::vector<std::string>& strings) {
    std::vector<char*> result;
    for (std::string& s : strings)
        result.push_back(s.data());
    result.push_back(nullptr);
    return result;
}

class script_probe final : public probe {
public:
    script_probe(const prepared_check& check, const probe_target& target, const probe_means& means,
                 probe_owner& owner)
        : check_(check.wanted), target_(target), loop_(means.loop), programs_(means.scripts),
          owner_(owner) {}
    ~script_probe() override {
        close_all();
        if (pid_ >= 0)
            programs_.forsake(pid_);
        else
            programs_.leave();
    }

    std::optional<verdict> begin() override {
        std::array<int, 2> pipe{};
        if (pipe2(pipe.data(), O_CLOEXEC) != 0) return of_errno(errno, "open a pipe");
        output_ = pipe[0];
        fcntl(output_, F_SETFL, O_NONBLOCK);
        if (auto v = start(pipe[1])) return v;
        process_ = static_cast<int>(syscall(SYS_pidfd_open, pid_, 0));
        if (process_ < 0) return of_errno(errno, "follow a program");
        int error = loop_.add(process_, EPOLLIN, [this](std::uint32_t) { ended(); });
        if (error == 0)
            error = loop_.add(output_, EPOLLIN, [this](std::uint32_t) { read_output(); });
        if (error != 0) return unable(error, "wait for a program");
        listening_ = true;
        return std::nullopt;
    }

    verdict late() const override {
        return bad(text_.empty() ? "timeout, killed"
                                 : fmt::format("timeout, killed: {}", first_line()));
    }

private:
    /// Runs the program, which afterwards alone holds this end of the pipe.
    std::optional<verdict> start(int out) {
        const int error = spawn(out);
        close(out);
        if (error == ENOENT || error == EACCES)
            return bad(
                fmt::format("cannot run {}: {}", check_.run.front(), of_errno(error, "").text));
        if (error != 0) return of_errno(error, "start a program");
        return std::nullopt;
    }

    int spawn(int out) {
        std::vector<std::string> argv,
            environment{"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
                        fmt::format("WEIR_SERVICE={}", target_.service),
                        fmt::format("WEIR_ADDRESS={}", to_string(target_.address)),
                        fmt::format("WEIR_PORT={}", target_.port)};
        for (const std::string& word : check_.run)
            argv.push_back(filled(word, target_));

        posix_spawn_file_actions_t files;
        posix_spawn_file_actions_init(&files);
        posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
        posix_spawn_file_actions_adddup2(&files, out, 1);
        posix_spawn_file_actions_adddup2(&files, out, 2);
        posix_spawn_file_actions_addclosefrom_np(&files, 3);
        posix_spawnattr_t how;
        posix_spawnattr_init(&how);
        posix_spawnattr_setflags(&how, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK
                                           | POSIX_SPAWN_SETSIGDEF);
        posix_spawnattr_setpgroup(&how, 0);
        sigset_t signals;
        sigemptyset(&signals);
        posix_spawnattr_setsigmask(&how, &signals); // the director blocks some
        sigfillset(&signals);
        posix_spawnattr_setsigdefault(&how, &signals);
        const int error = posix_spawn(&pid_, argv.front().c_str(), &files, &how,
                                      pointers(argv).data(), pointers(environment).data());
        posix_spawnattr_destroy(&how);
        posix_spawn_file_actions_destroy(&files);
        if (error != 0) pid_ = -1;
        return error;
    }

    /// Reads everything available, so that the program never waits for us; keeps the beginning.
    void read_output() {
        for (unsigned n = 0; n < pieces_in_a_turn; ++n) {
            std::array<char, 4096> room;
            const ssize_t length = read(output_, room.data(), room.size());
            if (length < 0) return;
            if (length == 0) return stop_listening();
            text_.append(room.data(),
                         std::min(static_cast<std::size_t>(length), most_output - text_.size()));
        }
    }

    void stop_listening() {
        if (std::exchange(listening_, false)) loop_.remove(output_);
    }

    void ended() {
        read_output();
        // The process is still a zombie, so no other group can have its number.
        kill(-pid_, SIGKILL);
        int status = 0;
        waitpid(std::exchange(pid_, -1), &status, 0);
        close_all();
        owner_.finished(judge(status));
    }

    verdict judge(int status) const {
        const std::string line = text_.empty() ? "" : ": " + first_line();
        if (WIFSIGNALED(status))
            return bad(fmt::format("killed by signal {}{}", WTERMSIG(status), line));
        const auto code = static_cast<unsigned>(WEXITSTATUS(status));
        if (code == 0) return good(text_.empty() ? "exit status 0" : first_line());
        if (!check_.weight || code == 1) return bad(fmt::format("exit status {}{}", code, line));
        verdict v = good(fmt::format("weight {}{}", code - 2, line));
        v.weight = code - 2;
        return v;
    }

    std::string first_line() const {
        return shown(std::string_view(text_).substr(0, text_.find('\n')));
    }

    void close_all() {
        stop_listening();
        if (output_ >= 0) close(std::exchange(output_, -1));
        if (process_ >= 0) {
            loop_.remove(process_);
            close(std::exchange(process_, -1));
        }
    }

    const config::check& check_;
    const probe_target& target_;
    loop::event_loop& loop_;
    programs& programs_;
    probe_owner& owner_;
    pid_t pid_ = -1;
    int process_ = -1; ///< pidfd
    int output_ = -1;
    bool listening_ = false;
    std::string text_;
};

} // namespace

std::unique_ptr<probe> make_script_probe(const prepared_check& check, const probe_target& target,
                                         const probe_means& means, probe_owner& owner) {
    return std::make_unique<script_probe>(check, target, means, owner);
}

} // namespace weir::health
