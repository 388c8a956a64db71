// SPDX-License-Identifier: MIT
#include "support/catch.hpp"
#include "support/codes.hpp"

#include <polleros/error.hpp>

#include <cerrno>
#include <set>
#include <string>

using polleros::Errc;
using polleros::errorCode;

namespace {
constexpr int errcs = static_cast<int>(Errc::noHandler);

std::error_code system(int code) {
    return {code, std::system_category()};
}
} // namespace

TEST_CASE("a code of the library equals its own condition and no other") {
    for (int code = 1; code <= errcs; ++code) {
        for (int condition = 1; condition <= errcs; ++condition) {
            CAPTURE(code, condition);
            CHECK((errorCode(static_cast<Errc>(code)) == static_cast<Errc>(condition)) == (code == condition));
        }
    }
}

TEST_CASE("success equals no condition") {
    for (int condition = 1; condition <= errcs; ++condition) {
        CHECK_FALSE(std::error_code{} == static_cast<Errc>(condition));
        CHECK_FALSE(system(0) == static_cast<Errc>(condition));
    }
    CHECK_FALSE(std::error_code{});
    CHECK(errorCode(Errc::alreadyAttached));
}

TEST_CASE("codes of the system map to one condition each") {
    for (const int code : {EEXIST, EBADF, EPERM, EINVAL, ELOOP, ENOENT, ENOMEM, ENOSPC, EMFILE, EINTR, EAGAIN}) {
        int matches = 0;
        for (int condition = 1; condition <= errcs; ++condition) {
            matches += system(code) == static_cast<Errc>(condition) ? 1 : 0;
        }
        CAPTURE(code);
        CHECK(matches <= 1);
    }
}

TEST_CASE("conditions of a foreign category with the same number are not ours") {
    CHECK_FALSE(std::error_code(static_cast<int>(Errc::badHandle), std::iostream_category()) == Errc::badHandle);
    CHECK_FALSE(system(static_cast<int>(Errc::notFound)) == Errc::alreadyAttached);
}

TEST_CASE("every error says something of its own") {
    std::set<std::string> messages;
    for (int code = 1; code <= errcs; ++code) {
        const std::string message = errorCode(static_cast<Errc>(code)).message();
        CAPTURE(message);
        CHECK(message != "unknown error");
        CHECK(messages.insert(message).second);
    }
    CHECK(polleros::category().message(0) == "unknown error");
    CHECK(polleros::category().message(-7) == "unknown error");
    CHECK(polleros::category().message(errcs + 1) == "unknown error");
    CHECK(std::string(polleros::category().name()) == "polleros");
}

TEST_CASE("an Errc converts to a condition wherever the standard expects one") {
    const std::error_condition condition = Errc::reentrant;
    CHECK(&condition.category() == &polleros::category());
    CHECK(condition.value() == static_cast<int>(Errc::reentrant));
    CHECK(Errc::badHandle == system(polleros_test::nativeCode(EBADF)));
}

TEST_CASE("codes of the system keep their category and number") {
    const std::error_code ec = polleros::detail::systemError(ENOSPC);
    CHECK(ec.category() == std::system_category());
    CHECK(ec.value() == ENOSPC);
}

#if POLLEROS_EXCEPTIONS
TEST_CASE("the throwing twin throws what failed, and only then") {
    CHECK_NOTHROW(polleros::detail::throwIf({}, "nothing"));
    try {
        polleros::detail::throwIf(errorCode(Errc::badPoller), "attachChannel");
        FAIL("did not throw");
    } catch (const std::system_error& error) {
        CHECK(error.code() == Errc::badPoller);
        CHECK_THAT(error.what(), Catch::Matchers::ContainsSubstring("attachChannel"));
    }
}
#endif
