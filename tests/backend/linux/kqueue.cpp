// SPDX-License-Identifier: MIT
// What only backend::Kqueue does: the changes it asks for, whose failure it takes an answer to be, and how it reads
// events, call by call; for each form in which a sequence number can travel.
#include "support/catch.hpp"
#include "support/kqueue/recorded_calls.hpp"

#include <polleros/backend/kqueue.hpp>

#include <memory>

using namespace polleros_test;
using namespace std::chrono_literals;
using polleros::Errc;
using polleros::Interest;
using polleros::Occupied;
using polleros::Readiness;
using polleros::Ready;
using polleros::SeqN;
using polleros::Timeout;
using polleros::When;
using polleros::detail::makeSeqN;

namespace {

using Flag = polleros::ReadyFlag;
constexpr auto in = polleros::InterestFlag::read;
constexpr auto out = polleros::InterestFlag::write;
constexpr auto urgent = polleros::InterestFlag::priority;
constexpr auto ends = polleros::InterestFlag::hangup;
constexpr auto edges = polleros::InterestFlag::edge;

template <class Udata>
struct Kernel {
    using Calls = RecordedCalls<Udata>;
    using Kevent = typename Calls::Kevent;
    using Backend = polleros::backend::BasicKqueue<Calls>;
    using Token = polleros::detail::KqueueToken<Udata>;

    static constexpr unsigned add = Calls::evAdd | Calls::evEnable;
    static constexpr unsigned addClear = add | Calls::evClear;
    static constexpr unsigned remove = Calls::evDelete;

    explicit Kernel(polleros::Options options = {}) {
        Calls::forget();
        std::error_code ec;
        backend = std::make_unique<Backend>(options, ec);
        REQUIRE_FALSE(ec);
    }

    static Kevent entry(int handle, int filter, SeqN seqN, unsigned flags, unsigned fflags = 0, std::int64_t data = 0) {
        return {static_cast<std::uintptr_t>(handle),
                static_cast<short>(filter),
                static_cast<unsigned short>(flags),
                fflags,
                data,
                Token::of(seqN)};
    }
    // What the kernel answers to a change that it refuses.
    static Kevent refused(int handle, int filter, SeqN seqN, int error) {
        return entry(handle, filter, seqN, Calls::evError, 0, error);
    }
    static void answer(std::vector<Kevent> events) { Calls::answers.push_back({std::move(events), 0}); }
    static void fail(int error) { Calls::answers.push_back({{}, error}); }

    // A registration that the kernel has.
    void registered(int handle, SeqN seqN, Interest interest) {
        REQUIRE_FALSE(backend->add(handle, seqN, interest, Occupied::takeOver, When::now));
        Calls::calls.clear();
    }
    void want(int handle, SeqN seqN, Interest interest) { REQUIRE_FALSE(backend->modify(handle, seqN, {}, interest)); }

    std::vector<Ready> wait(Timeout timeout = Timeout::immediately()) {
        std::error_code ec;
        std::vector<Ready> ready(backend->wait(timeout, ec));
        for (std::size_t index = 0; index < ready.size(); ++index) {
            ready[index] = backend->ready(index);
        }
        error = ec;
        return ready;
    }

    // The changes of a call, as (handle, filter, flags), having checked all that is the same in each.
    struct Change {
        int handle;
        int filter;
        unsigned flags;
        friend bool operator==(const Change&, const Change&) = default;
    };
    static std::vector<Change> changes(std::size_t call) {
        REQUIRE(call < Calls::calls.size());
        const auto& asked = Calls::calls[call];
        CHECK(asked.room >= asked.changes.size());
        std::vector<Change> result;
        for (const Kevent& each : asked.changes) {
            CHECK(each.data == 0);
            CHECK(each.fflags == (each.filter == Calls::exceptFilter ? Calls::noteOob : 0U));
            result.push_back({static_cast<int>(each.ident), each.filter, each.flags});
        }
        return result;
    }
    // Those of the one waiting call since the last look.
    std::vector<Change> waited() {
        wait();
        REQUIRE(Calls::calls.size() == 1);
        for (const Kevent& each : Calls::calls[0].changes) {
            CHECK((each.flags & Calls::evReceipt) == 0); // it would not wait
        }
        const std::vector<Change> result = changes(0);
        Calls::calls.clear();
        return result;
    }

    std::unique_ptr<Backend> backend;
    std::error_code error;
};

} // namespace

namespace Catch {
template <>
struct StringMaker<Ready> {
    static std::string convert(const Ready& ready) {
        return std::to_string(static_cast<std::uint64_t>(ready.seqN)) + ": " + std::to_string(ready.readiness.bits()) +
               ", " + std::to_string(ready.failure);
    }
};
} // namespace Catch

