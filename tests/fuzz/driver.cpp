// Feeds a fuzz target: `fuzz_NAME [RANDOM-INPUTS [FILE...]]`. With files: only those, to look at a
// finding again; the input that ends the program is left in `NAME.input`.

#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iostream>
#include <iterator>
#include <memory>
#include <random>

#include "target.h"

#include <fcntl.h>
#include <unistd.h>

namespace weir::fuzz {

namespace {

/// Bytes; of a larger seed only some places are tried.
constexpr std::size_t largest_whole = 500;

const std::string* current = nullptr;
std::string finding; ///< file for the input that ended the program

/// The target ends by abort(), also when a sanitizer finds something (its death callback).
void keep_input(int) {
    if (current == nullptr) return;
    const int file = open(finding.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644);
    if (file < 0 || write(file, current->data(), current->size()) < 0) _exit(2);
    constexpr char message[] = "the input is in the file .input of the working directory\n";
    if (write(STDERR_FILENO, message, sizeof message - 1) < 0) _exit(2);
}

/// The input in memory of exactly its size, so that the address sanitizer sees a byte too many.
void feed(const std::string& input) {
    current = &input;
    const auto exact = std::make_unique<std::uint8_t[]>(input.size());
    std::memcpy(exact.get(), input.data(), input.size());
    LLVMFuzzerTestOneInput(exact.get(), input.size());
}

std::string mutated(std::string input, const std::vector<std::string>& all,
                    std::mt19937_64& random) {
    const auto up_to = [&](std::size_t limit) { return random() % (limit + 1); };
    for (std::size_t changes = 1 + up_to(4); changes > 0; --changes) {
        const std::size_t at = up_to(input.size());
        switch (random() % 6) {
        case 0: // another byte
            if (at < input.size()) input[at] = static_cast<char>(random());
            break;
        case 1: // one bit
            if (at < input.size()) input[at] = static_cast<char>(input[at] ^ 1 << random() % 8);
            break;
        case 2: // an edge
            for (std::size_t i = at; i < std::min(at + 2, input.size()); ++i)
                input[i] = random() % 2 == 0 ? '\0' : '\xff';
            break;
        case 3:
            input.erase(at, 1 + up_to(20));
            break;
        case 4: // a piece of another seed
            if (const std::string& other = all[up_to(all.size() - 1)]; !other.empty())
                input.insert(at, other, up_to(other.size() - 1), 1 + up_to(40));
            break;
        default:
            input.insert(at, 1 + up_to(8), static_cast<char>(random()));
        }
    }
    return input;
}

std::size_t run(std::size_t random_inputs) {
    const std::vector<std::string> all = seeds();
    std::size_t count = 0;
    for (const std::string& seed : all) {
        const std::size_t step = seed.size() > largest_whole ? seed.size() / 100 : 1;
        for (std::size_t size = 0; size <= seed.size(); size += step, ++count)
            feed(seed.substr(0, size));
        for (std::size_t at = 0; at < seed.size(); at += step) {
            for (const int value :
                 {0, 1, 0x7f, 0x80, 0xff, seed[at] + 1, seed[at] - 1, seed[at] ^ 4}) {
                std::string changed = seed;
                changed[at] = static_cast<char>(value);
                feed(changed);
                ++count;
            }
        }
    }
    std::mt19937_64 random(20260101);
    for (std::size_t i = 0; i < random_inputs; ++i, ++count)
        feed(mutated(all[random() % all.size()], all, random));
    return count;
}

} // namespace

void require(bool good, const char* what) {
    if (good) return;
    std::cerr << what << "\n";
    std::abort();
}

} // namespace weir::fuzz

int main(int argc, char** argv) {
    using namespace weir::fuzz;
    finding = std::string(argv[0]).substr(std::string(argv[0]).rfind('/') + 1) + ".input";
    std::signal(SIGABRT, keep_input);
    for (int i = 2; i < argc; ++i) {
        std::ifstream file(argv[i], std::ios::binary);
        feed(std::string(std::istreambuf_iterator<char>(file), {}));
    }
    if (argc > 2) return 0;
    const std::size_t inputs = run(argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 20'000);
    std::cout << inputs << " inputs\n";
}
