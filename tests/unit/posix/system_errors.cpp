// SPDX-License-Identifier: MIT
#include "support/catch.hpp"

#include <polleros/error.hpp>

#include <cerrno>

using polleros::Errc;

namespace {
std::error_code system(int code) {
    return {code, std::system_category()};
}
} // namespace

TEST_CASE("codes of POSIX map to the library's conditions") {
    CHECK(system(EEXIST) == Errc::alreadyAttached);
    CHECK(system(EBADF) == Errc::badHandle);
    CHECK(system(EPERM) == Errc::unsupportedHandle);
    CHECK(system(EINVAL) == Errc::unsupportedHandle);
    CHECK(system(ELOOP) == Errc::unsupportedHandle);
    for (const int device : {ENODEV, ENOTSUP, EOPNOTSUPP, ENOTTY}) { // of a kqueue
        CHECK(system(device) == Errc::unsupportedHandle);
    }
    CHECK(system(ENOENT) == Errc::notFound);
    CHECK(system(ENOMEM) == Errc::outOfMemory);
    CHECK(std::make_error_code(std::errc::bad_file_descriptor) == Errc::badHandle);
}