namespace polleros::inline POLLEROS_ABI_NAMESPACE {
static bool operator==(const Ready& a, const Ready& b) {
    return a.seqN == b.seqN && a.readiness == b.readiness && a.failure == b.failure;
}
} // namespace polleros::inline POLLEROS_ABI_NAMESPACE

#define EACH_UDATA void*, std::intptr_t, std::uint32_t

#define NAMES                                                                                                          \
    using K = Kernel<TestType>;                                                                                        \
    using Calls [[maybe_unused]] = typename K::Calls;                                                                  \
    using Change [[maybe_unused]] = std::vector<typename K::Change>;                                                   \
    [[maybe_unused]] constexpr int readFilter = Calls::readFilter;                                                     \
    [[maybe_unused]] constexpr int writeFilter = Calls::writeFilter;                                                   \
    [[maybe_unused]] constexpr int exceptFilter = Calls::exceptFilter;                                                 \
    [[maybe_unused]] const SeqN one = makeSeqN(0x1'0001, 3);                                                           \
    [[maybe_unused]] const SeqN two = makeSeqN(0x1'0002, 7);

TEMPLATE_TEST_CASE("a change of interest is the difference, and travels with the wait", "", EACH_UDATA) {
    NAMES
    K kernel;
    REQUIRE_FALSE(kernel.backend->add(12, one, in, Occupied::takeOver, When::byNextWait));
    CHECK(Calls::calls.empty());
    CHECK(kernel.waited() == Change{{12, readFilter, K::add}});
    kernel.want(12, one, in | out);
    CHECK(kernel.waited() == Change{{12, writeFilter, K::add}});
    kernel.want(12, one, out);
    CHECK(kernel.waited() == Change{{12, readFilter, K::remove}});
    kernel.want(12, one, in);
    CHECK(kernel.waited() == Change{{12, readFilter, K::add}, {12, writeFilter, K::remove}});
    kernel.want(12, one, in | urgent);
    CHECK(kernel.waited() == Change{{12, exceptFilter, K::add}});
    kernel.want(12, one, ends); // what is told in another way is made anew
    CHECK(kernel.waited() ==
          Change{{12, readFilter, K::remove}, {12, readFilter, K::addClear}, {12, exceptFilter, K::remove}});
    kernel.want(12, one, ends | in);
    CHECK(kernel.waited() == Change{{12, readFilter, K::remove}, {12, readFilter, K::add}});
    kernel.want(12, one, in);
    CHECK(kernel.waited().empty()); // the end of the stream comes with what is read
    kernel.want(12, one, in | out | edges);
    CHECK(kernel.waited() ==
          Change{{12, readFilter, K::remove}, {12, readFilter, K::addClear}, {12, writeFilter, K::addClear}});
    kernel.backend->remove(12, one, in | out, When::byNextWait);
    CHECK(kernel.waited() == Change{{12, readFilter, K::remove}, {12, writeFilter, K::remove}});
    CHECK(kernel.waited().empty());
}

TEMPLATE_TEST_CASE("changes that cancel out cost nothing, and every entry bears the sequence number", "", EACH_UDATA) {
    NAMES
    K kernel;
    kernel.registered(12, one, in);
    kernel.want(12, one, out);
    kernel.want(12, one, in | out);
    kernel.want(12, one, in);
    CHECK(kernel.waited().empty());
    REQUIRE_FALSE(kernel.backend->add(13, two, out, Occupied::takeOver, When::byNextWait));
    kernel.backend->remove(13, two, out, When::byNextWait);
    CHECK(kernel.waited().empty());
    kernel.want(12, one, out);
    kernel.backend->remove(12, one, out, When::byNextWait);
    kernel.wait();
    REQUIRE(Calls::calls.size() == 1);
    REQUIRE(Calls::calls[0].changes.size() == 1);
    CHECK(Calls::calls[0].changes[0].udata == K::Token::of(one));
}

TEMPLATE_TEST_CASE("what must be at once is one call that looks at nothing else", "", EACH_UDATA) {
    NAMES
    K kernel;
    REQUIRE_FALSE(kernel.backend->add(12, one, in | out, Occupied::takeOver, When::now));
    kernel.backend->remove(12, one, in | out, When::now);
    REQUIRE(Calls::calls.size() == 2);
    CHECK(K::changes(0) ==
          Change{{12, readFilter, K::add | Calls::evReceipt}, {12, writeFilter, K::add | Calls::evReceipt}});
    CHECK(K::changes(1) ==
          Change{{12, readFilter, K::remove | Calls::evReceipt}, {12, writeFilter, K::remove | Calls::evReceipt}});
    for (const auto& call : Calls::calls) {
        CHECK(call.room == call.changes.size());
        REQUIRE(call.limit.has_value());
        CHECK((call.limit->tv_sec == 0 && call.limit->tv_nsec == 0));
    }
    Calls::calls.clear();
    CHECK(kernel.waited().empty());
}

