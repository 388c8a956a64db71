// SPDX-License-Identifier: MIT
// What only backend::Kqueue does: the changes it asks for, call by call; for each form in which a sequence number can
// travel.
#include "support/kqueue/recorded_kernel.hpp"

#include <algorithm>

using namespace polleros_test;
using namespace std::chrono_literals;
using polleros::Errc;
using polleros::detail::makeSeqN;

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

TEMPLATE_TEST_CASE("the changes of one are made at once, behind all removals, and nobody else's", "", EACH_UDATA) {
    NAMES
    K kernel;
    kernel.registered(12, one, in);
    kernel.registered(13, two, in);
    kernel.want(12, one, out);
    kernel.want(13, two, out);
    CHECK_FALSE(kernel.backend->submit(one));
    REQUIRE(Calls::calls.size() == 1);
    CHECK(K::changes(0) ==
          Change{{12, readFilter, K::remove | Calls::evReceipt}, {12, writeFilter, K::add | Calls::evReceipt}});
    CHECK_FALSE(kernel.backend->submit(one));
    REQUIRE(Calls::calls.size() == 1);
    kernel.backend->remove(12, one, out, When::byNextWait);
    CHECK_FALSE(kernel.backend->submit(one)); // it is gone: what is left to do is its removal
    REQUIRE(Calls::calls.size() == 2);
    CHECK(K::changes(1) == Change{{12, writeFilter, K::remove | Calls::evReceipt}});
    Calls::calls.clear();
    CHECK(kernel.waited() == Change{{13, readFilter, K::remove}, {13, writeFilter, K::add}});
}

TEMPLATE_TEST_CASE("of one whose change is refused nothing is left, and it is said why", "", EACH_UDATA) {
    NAMES
    K kernel;
    kernel.registered(12, one, in);
    kernel.want(12, one, in | out | urgent);
    SECTION("by one filter") {
        K::answer({K::entry(12, writeFilter, one, Calls::evError), K::refused(12, exceptFilter, one, EINVAL)});
        CHECK(kernel.backend->submit(one).value() == EINVAL);
        REQUIRE(Calls::calls.size() == 2);
        CHECK(K::changes(1) ==
              Change{{12, readFilter, K::remove | Calls::evReceipt}, {12, writeFilter, K::remove | Calls::evReceipt}});
    }
    SECTION("by the queue") {
        K::fail(ENOMEM);
        CHECK(kernel.backend->submit(one).value() == ENOMEM);
        Calls::calls.clear();
        CHECK(kernel.waited() == Change{{12, readFilter, K::remove}}); // what it had
    }
    SECTION("because it was closed, and its number is somebody else's") {
        kernel.want(12, one, ends);
        K::answer({K::refused(12, readFilter, one, ENOENT), K::entry(12, readFilter, one, Calls::evError)});
        CHECK(kernel.backend->submit(one).value() == EBADF);
        REQUIRE(Calls::calls.size() == 2);
        CHECK(K::changes(1) == Change{{12, readFilter, K::remove | Calls::evReceipt}});
    }
    SECTION("a filter that it does not want any more") {
        kernel.want(12, one, out);
        K::answer({K::refused(12, readFilter, one, ENOENT), K::entry(12, writeFilter, one, Calls::evError)});
        CHECK(kernel.backend->submit(one).value() == EBADF);
    }
    SECTION("a filter that it does not want any more, and one that its heir refuses") {
        kernel.want(12, one, out);
        K::answer({K::refused(12, readFilter, one, ENOENT), K::refused(12, writeFilter, one, EINVAL)});
        CHECK(kernel.backend->submit(one).value() == EBADF); // the number is somebody else's: that is what matters
    }
    Calls::calls.clear();
    CHECK(kernel.waited().empty());
    CHECK(kernel.wait().empty()); // nor is it told again
}

TEMPLATE_TEST_CASE("who changes nothing is not refused for what others leave", "", EACH_UDATA) {
    NAMES
    K kernel;
    kernel.registered(12, one, in);
    kernel.registered(13, two, in);
    kernel.backend->remove(13, two, in, When::byNextWait);
    K::fail(ENOMEM);
    CHECK_FALSE(kernel.backend->submit(one));
    Calls::calls.clear();
    CHECK(kernel.waited() == Change{{13, readFilter, K::remove}}); // and 12 is where it was
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
