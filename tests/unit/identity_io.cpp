// SPDX-License-Identifier: MIT
#include "support/catch.hpp"

#include <polleros/identity_io.hpp>

#include <sstream>

TEST_CASE("a number prints as it is written, a picked one with a mark") {
    std::ostringstream out;
    out << polleros::ChannelNumber{7} << ' ' << polleros::detail::pickedNumber(polleros::SeqN{9});
    CHECK(out.str() == "7 #9");
}