TEMPLATE_TEST_CASE("an add that is refused says why, and leaves nothing behind", "", EACH_UDATA) {
    NAMES
    for (const int error : {ENODEV, EINVAL, EPERM, ENOMEM}) {
        K kernel;
        K::answer({K::entry(12, readFilter, one, Calls::evError), K::refused(12, writeFilter, one, error)});
        CHECK(kernel.backend->add(12, one, in | out, Occupied::takeOver, When::now).value() == error);
        REQUIRE(Calls::calls.size() == 2);
        CHECK(K::changes(1) == Change{{12, readFilter, K::remove | Calls::evReceipt}});
        Calls::calls.clear();
        CHECK(kernel.waited().empty());
    }
    K kernel;
    CHECK(kernel.backend->add(1000, one, in, Occupied::takeOver, When::now) == Errc::badHandle);
    CHECK(Calls::calls.empty());
    K::fail(ENOMEM);
    CHECK(kernel.backend->add(12, one, in, Occupied::takeOver, When::now) == Errc::outOfMemory);
    Calls::calls.clear();
    CHECK(kernel.waited().empty());
}

TEMPLATE_TEST_CASE("what leaves goes before who comes for the same number", "", EACH_UDATA) {
    NAMES
    K kernel;
    kernel.registered(12, one, in | out);
    kernel.backend->remove(12, one, in | out, When::byNextWait);
    SECTION("with the wait") {
        REQUIRE_FALSE(kernel.backend->add(12, two, in, Occupied::takeOver, When::byNextWait));
        CHECK(kernel.waited() ==
              Change{{12, readFilter, K::remove}, {12, writeFilter, K::remove}, {12, readFilter, K::add}});
    }
    SECTION("at once") {
        REQUIRE_FALSE(kernel.backend->add(12, two, in, Occupied::takeOver, When::now));
        REQUIRE(Calls::calls.size() == 2);
        CHECK(K::changes(0) ==
              Change{{12, readFilter, K::remove | Calls::evReceipt}, {12, writeFilter, K::remove | Calls::evReceipt}});
        CHECK(K::changes(1) == Change{{12, readFilter, K::add | Calls::evReceipt}});
        Calls::calls.clear();
        CHECK(kernel.waited().empty());
    }
}

TEMPLATE_TEST_CASE("a handle that somebody is registered for is asked about under that one's number", "", EACH_UDATA) {
    NAMES
    K kernel;
    kernel.registered(12, one, out);
    CHECK(kernel.backend->add(12, two, in, Occupied::refuse, When::now).value() == EEXIST);
    REQUIRE(Calls::calls.size() == 1);
    CHECK(K::changes(0) == Change{{12, writeFilter, Calls::evEnable | Calls::evReceipt}});
    CHECK(Calls::calls[0].changes[0].udata == K::Token::of(one)); // some kernels take over what they are given
    Calls::calls.clear();

    kernel.want(12, one, in | out); // not yet in force
    K::answer({K::refused(12, writeFilter, one, ENOENT)});
    REQUIRE_FALSE(kernel.backend->add(12, two, in, Occupied::refuse, When::now));
    REQUIRE(Calls::calls.size() == 2);
    CHECK(K::changes(1) == Change{{12, readFilter, K::add | Calls::evReceipt}});
    Calls::calls.clear();
    CHECK(kernel.waited().empty()); // the change of the dead one does not reach the number's new owner

    REQUIRE_FALSE(kernel.backend->add(13, one, in, Occupied::takeOver, When::byNextWait));
    CHECK(kernel.backend->add(13, two, in, Occupied::refuse, When::now).value() == EEXIST);
    CHECK(K::changes(0) == Change{{13, readFilter, K::add | Calls::evReceipt}}); // in force first, to be asked about
}

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

