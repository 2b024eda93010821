// The socket file: where it is made, whom it replaces, who may use it.

#include "command/control_socket.h"

#include <csignal>
#include <fstream>
#include <grp.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "unit/command/server_fixture.h"

namespace weir::command {
namespace {

mode_t mode_of(const std::string& path) {
    struct stat file {};
    EXPECT_EQ(stat(path.c_str(), &file), 0) << path;
    return file.st_mode & 07777;
}

std::string failure_of(const std::string& run_dir) {
    try {
        const control_socket socket(run_dir);
    } catch (const std::runtime_error& e) {
        return e.what();
    }
    return "";
}

TEST(control_socket, is_made_with_its_directory_and_removed) {
    const scratch_directory scratch;
    const std::string run_dir = scratch.path() + "/a/b";
    const mode_t before = umask(022);
    {
        const control_socket socket(run_dir);
        EXPECT_EQ(mode_of(run_dir), 0755u);
        EXPECT_EQ(mode_of(run_dir + "/weir.sock"), 0660u);
        EXPECT_TRUE(raw_client(run_dir + "/weir.sock").connected());
    }
    umask(before);
    EXPECT_FALSE(std::filesystem::exists(run_dir + "/weir.sock"));
}

TEST(control_socket, of_a_running_director_is_left_alone) {
    const scratch_directory scratch;
    const control_socket first(scratch.path());
    EXPECT_EQ(failure_of(scratch.path()), "another weir runs with run-dir " + scratch.path() + " ("
                                              + scratch.path() + "/weir.sock is in use)");
    EXPECT_TRUE(raw_client(first.path()).connected());
}

TEST(control_socket, of_a_running_director_is_known_without_another) {
    const scratch_directory scratch;
    require_no_director(scratch.path());
    require_no_director(scratch.path() + "/nosuch");
    {
        const control_socket first(scratch.path());
        EXPECT_THROW(require_no_director(scratch.path()), std::runtime_error);
    }
    require_no_director(scratch.path());
}

TEST(control_socket, that_nobody_listens_on_is_replaced) {
    const scratch_directory scratch;
    const std::string path = scratch.path() + "/weir.sock";
    const int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
    ASSERT_EQ(bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    require_no_director(scratch.path());
    close(fd); // as after a crash
    const control_socket second(scratch.path());
    EXPECT_TRUE(raw_client(path).connected());
}

TEST(control_socket, never_replaces_a_file_that_is_no_socket) {
    const scratch_directory scratch;
    std::ofstream(scratch.path() + "/weir.sock") << "precious";
    EXPECT_NE(failure_of(scratch.path()), "");
    EXPECT_EQ(std::filesystem::file_size(scratch.path() + "/weir.sock"), 8u);
}

TEST(control_socket, says_when_the_name_is_too_long) {
    const std::string run_dir = "/tmp/" + std::string(120, 'x');
    EXPECT_EQ(failure_of(run_dir), "run-dir: " + run_dir
                                       + "/weir.sock is too long for a socket's name: at most 107 "
                                         "bytes");
}

/// Connects as user and group 65534 and with no others; returns what the server says first.
std::string ask_as_nobody(const std::string& path) {
    std::array<int, 2> pipe_ends{};
    if (pipe(pipe_ends.data()) != 0) return "no pipe";
    const pid_t child = fork();
    if (child == 0) {
        if (setgroups(0, nullptr) != 0 || setgid(65534) != 0 || setuid(65534) != 0) _exit(1);
        raw_client client(path);
        client.say("{\"command\":\"schedulers\"}\n");
        const std::string line = client.line();
        const bool written =
            write(pipe_ends[1], line.data(), line.size()) == static_cast<ssize_t>(line.size());
        _exit(written ? 0 : 1);
    }
    close(pipe_ends[1]);
    std::array<char, 1024> text{};
    const ssize_t count = read(pipe_ends[0], text.data(), text.size());
    close(pipe_ends[0]);
    waitpid(child, nullptr, 0);
    return {text.data(), static_cast<std::size_t>(std::max<ssize_t>(count, 0))};
}

TEST_F(command_server_test, serves_others_only_as_members_of_the_sockets_group) {
    if (geteuid() != 0) GTEST_SKIP() << "only root can become somebody else";
    start();
    // Let everyone through the file's mode: the kernel's word on who it is must still keep them
    // out.
    std::filesystem::permissions(std::filesystem::path(path()).parent_path(),
                                 std::filesystem::perms(0755));
    ASSERT_EQ(chmod(path().c_str(), 0666), 0);
    EXPECT_EQ(ask_as_nobody(path()),
              "{\"error\":\"permission denied: root, weir's user and members of the socket's group "
              "may ask\"}");
    ASSERT_EQ(chown(path().c_str(), 0, 65534), 0);
    EXPECT_EQ(ask_as_nobody(path()).find("error"), std::string::npos);
}

} // namespace
} // namespace weir::command
