// SPDX-License-Identifier: MIT
// What backend::Kqueue makes of a kernel's answers: whose failure each is, and what an event says; for each form in which
// a sequence number can travel.
#include "support/kqueue/recorded_kernel.hpp"

using namespace polleros_test;
using namespace std::chrono_literals;
using polleros::Errc;
using polleros::Readiness;
using polleros::detail::makeSeqN;

TEMPLATE_TEST_CASE("a change that fails is told of whose it was, and what is ready comes with it", "", EACH_UDATA) {
    NAMES
    struct Row {
        Interest from;
        Interest to;
        int filter;
        int error;
        int told;         // the failure
        std::size_t left; // changes that rid the kernel of the rest
    };
    const std::vector<Row> rows{
        {in, in | out, writeFilter, EINVAL, EINVAL, 1},    {in, in | out, writeFilter, ENODEV, ENODEV, 1},
        {in, in | out, writeFilter, EPERM, EPERM, 1},      {in, in | out, writeFilter, ENOMEM, ENOMEM, 1},
        {out, in | out, readFilter, EBADF, EBADF, 0},      {in | out, in, writeFilter, ENOENT, EBADF, 1},
        {in | out, in, writeFilter, EBADF, EBADF, 0},      {in | out, out, readFilter, 93, EBADF, 1},
        {in, in | urgent, exceptFilter, EINVAL, EINVAL, 1}};
    for (const Row& row : rows) {
        CAPTURE(row.filter, row.error);
        K kernel;
        kernel.registered(12, one, row.from);
        kernel.registered(13, two, in);
        kernel.want(12, one, row.to);
        K::answer({K::refused(12, row.filter, one, row.error)});
        K::answer({K::entry(13, readFilter, two, Calls::evAdd)});
        CHECK(kernel.wait(1s) == std::vector<Ready>{{one, {}, row.told}, {two, Flag::read, 0}});
        CHECK_FALSE(kernel.error);
        REQUIRE(Calls::calls.size() == 2);
        CHECK(Calls::calls[1].changes.size() == row.left);
        REQUIRE(Calls::calls[1].limit.has_value());
        CHECK((Calls::calls[1].limit->tv_sec == 0 && Calls::calls[1].limit->tv_nsec == 0));
        Calls::calls.clear();
        CHECK(kernel.waited().empty()); // it exists no more
        kernel.backend->remove(12, one, row.to, When::now);
        CHECK(Calls::calls.empty());
    }
}

TEMPLATE_TEST_CASE("a failure of what has left is nobody's, and the wait goes on", "", EACH_UDATA) {
    NAMES
    for (const int error : {ENOENT, EBADF, 93}) {
        K kernel;
        kernel.registered(12, one, in);
        kernel.backend->remove(12, one, in, When::byNextWait);
        K::answer({K::refused(12, readFilter, one, error)});
        CHECK(kernel.wait(1s).empty());
        CHECK_FALSE(kernel.error);
        REQUIRE(Calls::calls.size() == 2);
        CHECK(Calls::calls[1].changes.empty());
        REQUIRE(Calls::calls[1].limit.has_value());
        CHECK(Calls::calls[1].limit->tv_sec == 1);
    }
}

TEMPLATE_TEST_CASE("who wants to write into a pipe without a reader is told so by every wait", "", EACH_UDATA) {
    NAMES
    for (const int error : {EPIPE, EBADF}) { // FreeBSD's, and NetBSD's: the handle is open
        K kernel;
        K::answer({K::refused(12, writeFilter, one, error)});
        REQUIRE_FALSE(kernel.backend->add(12, one, out, Occupied::takeOver, When::now));
        Calls::calls.clear();
        for (int turn = 0; turn < 3; ++turn) {
            K::answer({K::refused(12, writeFilter, one, error)});
            CHECK(kernel.wait(1s) == std::vector<Ready>{{one, Flag::error, 0}});
            CHECK(K::changes(0) == Change{{12, writeFilter, K::add}});
            CHECK(K::changes(1).empty());
            Calls::calls.clear();
        }
        kernel.backend->remove(12, one, out, When::now);
        CHECK(kernel.waited().empty());
    }
    K kernel;
    REQUIRE_FALSE(kernel.backend->add(1000, one, out, Occupied::takeOver, When::byNextWait)); // this one is closed
    K::answer({K::refused(1000, writeFilter, one, EBADF)});
    CHECK(kernel.wait(1s) == std::vector<Ready>{{one, {}, EBADF}});
}

TEMPLATE_TEST_CASE("what an event says", "", EACH_UDATA) {
    NAMES
    constexpr unsigned eof = Calls::evEof;
    struct Row {
        int filter;
        unsigned flags;
        unsigned fflags;
        Readiness told;
    };
    const Readiness failed = Flag::error | Flag::hangup;
    const std::vector<Row> rows{
        {readFilter, 0, 0, Flag::read},
        {readFilter, eof, 0, Flag::read | Flag::readEnd},
        {readFilter, eof, ECONNRESET, failed},
        {writeFilter, 0, 0, Flag::write},
        {writeFilter, eof, 0, Flag::write | Flag::hangup},
        {writeFilter, eof, ECONNREFUSED, failed},
        {exceptFilter, 0, Calls::noteOob, Flag::priority},
        {exceptFilter, eof, Calls::noteOob, Flag::priority | Flag::hangup},
    };
    K kernel;
    kernel.registered(12, one, in | out | urgent);
    for (const Row& row : rows) {
        for (const unsigned unknown : {0U, 0x1800U, 0x2000U, 0x0041U}) { // whatever else a kernel sets
            K::answer({K::entry(12, row.filter, one, row.flags | unknown, row.fflags, 100)});
            CHECK(kernel.wait() == std::vector<Ready>{{one, row.told, 0}});
        }
    }
}

