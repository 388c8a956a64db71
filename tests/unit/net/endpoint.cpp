// SPDX-License-Identifier: MIT
#include "support/catch.hpp"

#include <polleros/detail/net_os.hpp>
#include <polleros/net/endpoint.hpp>
#include <polleros/net/endpoint_io.hpp>

#include <random>
#include <sstream>
#include <string>
#include <unordered_set>

#if __has_include(<arpa/inet.h>)
#include <arpa/inet.h>
#endif

using polleros::net::Endpoint;
using polleros::net::Family;

namespace {

constexpr Endpoint atCompileTime = Endpoint::loopback4(80).withPort(81);
static_assert(atCompileTime.family() == Family::ip4 && atCompileTime.port() == 81);
static_assert(atCompileTime != Endpoint::loopback4(80));
static_assert(Endpoint{} == Endpoint{} && Endpoint{}.family() == Family::none);

std::error_code parseError(std::string_view text) {
    std::error_code ec;
    const Endpoint read = Endpoint::parse(text, ec);
    CHECK((ec ? read == Endpoint{} : read != Endpoint{}));
    return ec;
}

} // namespace

TEST_CASE("an endpoint is read and written in one form", "[net]") {
    for (const char* const text :
         {"127.0.0.1:80", "0.0.0.0:0", "255.255.255.255:65535", "[::]:0", "[::1]:80", "[fe80::1%2]:80", "[1::]:1",
          "[1:2:3:4:5:6:7:8]:9", "[1:0:0:2::3]:4", "[1::2:0:0:3:4]:5", "[::ffff:1.2.3.4]:5", "[1:0:2:3:4:5:6:7]:8",
          "[fe80::1%4294967295]:80", "unix:/run/app.sock", "unix:relative", "unix:@name", "unix:@/odd@name"}) {
        INFO(text);
        CHECK(Endpoint::parse(text).toString() == text);
    }
}

TEST_CASE("other spellings of an address are read as the same endpoint", "[net]") {
    CHECK(Endpoint::parse("[0:0:0:0:0:0:0:1]:80") == Endpoint::loopback6(80));
    CHECK(Endpoint::parse("[0000::0001]:80") == Endpoint::loopback6(80));
    CHECK(Endpoint::parse("[ABCD::EF]:80") == Endpoint::parse("[abcd::ef]:80"));
    CHECK(Endpoint::parse("[::1.2.3.4]:1") == Endpoint::parse("[::102:304]:1"));
    CHECK(Endpoint::parse("[1:2:3:4:5:6:1.2.3.4]:1") == Endpoint::parse("[1:2:3:4:5:6:102:304]:1"));
    CHECK(Endpoint::parse("[1:2:3:4:5:6:7::]:1").toString() == "[1:2:3:4:5:6:7:0]:1");
    CHECK(Endpoint::parse("[::2:3:4:5:6:7:8]:1").toString() == "[0:2:3:4:5:6:7:8]:1");
    CHECK(Endpoint::parse("[::1%0]:80") == Endpoint::loopback6(80));
    CHECK(Endpoint::parse("127.0.0.1:80") == Endpoint::loopback4(80));
    CHECK(Endpoint::parse("[::]:80") == Endpoint::any6(80));
    CHECK(Endpoint::parse("0.0.0.0:80") == Endpoint::any4(80));
}

