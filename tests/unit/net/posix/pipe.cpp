// SPDX-License-Identifier: MIT
#include "support/catch.hpp"
#include "support/death.hpp"
#include "support/fds.hpp"
#include "unit/net/posix/descriptors.hpp"

#include <polleros/net/pipe.hpp>

#include <csignal>
#include <string>
#include <vector>

using namespace polleros_test;
using namespace polleros::net;

namespace {

// (Unqualified: some are macros on macOS.)
bool sigpipePending() {
    ::sigset_t pending;
    sigpending(&pending);
    return sigismember(&pending, SIGPIPE) == 1;
}

} // namespace

TEST_CASE("what is written into a pipe is read from it, then it would block, then it ends", "[net]") {
    auto [reader, writer] = pipePair();
    char room[4];
    CHECK(read(reader, room).wouldBlock());
    CHECK(write(writer, "hello").bytes == 5);
    CHECK(read(reader, room).bytes == 4);
    CHECK(read(reader, room).bytes == 1);
    CHECK(read(reader, room).wouldBlock());
    REQUIRE_FALSE(writer.close());
    CHECK(read(reader, room).ended());
}

TEST_CASE("a full pipe would block", "[net]") {
    const Pipe pipe = pipePair();
    const std::vector<std::byte> block(4096);
    int blocks = 0;
    IoResult last;
    while ((last = write(pipe.writer, block))) {
        REQUIRE(++blocks < 10'000);
    }
    CHECK(last.wouldBlock());
    std::vector<unsigned char> room(4096);
    CHECK(read(pipe.reader, room).bytes == 4096);
    CHECK(write(pipe.writer, block).bytes == 4096);
}

TEST_CASE("writing to a pipe that nobody reads raises no signal", "[net]") {
    const Death death = inChild([] {
        std::signal(SIGPIPE, SIG_DFL);
        auto [reader, writer] = pipePair();
        if (reader.close()) {
            std::_Exit(2);
        }
        for (int round = 0; round < 3; ++round) {
            const IoResult result = write(writer, "anybody there?");
            if (!result.failed() || result.error != std::errc::broken_pipe || sigpipePending()) {
                std::_Exit(3);
            }
        }
        // The signal itself is as it was before.
        ::raise(SIGPIPE);
        std::_Exit(4);
    });
    CHECK(death.signal == SIGPIPE);
}

TEST_CASE("a SIGPIPE that was pending before a write still is", "[net]") {
    const Death death = inChild([] {
        std::signal(SIGPIPE, SIG_DFL);
        ::sigset_t pipe;
        sigemptyset(&pipe);
        sigaddset(&pipe, SIGPIPE);
        ::pthread_sigmask(SIG_BLOCK, &pipe, nullptr);
        auto [reader, writer] = pipePair();
        static_cast<void>(reader.close());
        static_cast<void>(write(writer, "x"));
        if (sigpipePending()) {
            std::_Exit(2);
        }
        ::raise(SIGPIPE);
        static_cast<void>(write(writer, "x"));
        std::_Exit(sigpipePending() ? 0 : 3);
    });
    CHECK(death.signal == 0);
    CHECK(death.status == 0);
}

TEST_CASE("the wrong end, and no end, fail", "[net]") {
    const Pipe pipe = pipePair();
    char room[1];
    CHECK(read(pipe.writer, room).error == systemCode(std::errc::bad_file_descriptor));
    CHECK(write(pipe.reader, "x").error == systemCode(std::errc::bad_file_descriptor));
    CHECK(write(Descriptor(), "x").failed());
    CHECK(write(Descriptor(), ""));
    CHECK(read(Descriptor(), std::span<char>()));
}

TEST_CASE("out of descriptors makes no pipe", "[net]") {
    std::error_code ec;
    {
        const NoDescriptors none;
        static_cast<void>(pipePair(ec));
    }
    CHECK(ec == systemCode(std::errc::too_many_files_open));
    std::errc thrown{};
    try {
        const NoDescriptors none;
        static_cast<void>(pipePair());
    } catch (const std::system_error& error) {
        thrown = static_cast<std::errc>(error.code().value());
    }
    CHECK(thrown == std::errc::too_many_files_open);
}
