// keepalived's lines and blocks: comments, quotes, braces, variables, includes, conditions.

#include <gtest/gtest.h>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "import/keepalived_blocks.h"

namespace weir::importer {
namespace {

struct lines_test : testing::Test {
    std::map<std::string, std::string> files;
    std::optional<std::string> id;
    findings notes;

    /// Words joined by `|`, lines by `;`.
    std::string read(const std::string& text) {
        const file_access access{
            .glob =
                [&](const std::string& pattern) {
                    std::vector<std::string> found;
                    if (files.contains(pattern)) found.push_back(pattern);
                    return found;
                },
            .read = [&](const std::string& name) -> std::optional<std::string> {
                return files.at(name);
            }};
        std::string result;
        for (const source_line& line : keepalived_lines("/etc/k.conf", text, id, access, notes)) {
            if (!result.empty()) result += ';';
            result += line.kind == line_kind::open ? "{"
                      : line.kind == line_kind::close
                          ? "}"
                          : fmt::format("{}", fmt::join(line.words, "|"));
        }
        return result;
    }
    std::string refused(const std::string& text) {
        try {
            return "read: " + read(text);
        } catch (const std::runtime_error& r) {
            return r.what();
        }
    }
    std::string decisions() const {
        std::string all;
        for (const remark& r : notes.remarks())
            all += to_string(r) + ';';
        return all;
    }
};

TEST_F(lines_test, comments) {
    EXPECT_EQ(read("a b # c\n! d\n  e!f\ng \"# !\" h \\# \\!i\n\n// j"), "a|b;e;g|# !|h|#|!i;//|j");
}

TEST_F(lines_test, a_quote_in_quotes) {
    EXPECT_EQ(read(R"(a "/bin/sh -c \"x # y { z\"" b # c)"), R"(a|/bin/sh -c "x # y { z"|b)");
    EXPECT_EQ(read(R"(a "\"" { b)"), R"(a|";{;b)");
    EXPECT_EQ(read(R"(a "b\\" c)"), R"(a|b\\|c)") << "a backslash at the end";
    EXPECT_EQ(read(R"(a "\.php$")"), R"(a|\.php$)") << "others stay as they are";
    EXPECT_EQ(decisions(), "");
    EXPECT_EQ(read(R"(a "b \")"), R"(a|b ")");
    EXPECT_NE(decisions().find("a quote is never closed"), std::string::npos);
}

TEST_F(lines_test, braces_anywhere) {
    EXPECT_EQ(read("a { b c }"), "a;{;b|c;}");
    EXPECT_EQ(read("a\n{\nb c\n}"), "a;{;b|c;}");
    EXPECT_EQ(read("a{b{c}}d"), "a;{;b;{;c;};};d");
    EXPECT_EQ(read("a \"{ }\" {"), "a|{ };{");
}

TEST_F(lines_test, reports_an_open_quote) {
    EXPECT_EQ(read("a \"b c"), "a|b c");
    EXPECT_NE(decisions().find("a quote is never closed"), std::string::npos);
}

TEST_F(lines_test, variables) {
    EXPECT_EQ(read("$A=1.2\n$B=$A.3\nx $B ${A}y $AB $C"), "x|1.2.3|1.2y|$AB|$C");
    EXPECT_EQ(read("$M=a { \\\n b \\\n }\n$M\n$M"), "a;{;b;};a;{;b;}");
    EXPECT_EQ(read("$A=old\n$A=new\n$A"), "new");
    EXPECT_EQ(read("x $ ${ ${A $1 a$b"), "x|$|${|${A|$1|a$b");
}

TEST_F(lines_test, a_value_of_several_lines_is_read_as_if_it_stood_there) {
    EXPECT_EQ(read("$R= \\\n r $N { \\\n }\n$V= \\\n v { \\\n $N=1 \\\n $R \\\n $N=2 \\\n $R "
                   "\\\n }\n$V\nx $N"),
              "v;{;r|1;{;};r|2;{;};};x|2");
}

TEST_F(lines_test, variables_without_end_are_refused) {
    EXPECT_NE(refused("$A=$A\nx $A").find("/etc/k.conf:2: variables that contain each other"),
              std::string::npos);
    std::string bomb = "$A0=xxxxxxxxxxxxxxxx\n";
    for (int i = 1; i < 30; ++i)
        bomb += fmt::format("$A{}=$A{}$A{}$A{}$A{}\n", i, i - 1, i - 1, i - 1, i - 1);
    EXPECT_NE(refused(bomb + "x $A29").find("contain each other"), std::string::npos);
    // Lines that multiply, and come to nothing.
    bomb = "$A0=\n";
    for (int i = 1; i < 30; ++i)
        bomb += fmt::format("$A{}=$A{} \\\n$A{} \\\n$A{}\n", i, i - 1, i - 1, i - 1);
    EXPECT_NE(refused(bomb + "$A29").find("contain each other"), std::string::npos);
}

TEST_F(lines_test, unexpanded_constructs_are_one_word) {
    EXPECT_EQ(read("~SEQ(i, 1, 3) real_server 192.0.2.$i 80 {\n}"),
              "~SEQ(i, 1, 3) real_server 192.0.2.$i 80;{;}");
    EXPECT_EQ(read("weight ${_RANDOM 1 5}"), "weight ${_RANDOM 1 5}");
}

TEST_F(lines_test, includes) {
    files["/etc/more.conf"] = "b\ninclude deeper.conf";
    files["/etc/deeper.conf"] = "c";
    EXPECT_EQ(read("a\ninclude more.conf\nincluder /etc/deeper.conf\nd"), "a;b;c;c;d");
    EXPECT_EQ(read("include gone.conf"), "");
    EXPECT_EQ(decisions(),
              "/etc/k.conf:1: needs a decision: include: there is no file `/etc/gone.conf`;");
    files["/etc/loop.conf"] = "include loop.conf";
    EXPECT_EQ(refused("include loop.conf"), "/etc/loop.conf:1: too many files include each other");
}

TEST_F(lines_test, conditions_need_an_id) {
    EXPECT_EQ(refused("a\n@lb1 b"),
              "/etc/k.conf:2: `@lb1` is for one of several directors: say which one this is to be, "
              "with --id NAME (keepalived's -i, else its host name)");
    id = "lb1";
    EXPECT_EQ(read("a\n@lb1 b\n@lb2 c\n@^lb1 d\n@^lb2 e\n@lb1 $X=f\n@lb2 $X=g\n$X"), "a;b;e;f");
}

TEST_F(lines_test, blocks) {
    std::vector<source_line> lines;
    const auto add = [&](line_kind kind, const char* word) {
        lines.push_back({{"k", static_cast<unsigned>(lines.size() + 1)}, kind, {word}, ""});
    };
    add(line_kind::close, "");
    add(line_kind::open, "");
    add(line_kind::words, "lost");
    add(line_kind::close, "");
    add(line_kind::words, "a");
    add(line_kind::open, "");
    add(line_kind::words, "b");
    const auto blocks = keepalived_blocks(lines, notes);
    ASSERT_EQ(blocks.size(), 1U);
    ASSERT_EQ(blocks[0].inner.size(), 1U);
    EXPECT_EQ(blocks[0].inner[0].keyword(), "b");
    EXPECT_EQ(decisions(),
              "k:1: needs a decision: `}` without `{`: is the block above complete?;"
              "k:2: needs a decision: a block without a keyword is passed over;"
              "k:6: needs a decision: this block is never closed: is the file complete?;");
    std::vector<source_line> deep;
    for (unsigned i = 0; i < 100'000; ++i)
        deep.push_back({{"k", 1}, i % 2 == 0 ? line_kind::words : line_kind::open, {"a"}, ""});
    EXPECT_THROW(keepalived_blocks(deep, notes), std::runtime_error);
}

} // namespace
} // namespace weir::importer