TEST_CASE("what is no numeric endpoint is invalid_argument", "[net]") {
    using namespace std::string_view_literals;
    for (const std::string_view text : {""sv,
                                        ":"sv,
                                        ":80"sv,
                                        "127.0.0.1"sv,
                                        "127.0.0.1:"sv,
                                        "127.0.0.1:65536"sv,
                                        "127.0.0.1:99999999999"sv,
                                        "127.0.0.1:-1"sv,
                                        "127.0.0.1:+1"sv,
                                        "127.0.0.1: 80"sv,
                                        "127.0.0.1:080"sv,
                                        "127.0.0.1:80 "sv,
                                        "127.0.0.1:80\0"sv,
                                        "127.0.0:80"sv,
                                        "127.0.0.1.1:80"sv,
                                        "127.0.0.256:80"sv,
                                        "127.0.0.01:80"sv,
                                        "0x7f.0.0.1:80"sv,
                                        "2130706433:80"sv,
                                        "1..2.3:80"sv,
                                        "localhost:80"sv,
                                        "example.org:80"sv,
                                        "::1:80"sv,
                                        "[::1]"sv,
                                        "[::1]80"sv,
                                        "[::1:80"sv,
                                        "::1]:80"sv,
                                        "[]:80"sv,
                                        "[:]:80"sv,
                                        "[:::]:80"sv,
                                        "[1:::2]:80"sv,
                                        "[1::2::3]:80"sv,
                                        "[12345::]:80"sv,
                                        "[1:2:3:4:5:6:7]:80"sv,
                                        "[1:2:3:4:5:6:7:8:9]:80"sv,
                                        "[1:2:3:4:5:6:7:8::]:80"sv,
                                        "[::1:2:3:4:5:6:7:8]:80"sv,
                                        "[1:]:80"sv,
                                        "[:1]:80"sv,
                                        "[1:2:3:4:5:6:7:1.2.3.4]:80"sv,
                                        "[::1.2.3]:80"sv,
                                        "[::1.2.3.4:5]:80"sv,
                                        "[g::]:80"sv,
                                        "[fe80::1%]:80"sv,
                                        "[fe80::1%eth0]:80"sv,
                                        "[fe80::1%4294967296]:80"sv,
                                        "[127.0.0.1]:80"sv,
                                        "[[::1]]:80"sv,
                                        "unix:"sv,
                                        "unix:@"sv,
                                        "unix:/a\0b"sv,
                                        "Unix:/a"sv}) {
        INFO(text);
        CHECK(parseError(text) == std::errc::invalid_argument);
    }
    CHECK_THROWS_AS(Endpoint::parse("nonsense"), std::system_error);
}

