// SPDX-License-Identifier: MIT
#include "support/catch.hpp"

#include <polleros/config.hpp>
#include <polleros/version.hpp>

#include <sstream>
#include <string_view>

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
    std::ostringstream version;
    version << 'v' << POLLEROS_VERSION_MAJOR << '_' << POLLEROS_VERSION_MINOR;
    const std::string_view name = POLLEROS_TEXT_OF(POLLEROS_ABI_NAMESPACE);
    CHECK(name.substr(0, version.str().size()) == version.str());
    CHECK((name.find("_audit") != std::string_view::npos) == polleros::audited);
}
