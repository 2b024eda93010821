// The key that outlives a process, and what is derived from it.

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "director/shared_key.h"
#include "net/types.h"

namespace weir::director {
namespace {

class shared_keys : public testing::Test {
protected:
    shared_keys() {
        std::string name = testing::TempDir() + "/weir-key.XXXXXX";
        folder_ = mkdtemp(name.data());
    }
    ~shared_keys() override { std::filesystem::remove_all(folder_); }

    std::string write(const std::string& text, mode_t mode = 0600) const {
        const std::string file = folder_ + "/some-key";
        std::ofstream(file) << text;
        chmod(file.c_str(), mode);
        return file;
    }
    static std::string error_of(const std::string& file) {
        try {
            shared_key::read(file);
            return "none";
        } catch (const std::runtime_error& e) {
            return e.what();
        }
    }
    /// Tells keys apart.
    static std::uint64_t print(const shared_key& key, std::string_view purpose = "slots") {
        return key.hasher(purpose)({*parse_address("192.0.2.7"), *parse_address("192.0.2.100"),
                                    be16::from_host(40000), be16::from_host(80), 6});
    }

    std::string folder_;
    const std::string digits_ = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
};

TEST_F(shared_keys, are_made_once_and_kept) {
    const std::string directory = folder_ + "/a/b";
    const std::uint64_t first = print(shared_key::keep_in(directory));
    EXPECT_EQ(print(shared_key::keep_in(directory)), first);
    EXPECT_EQ(print(shared_key::read(directory + "/key")), first);
    struct stat about {};
    ASSERT_EQ(stat((directory + "/key").c_str(), &about), 0);
    EXPECT_EQ(about.st_mode & 07777, 0600u);
    EXPECT_EQ(std::distance(std::filesystem::directory_iterator(directory), {}), 1)
        << "nothing else is left";
    EXPECT_NE(print(shared_key::keep_in(folder_ + "/c")), first);
    EXPECT_NE(print(shared_key::random()), print(shared_key::random()));
}

TEST_F(shared_keys, that_cannot_be_kept_are_no_reason_to_use_a_broken_one) {
    std::ofstream(folder_ + "/file") << "no directory";
    EXPECT_THROW(shared_key::keep_in(folder_ + "/file"), shared_key::cannot_keep);
    std::filesystem::create_directory(folder_ + "/d");
    std::ofstream(folder_ + "/d/key") << "no key";
    chmod((folder_ + "/d/key").c_str(), 0600);
    try {
        shared_key::keep_in(folder_ + "/d");
        ADD_FAILURE();
    } catch (const shared_key::cannot_keep&) {
        ADD_FAILURE() << "there is one";
    } catch (const std::runtime_error&) {
    }
}

TEST_F(shared_keys, are_one_line_of_64_digits) {
    const std::uint64_t first = print(shared_key::read(write(digits_ + "\n")));
    EXPECT_EQ(print(shared_key::read(write(digits_))), first);
    std::string capitals = digits_;
    for (char& c : capitals)
        c = static_cast<char>(toupper(c));
    EXPECT_EQ(print(shared_key::read(write(capitals))), first);
    const std::string form =
        ": a key is one line of 64 hexadecimal digits, as `openssl rand -hex 32` prints";
    const std::string file = folder_ + "/some-key";
    for (const auto& [text, what] :
         {std::pair{digits_.substr(1), "63 digits"},
          {std::string(), "0 digits"},
          {digits_ + "0", "65 digits"},
          {digits_ + "\n\n", "byte 65 is no hexadecimal digit"},
          {"0x" + digits_, "byte 2 is no hexadecimal digit"},
          {digits_ + "\n" + digits_ + "\n", "byte 65 is no hexadecimal digit"}})
        EXPECT_EQ(error_of(write(text)), file + ":1: " + what + form);
}

TEST_F(shared_keys, are_secret) {
    const std::string file = folder_ + "/some-key";
    for (const mode_t mode : {0644, 0640, 0604, 0620})
        EXPECT_EQ(error_of(write(digits_, mode)),
                  file + ":1: its mode 0"
                      + (mode == 0644   ? "644"
                         : mode == 0640 ? "640"
                         : mode == 0604 ? "604"
                                        : "620")
                      + " lets others read or change it: `chmod 600 " + file + "`");
    EXPECT_EQ(error_of(write(digits_, 0400)), "none");
    EXPECT_EQ(error_of(folder_ + "/none"),
              folder_ + "/none: cannot be read: No such file or directory");
}

/// Directors of different versions must agree: these never change.
TEST_F(shared_keys, give_each_purpose_words_of_its_own_for_ever) {
    const shared_key key = shared_key::read(write(digits_));
    EXPECT_EQ(print(key, "slots"), 0x51c08d65234d413u);
    EXPECT_NE(print(key, "other"), print(key, "slots"));
}

} // namespace
} // namespace weir::director