TEST_CASE("IPv6 addresses are read and written as the C library does", "[net]") {
    // Of two runs of zeros of the same length RFC 5952 shortens the first, musl another.
    const std::array<std::uint8_t, 16> twoRuns{0, 0, 0, 0, 0x52, 0x39, 0, 0, 0, 0, 0, 0xd, 0, 1, 0, 0};
    char shortened[INET6_ADDRSTRLEN];
    ::inet_ntop(AF_INET6, twoRuns.data(), shortened, sizeof shortened);
    const bool takesFirstRun = shortened == std::string_view("::5239:0:0:d:1:0");
    CHECK(Endpoint::ip6(twoRuns, 1).toString() == "[::5239:0:0:d:1:0]:1");

    int compared = 0;
    std::minstd_rand engine(1);
    const auto random = [&engine] { return static_cast<unsigned>(engine() >> 8U); };
    for (int round = 0; round < 20'000; ++round) {
        std::array<std::uint8_t, 16> octets{};
        for (std::size_t group = 0; group < 8; ++group) {
            // Mostly zeros, for the runs; small and large ones, for the digits.
            const unsigned kind = random() % 5;
            const unsigned value = kind < 3 ? 0 : kind == 3 ? random() % 16 : random() % 0x10000;
            octets[2 * group] = static_cast<std::uint8_t>(value >> 8U);
            octets[2 * group + 1] = static_cast<std::uint8_t>(value & 0xFFU);
        }
        const Endpoint made = Endpoint::ip6(octets, 1);
        const std::string text = made.toString();
        if (Endpoint::parse(text) != made) {
            FAIL_CHECK(text);
        }
        char expected[INET6_ADDRSTRLEN];
        ::inet_ntop(AF_INET6, octets.data(), expected, sizeof expected);
        if (std::string_view(expected).find('.') != std::string_view::npos) {
            continue; // the C library writes ::1.2.3.4, which RFC 5952 does not
        }
        ++compared;
        const std::string theirs = "[" + std::string(expected) + "]:1";
        if (takesFirstRun ? text != theirs : Endpoint::parse(theirs) != made) {
            FAIL_CHECK(text << " is not " << expected);
        }
    }
    CHECK(compared > 15'000);
}

TEST_CASE("IPv6 text is accepted exactly where the C library accepts it", "[net]") {
    std::minstd_rand engine(2);
    const auto random = [&engine] { return static_cast<unsigned>(engine() >> 8U); };
    int valid = 0;
    for (int round = 0; round < 100'000; ++round) {
        std::string text;
        const unsigned size = random() % 14;
        for (unsigned index = 0; index < size; ++index) {
            text += "::::120f.:"[random() % 10];
        }
        std::array<std::uint8_t, 16> expected{};
        const bool accepted = ::inet_pton(AF_INET6, text.c_str(), expected.data()) == 1;
        std::error_code ec;
        const Endpoint read = Endpoint::parse("[" + text + "]:1", ec);
        if (accepted == static_cast<bool>(ec) || (accepted && read.octets() != expected)) {
            FAIL_CHECK(text);
        }
        valid += accepted ? 1 : 0;
    }
    CHECK(valid > 1000);
}

TEST_CASE("an AF_UNIX path is as long as the system allows, and no longer", "[net]") {
    CHECK(Endpoint::maxLocalName == sizeof(::sockaddr_un::sun_path) - 1);
    const std::string longest = "/" + std::string(Endpoint::maxLocalName - 1, 'x');
    CHECK(Endpoint::local(longest).name() == longest);
    CHECK(Endpoint::parse("unix:" + longest).toString() == "unix:" + longest);
    std::error_code ec;
    CHECK(Endpoint::local(longest + "x", ec) == Endpoint{});
    CHECK(ec == std::errc::filename_too_long);
    CHECK(Endpoint::abstract(longest + "x", ec) == Endpoint{});
    CHECK(ec == std::errc::filename_too_long);
    CHECK(Endpoint::abstract(longest, ec).name() == longest);
    CHECK_FALSE(ec);
    CHECK_THROWS_AS(Endpoint::local(longest + "x"), std::system_error);
    CHECK_THROWS_AS(Endpoint::abstract(""), std::system_error);
}

TEST_CASE("a path and an abstract name of the same letters differ", "[net]") {
    CHECK(Endpoint::local("name") != Endpoint::abstract("name"));
    CHECK(Endpoint::abstract("name").isAbstract());
    CHECK_FALSE(Endpoint::local("name").isAbstract());
    CHECK(Endpoint::abstract(std::string_view("a\0b", 3)).name().size() == 3);
}

TEST_CASE("a path that begins with @ is not written as an abstract name", "[net]") {
    const std::string text = Endpoint::local("@file").toString();
    CHECK(text == "unix:./@file");
    CHECK_FALSE(Endpoint::parse(text).isAbstract());
}

TEST_CASE("endpoints have only the parts of their kind", "[net]") {
    CHECK(Endpoint::local("/a").withPort(80) == Endpoint::local("/a"));
    CHECK(Endpoint::local("/a").octets() == std::array<std::uint8_t, 16>{});
    CHECK(Endpoint::loopback4(80).name().empty());
    CHECK(Endpoint::parse("[fe80::1%7]:80").scope() == 7);
    CHECK(Endpoint::loopback4(80).octets()[0] == 127);
    CHECK(Endpoint{}.toString().empty());
    CHECK_FALSE(Endpoint{}.isIp());
    CHECK_FALSE(Endpoint{}.isLocal());
}

TEST_CASE("endpoints are told apart by every part, and hashed", "[net]") {
    const Endpoint link = Endpoint::parse("[fe80::1%7]:80");
    CHECK(link != Endpoint::parse("[fe80::1%8]:80"));
    CHECK(link != Endpoint::parse("[fe80::1%7]:81"));
    CHECK(link != Endpoint::parse("[fe80::2%7]:80"));
    CHECK(Endpoint::any4(0) != Endpoint::any6(0));
    std::unordered_set<Endpoint> set;
    std::unordered_set<std::size_t> hashes;
    for (std::uint16_t port = 0; port < 10'000; ++port) {
        set.insert(Endpoint::loopback4(port));
        hashes.insert(std::hash<Endpoint>{}(Endpoint::loopback4(port)));
    }
    CHECK(set.size() == 10'000);
    CHECK(hashes.size() > 9'990);
    CHECK(set.count(Endpoint::parse("127.0.0.1:77")) == 1);
}

TEST_CASE("an endpoint is printed to a stream", "[net]") {
    std::ostringstream out;
    out << Endpoint::loopback6(80) << ' ' << Endpoint::local("/a");
    CHECK(out.str() == "[::1]:80 unix:/a");
}
