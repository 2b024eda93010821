#include "config/command_line.h"

#include <algorithm>

#include <fmt/format.h>

#include "config/problem.h"

namespace weir::config {

namespace {

namespace options = boost::program_options;

std::string without_dashes(const std::string& option) {
    return option.substr(std::min(option.find_first_not_of('-'), option.size()));
}

/// "`--limit N`".
std::string in_full(const std::string& option, const options::options_description& described) {
    const std::string value = described.find(without_dashes(option), false).semantic()->name();
    return in_quotes(option + ' ' + value.substr(0, value.find(" (="))); // its default follows
}

std::string value_missing(const std::string& option,
                          const options::options_description& described) {
    return in_full(option, described) + ": the value is missing";
}

std::string unknown(const std::string& token, const options::options_description& described,
                    std::string_view help) {
    std::vector<std::string> names;
    for (const auto& option : described.options())
        names.push_back(option->long_name());
    const std::string given = token.substr(0, token.find('='));
    const std::string near = nearest(without_dashes(given), names);
    return fmt::format("no option {}; {}", in_quotes(given),
                       near.empty() ? fmt::format("`{}` lists them all", help)
                                    : fmt::format("did you mean `--{}`?", near));
}

/// In all of weir's programs, values that are parsed are numbers.
std::string value_wrong(const std::string& option, const options::parsed_options& parsed,
                        const options::options_description& described) {
    std::string given;
    for (const auto& o : parsed.options)
        if (o.string_key == without_dashes(option) && !o.value.empty()) given = o.value.front();
    return fmt::format("{}: {} is not a valid number", in_full(option, described),
                       in_quotes(given));
}

} // namespace

command_line read_command_line(const std::vector<std::string>& arguments,
                               const options::options_description& described,
                               std::string_view help) {
    constexpr auto words = "words";
    options::options_description all;
    all.add(described).add_options()(words, options::value<std::vector<std::string>>());
    options::positional_options_description positions;
    positions.add(words, -1);
    options::parsed_options parsed(&all);
    command_line line;
    try {
        parsed = options::command_line_parser(arguments)
                     .options(all)
                     .positional(positions)
                     .style(options::command_line_style::default_style
                            & ~options::command_line_style::allow_guessing)
                     .run();
        for (const auto& option : parsed.options)
            if (option.position_key < 0 && !option.value.empty()
                && option.value.front().starts_with("--"))
                throw usage_error(value_missing("--" + option.string_key, described));
        options::store(parsed, line.options);
    } catch (const options::unknown_option& e) {
        throw usage_error(unknown(e.get_option_name(), described, help));
    } catch (const options::invalid_syntax& e) {
        if (e.kind() == options::invalid_syntax::missing_parameter
            || e.kind() == options::invalid_syntax::empty_adjacent_parameter)
            throw usage_error(value_missing(e.get_option_name(), described));
        throw usage_error(in_quotes(e.get_option_name()) + " takes no value");
    } catch (const options::multiple_occurrences& e) {
        throw usage_error(in_quotes(e.get_option_name()) + " is given twice");
    } catch (const options::validation_error& e) {
        throw usage_error(value_wrong(e.get_option_name(), parsed, described));
    }
    if (line.options.contains(words))
        line.words = line.options[words].as<std::vector<std::string>>();
    return line;
}

} // namespace weir::config
