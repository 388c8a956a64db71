// SPDX-License-Identifier: MIT
#include "support/catch.hpp"

#include <polleros/config.hpp>
#include <polleros/version.hpp>

#include <string>

#define POLLEROS_TEXT(x) #x
#define POLLEROS_TEXT_OF(x) POLLEROS_TEXT(x)

TEST_CASE("the version is three numbers that a preprocessor can compare") {
#if POLLEROS_VERSION_MAJOR * 10000 + POLLEROS_VERSION_MINOR * 100 + POLLEROS_VERSION_PATCH >= 100
    SUCCEED();
#else
    FAIL("older than 0.1");
#endif
}

TEST_CASE("the inline namespace names the version, and what changes layouts") {
    const std::string name = POLLEROS_TEXT_OF(POLLEROS_ABI_NAMESPACE);
    const std::string version =
        "v" + std::to_string(POLLEROS_VERSION_MAJOR) + "_" + std::to_string(POLLEROS_VERSION_MINOR);
    CHECK(name.substr(0, version.size()) == version);
    CHECK((name.find("_audit") != std::string::npos) == polleros::audited);
}