TEMPLATE_TEST_CASE("entries that say nothing are skipped, and the rest is delivered", "", EACH_UDATA) {
    NAMES
    K kernel;
    kernel.registered(12, one, in);
    kernel.registered(13, two, in);
    K::answer({{},
               K::entry(12, readFilter, one, 0),
               K::entry(14, readFilter, one, Calls::evError),
               {},
               K::entry(13, readFilter, two, 0)});
    CHECK(kernel.wait(1s) == std::vector<Ready>{{one, Flag::read, 0}, {two, Flag::read, 0}});
    CHECK(Calls::calls.size() == 1);
    kernel.want(13, two, out);
    K::answer({K::entry(12, readFilter, one, 0), K::refused(13, writeFilter, two, EINVAL)});
    CHECK(kernel.wait(1s) == std::vector<Ready>{{two, {}, EINVAL}, {one, Flag::read, 0}});
}

TEMPLATE_TEST_CASE("an interrupted wait has made its changes, a failed one has not", "", EACH_UDATA) {
    NAMES
    K kernel;
    kernel.registered(12, one, in);
    kernel.want(12, one, in | out);
    K::fail(EINTR);
    CHECK(kernel.wait().empty());
    CHECK(kernel.error == std::errc::interrupted);
    Calls::calls.clear();
    CHECK(kernel.waited().empty());
    kernel.want(12, one, in);
    for (const int error : {EBADF, EFAULT, ENOMEM}) {
        K::fail(error);
        CHECK(kernel.wait().empty());
        CHECK(kernel.error.value() == error);
        CHECK(K::changes(0) == Change{{12, writeFilter, K::remove}});
        Calls::calls.clear();
    }
    K::fail(ETIMEDOUT); // seen on macOS: nothing but the time has passed
    CHECK(kernel.wait().empty());
    CHECK_FALSE(kernel.error);
    Calls::calls.clear();
    CHECK(kernel.waited().empty());
}

TEMPLATE_TEST_CASE("who asks for the end of the stream alone hears of nothing else, and of that for ever", "",
                   EACH_UDATA) {
    NAMES
    K kernel;
    kernel.registered(12, one, ends);
    K::answer({K::entry(12, readFilter, one, 0, 0, 5)});
    CHECK(kernel.wait().empty()); // data
    Calls::calls.clear();
    CHECK(kernel.waited().empty());
    K::answer({K::entry(12, readFilter, one, Calls::evEof, 0, 5)});
    CHECK(kernel.wait() == std::vector<Ready>{{one, Flag::read | Flag::readEnd, 0}});
    Calls::calls.clear();
    // From now on the kernel tells the state.
    CHECK(kernel.waited() == Change{{12, readFilter, K::remove}, {12, readFilter, K::add}});
    K::answer({K::entry(12, readFilter, one, 0, 0, 5)}); // a FIFO has a writer again
    CHECK(kernel.wait().empty());
    Calls::calls.clear();
    CHECK(kernel.waited() == Change{{12, readFilter, K::remove}, {12, readFilter, K::addClear}});
}

TEST_CASE("32 bits carry a place and a generation, which are checked against what lives there") {
    using K = Kernel<std::uint32_t>;
    constexpr int readFilter = K::Calls::readFilter;
    K kernel;
    const SeqN first = makeSeqN(0x1'0000, 0); // whose token is all zeros, as the waker's
    const SeqN old = makeSeqN(0x1'0005, 9);
    const SeqN fresh = makeSeqN(0x1'0006, 9);
    kernel.registered(5, polleros::wakerSeqN, in);
    kernel.registered(12, first, in);
    kernel.registered(13, fresh, in);
    CHECK(K::Token::of(first) == K::Token::of(polleros::wakerSeqN));
    K::answer({K::entry(12, readFilter, first, 0), K::entry(5, readFilter, polleros::wakerSeqN, 0),
               K::entry(13, readFilter, fresh, 0)});
    CHECK(kernel.wait() ==
          std::vector<Ready>{{first, Flag::read, 0}, {polleros::wakerSeqN, Flag::read, 0}, {fresh, Flag::read, 0}});
    // Another generation, another handle, a place that nobody has: nobody's.
    for (const auto& stale : {K::entry(13, readFilter, old, 0), K::entry(14, readFilter, fresh, 0),
                              K::entry(13, readFilter, makeSeqN(0x1'0006, 10), 0)}) {
        K::answer({stale});
        const std::vector<Ready> ready = kernel.wait();
        REQUIRE(ready.size() == 1);
        CHECK((ready[0].seqN != first && ready[0].seqN != fresh && ready[0].seqN != polleros::wakerSeqN));
    }
    REQUIRE_FALSE(kernel.backend->add(20, makeSeqN(1, 0xFFFF), in, Occupied::takeOver, When::now));
    CHECK(kernel.backend->add(21, makeSeqN(1, 0x1'0000), in, Occupied::takeOver, When::now) == Errc::sequenceExhausted);
}

TEST_CASE("64 bits carry the whole number, whoever lives in its place") {
    using K = Kernel<std::int64_t>;
    K kernel;
    const SeqN unknown = makeSeqN(0xFF'FFFF'FFFF, 0x7F'FFFE);
    K::answer({K::entry(13, K::Calls::readFilter, unknown, 0)});
    CHECK(kernel.wait() == std::vector<Ready>{{unknown, Flag::read, 0}});
}
