// SPDX-License-Identifier: MIT
#include "support/catch.hpp"

#include <polleros/net/pipe.hpp>

#include <cstdint>
#include <span>

#include <sys/eventfd.h>

using namespace polleros::net;

TEST_CASE("an eventfd is a descriptor like any other", "[net]") {
    const Descriptor counter = Descriptor::adopt(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    const std::uint64_t three = 3;
    CHECK(write(counter, std::as_bytes(std::span(&three, 1))).bytes == 8);
    std::uint64_t count = 0;
    CHECK(read(counter, std::as_writable_bytes(std::span(&count, 1))).bytes == 8);
    CHECK(count == 3);
    CHECK(read(counter, std::as_writable_bytes(std::span(&count, 1))).wouldBlock());
    char little[4];
    CHECK(read(counter, little).error == std::errc::invalid_argument);
}
