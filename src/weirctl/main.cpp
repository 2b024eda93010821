// weirctl: inspects a running director and changes what can change at run time.

#include <csignal>
#include <iostream>

#include "weirctl/commands.h"

int main(int argc, char** argv) {
    using namespace weir;
    std::signal(SIGPIPE, SIG_IGN);
    try {
        weirctl::run({argv + 1, argv + argc});
        return 0;
    } catch (const weirctl::output_closed&) {
        return 0;
    } catch (const message::refused& e) {
        for (const std::string& problem : e.problems())
            std::cerr << problem << '\n';
        std::cerr << "weirctl: " << e.what() << '\n';
    } catch (const config::usage_error& e) {
        std::cerr << "weirctl: " << e.what() << '\n';
        return config::exit_usage;
    } catch (const std::exception& e) {
        std::cerr << "weirctl: " << e.what() << '\n';
    }
    return 1;
}
