#include "action/program.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <pwd.h>
#include <spawn.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace weir::action {

namespace {

constexpr unsigned pieces_in_a_turn = 16;

command before_programs; // words that make them another user's; none = weir's own

std::vector<char*> pointers(std::vector<std::string>& strings) {
    std::vector<char*> result;
    for (std::string& s : strings)
        result.push_back(s.data());
    result.push_back(nullptr);
    return result;
}

} // namespace

program::~program() {
    close_all();
}

failure program::start(const command& words, const std::vector<std::string>& environment) {
    std::array<int, 2> pipe{};
    if (pipe2(pipe.data(), O_CLOEXEC) != 0) return {failure::step::pipe, errno};
    output_ = pipe[0];
    fcntl(output_, F_SETFL, O_NONBLOCK);
    const int not_started = spawn(words, environment, pipe[1]);
    close(pipe[1]); // the program alone holds that end
    if (not_started != 0) return {failure::step::start, not_started};
    process_ = static_cast<int>(syscall(SYS_pidfd_open, pid_, 0));
    if (process_ < 0) return {failure::step::follow, errno};
    int error = loop_.add(process_, EPOLLIN, [this](std::uint32_t) { has_ended(); });
    followed_ = error == 0;
    if (error == 0) {
        error = loop_.add(output_, EPOLLIN, [this](std::uint32_t) { read_output(); });
        listening_ = error == 0;
    }
    return error == 0 ? failure{} : failure{failure::step::wait, error};
}

int program::spawn(command words, std::vector<std::string> environment, int out) {
    words.insert(words.begin(), before_programs.begin(), before_programs.end());
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
    const int error = posix_spawn(&pid_, words.front().c_str(), &files, &how,
                                  pointers(words).data(), pointers(environment).data());
    posix_spawnattr_destroy(&how);
    posix_spawn_file_actions_destroy(&files);
    if (error != 0) pid_ = -1;
    return error;
}

/// Reads everything available, so that the program never waits for us; keeps the beginning.
void program::read_output() {
    for (unsigned n = 0; n < pieces_in_a_turn; ++n) {
        std::array<char, 4096> room;
        const ssize_t length = read(output_, room.data(), room.size());
        if (length < 0) return;
        if (length == 0) return stop_listening();
        text_.append(room.data(),
                     std::min(static_cast<std::size_t>(length), most_output - text_.size()));
    }
}

void program::stop_listening() {
    if (std::exchange(listening_, false)) loop_.remove(output_);
}

void program::has_ended() {
    read_output();
    // The process is still a zombie, so no other group can have its number.
    kill(-pid_, SIGKILL);
    int status = 0;
    waitpid(std::exchange(pid_, -1), &status, 0);
    close_all();
    const auto ended = std::move(ended_);
    ended(status);
}

void program::close_all() {
    stop_listening();
    if (output_ >= 0) close(std::exchange(output_, -1));
    if (std::exchange(followed_, false)) loop_.remove(process_);
    if (process_ >= 0) close(std::exchange(process_, -1));
}

pid_t program::release() {
    close_all();
    return std::exchange(pid_, -1);
}

bool run_as(const std::string& user) {
    before_programs.clear();
    if (user.empty()) return true;
    const passwd* const known = getpwnam(user.c_str());
    const std::string uid = known != nullptr ? std::to_string(known->pw_uid) : "nobody";
    const std::string gid = known != nullptr ? std::to_string(known->pw_gid) : "nogroup";
    for (const char* word :
         {"/usr/bin/prlimit", "--rtprio=0", "/usr/bin/setpriv", "--init-groups", "--inh-caps=-all",
          "--reuid", uid.c_str(), "--regid", gid.c_str(), "--"})
        before_programs.emplace_back(word);
    return known != nullptr;
}

std::string trouble_of(int status) {
    if (WIFSIGNALED(status)) return fmt::format("killed by signal {}", WTERMSIG(status));
    const int code = WEXITSTATUS(status);
    return code == 0 ? "" : fmt::format("exit status {}", code);
}

} // namespace weir::action
