// SPDX-License-Identifier: MIT
#include "support/kernel_view.hpp"

#include <fstream>
#include <sstream>
#include <string>

namespace polleros_test {

std::set<Registered> kernelView(int set) {
    std::ifstream info("/proc/self/fdinfo/" + std::to_string(set));
    std::set<Registered> view;
    for (std::string line; std::getline(info, line);) {
        std::istringstream words(line);
        std::string word;
        Registered each;
        if (words >> word && word == "tfd:" &&
            words >> each.fd >> word >> std::hex >> each.events >> word >> each.seqN) {
            view.insert(each);
        }
    }
    return view;
}

Registered asRegistered(polleros::NativeHandle fd, polleros::Interest interest, polleros::SeqN seqN) {
    using polleros::InterestFlag;
    constexpr std::uint32_t unasked = 0x8 | 0x10; // EPOLLERR, EPOLLHUP
    const auto bits = [&](InterestFlag flag, std::uint32_t events) { return interest.has(flag) ? events : 0U; };
    const std::uint32_t events = bits(InterestFlag::read, 0x1) | bits(InterestFlag::priority, 0x2) |
                                 bits(InterestFlag::write, 0x4) | bits(InterestFlag::hangup, 0x2000);
    return {fd, events | unasked, static_cast<std::uint64_t>(seqN)};
}

} // namespace polleros_test