TEMPLATE_TEST_CASE("there is room for every failure, and for no more events than are wanted", "", EACH_UDATA) {
    NAMES
    polleros::Options options;
    options.initialEvents = 4;
    options.maxEvents = 64;
    K kernel(options);
    const auto attach = [&](polleros::detail::Place place) {
        const int handle = 20 + static_cast<int>(place);
        REQUIRE_FALSE(kernel.backend->add(handle, makeSeqN(9, place), in | out, Occupied::takeOver, When::byNextWait));
    };
    kernel.wait();
    CHECK(Calls::calls[0].room == 4);
    Calls::calls.clear();
    for (polleros::detail::Place place = 0; place < 30; ++place) {
        attach(place);
    }
    kernel.wait();
    REQUIRE(Calls::calls.size() == 1); // all in the one that waits
    CHECK(Calls::calls[0].changes.size() == 60);
    CHECK(Calls::calls[0].room == 60);
    Calls::calls.clear();
    for (polleros::detail::Place place = 30; place < 130; ++place) {
        attach(place);
    }
    kernel.wait();
    std::size_t changed = 0;
    for (const auto& call : Calls::calls) {
        CHECK(call.room <= 64);
        CHECK(call.room >= call.changes.size());
        changed += call.changes.size();
    }
    CHECK(changed == 200);
    CHECK(Calls::calls.back().room == 4);
    for (int turn = 0; turn < 6; ++turn) { // doubled whenever it was filled
        K::answer(std::vector(64, K::entry(20, readFilter, makeSeqN(9, 0), 0)));
        Calls::calls.clear();
        kernel.wait();
        CHECK(Calls::calls[0].room == std::min<std::size_t>(64, std::size_t{4} << turn));
    }
}

TEMPLATE_TEST_CASE("time is cut to a day, and nothing is rounded down", "", EACH_UDATA) {
    NAMES
    K kernel;
    const auto limitOf = [&](Timeout timeout) {
        Calls::calls.clear();
        kernel.wait(timeout);
        return Calls::calls.at(0).limit;
    };
    CHECK_FALSE(limitOf(Timeout::never()).has_value());
    CHECK(limitOf(Timeout::immediately())->tv_nsec == 0);
    CHECK(limitOf(Timeout(100us))->tv_nsec == 100'000);
    CHECK(limitOf(Timeout(30 * 24h))->tv_sec == 86'400);
    CHECK(limitOf(Timeout(1500ms))->tv_sec == 1);
    CHECK(limitOf(Timeout(1500ms))->tv_nsec == 500'000'000);
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

TEMPLATE_TEST_CASE("submit makes all changes, and says whether a failure is to be told", "", EACH_UDATA) {
    NAMES
    K kernel;
    kernel.registered(12, one, in);
    kernel.registered(13, two, in);
    kernel.want(12, one, in | out);
    kernel.want(13, two, out);
    std::error_code ec;
    CHECK_FALSE(kernel.backend->submit(ec));
    CHECK_FALSE(ec);
    REQUIRE(Calls::calls.size() == 1);
    CHECK(Calls::calls[0].changes.size() == 3);
    CHECK(Calls::calls[0].room == 3);
    Calls::calls.clear();
    CHECK_FALSE(kernel.backend->submit(ec));
    CHECK(Calls::calls.empty());

    kernel.want(12, one, in);
    kernel.want(13, two, in | out);
    K::answer({K::entry(12, writeFilter, one, Calls::evError), K::refused(13, readFilter, two, EINVAL)});
    CHECK(kernel.backend->submit(ec));
    CHECK_FALSE(ec);
    Calls::calls.clear();
    K::answer({K::refused(13, readFilter, two, EINVAL)});
    CHECK(kernel.wait() == std::vector<Ready>{{two, {}, EINVAL}});
    CHECK(K::changes(0) == Change{{13, readFilter, K::add}}); // the failed one only, once more
    kernel.want(12, one, out);
    K::fail(EBADF);
    CHECK(kernel.backend->submit(ec));
    CHECK(ec.value() == EBADF);
}

TEMPLATE_TEST_CASE("a renewed queue has nothing of the old one", "", EACH_UDATA) {
    NAMES
    K kernel;
    kernel.registered(12, one, in);
    kernel.registered(13, two, in);
    kernel.want(12, one, out);
    kernel.backend->remove(13, two, in, When::byNextWait);
    CHECK_FALSE(kernel.backend->renew());
    CHECK(Calls::closed == 1);
    CHECK(kernel.waited().empty());
    REQUIRE_FALSE(kernel.backend->add(12, one, in, Occupied::refuse, When::now));
    CHECK(K::changes(0) == Change{{12, readFilter, K::add | Calls::evReceipt}});
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
    using K = Kernel<void*>;
    K kernel;
    const SeqN unknown = makeSeqN(0xFF'FFFF'FFFF, 0x7F'FFFE);
    K::answer({K::entry(13, K::Calls::readFilter, unknown, 0)});
    CHECK(kernel.wait() == std::vector<Ready>{{unknown, Flag::read, 0}});
}
