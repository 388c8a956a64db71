// SPDX-License-Identifier: MIT
// What Windows's own codes mean, whatever the standard library thinks of them.
#include "support/catch.hpp"

#include <polleros/detail/windows_headers.hpp>
#include <polleros/error.hpp>

#include <cerrno>
#include <utility>

namespace polleros_test {
namespace {

using polleros::Errc;

std::error_code system(int code) {
    return {code, std::system_category()};
}

} // namespace

TEST_CASE("Windows's codes map to the library's conditions") {
    for (const auto& [code, condition] : {
             std::pair{WSAEBADF, Errc::badHandle},
             {ERROR_INVALID_HANDLE, Errc::badHandle},
             {WSAENOTSOCK, Errc::unsupportedHandle},
             {WSAEINVAL, Errc::unsupportedHandle},
             {ERROR_INVALID_PARAMETER, Errc::unsupportedHandle},
             {ERROR_NOT_SUPPORTED, Errc::unsupportedHandle},
             {ERROR_ALREADY_EXISTS, Errc::alreadyAttached},
             {ERROR_FILE_EXISTS, Errc::alreadyAttached},
             {ERROR_NOT_FOUND, Errc::notFound},
             {ERROR_NOT_ENOUGH_MEMORY, Errc::outOfMemory},
             {ERROR_OUTOFMEMORY, Errc::outOfMemory},
             {WSAENOBUFS, Errc::outOfMemory},
         }) {
        CAPTURE(code);
        for (int other = 1; other <= static_cast<int>(Errc::noHandler); ++other) {
            CHECK((system(code) == static_cast<Errc>(other)) == (static_cast<Errc>(other) == condition));
        }
    }
}

TEST_CASE("errno's numbers are not Windows's, and keep their own meaning") {
    CHECK(polleros::detail::errnoError(EBADF) == Errc::badHandle);
    CHECK(polleros::detail::errnoError(EBADF) == std::errc::bad_file_descriptor);
    CHECK_FALSE(system(EBADF) == Errc::badHandle); // ERROR_INVALID_BLOCK
    CHECK(polleros::detail::meaningOf(polleros::detail::errnoError(EINTR)) == polleros::detail::Meaning::interrupted);
    CHECK(polleros::detail::meaningOf(system(ERROR_TOO_MANY_OPEN_FILES)) == polleros::detail::Meaning::other); // 4
    CHECK(polleros::detail::meaningOf(system(WSAEINTR)) == polleros::detail::Meaning::interrupted);
}

TEST_CASE("both kinds of codes survive being packed into a number") {
    for (const std::error_code ec : {system(WSAEBADF), system(ERROR_NOT_FOUND), polleros::detail::errnoError(ENOSPC)}) {
        const int packed = polleros::detail::packedError(ec);
        CHECK(packed <= 0x7FFF);
        CHECK(polleros::detail::unpackedError(packed) == ec);
    }
    CHECK(polleros::detail::packedError(polleros::detail::errnoError(0)) == 0);
    CHECK(polleros::detail::packedError({}) == 0);
}

} // namespace polleros_test
