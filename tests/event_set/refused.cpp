// SPDX-License-Identifier: MIT
// E5: what cannot be added or changed, because the system refuses it or memory is short, and what that leaves.
#include "set.hpp"
#include "support/refusals.hpp"

#include <algorithm>
#include <cerrno>
#include <vector>

namespace polleros_test {
namespace {

constexpr Events readAndWrite = read | write;

// A pair of which one end has something to read.
FdPair pairWithByte() {
    FdPair pair = makePair(PairKind::tcp);
    writeBytes(pair.peer.get(), 1);
    static_cast<void>(pollFor(pair.ours.get(), readable, 5000));
    return pair;
}

// The call by which what a handle is watched for is changed. (Of a kqueue, to another filter.)
template <class TheSetting>
constexpr Call changing = TheSetting::isKqueue ? Call::keventAdd : Call::epollModify;

} // namespace

TEMPLATE_TEST_CASE("E5 what the system refuses to add is not there, and can be added later", "[event_set]",
                   POLLEROS_REAL_BACKENDS) {
    const int error = GENERATE(ENOMEM, ENOSPC);
    for (std::size_t nth = 1; nth <= callsForTwo<TestType>; ++nth) {
        CAPTURE(nth);
        Set<TestType> set;
        const FdPair pair = pairWithByte();
        const NativeHandle handle = pair.ours.get();
        {
            const Faults<TestCalls> faults(
                {{.call = registering<TestType>, .handle = handle, .nth = nth, .error = nativeCode(error)}});
            CHECK(set.add(handle, readAndWrite, 1).value() == nativeCode(error));
            CHECK(faults.hits() == 1);
        }
        CHECK(set.size() == 0);
        CHECK(set.handles().empty());
        CHECK(set.modify(handle, read) == Errc::notFound);
        CHECK_FALSE(set.remove(handle));
        CHECK(set.next().empty());
        CHECK_FALSE(set.add(handle, readAndWrite, 2));
        CHECK(set.something() == told({{2, readAndWrite}}));
    }
}

TEMPLATE_TEST_CASE("E5 a change that the system refuses leaves all as it was", "[event_set]", POLLEROS_REAL_BACKENDS) {
    if constexpr (TestType::isPoll) {
        GATE(TestType::name(), "the system is not asked");
    } else {
        const int error = GENERATE(ENOMEM, ENOSPC, EIO);
        Set<TestType> set;
        const FdPair pair = pairWithByte();
        const NativeHandle handle = pair.ours.get();
        REQUIRE_FALSE(set.add(handle, read, 1));
        CHECK(set.something() == told({{1, read}}));
        {
            const Faults<TestCalls> faults(
                {{.call = changing<TestType>, .handle = handle, .error = nativeCode(error)}});
            const std::error_code ec = set.modify(handle, readAndWrite, 2);
            CHECK(faults.hits() == 1);
            CHECK(ec.value() == nativeCode(error));
        }
        CHECK(set.size() == 1);
        CHECK(set.something() == told({{1, read}}));
        CHECK(set.something() == told({{1, read}})); // and no error of it later
        CHECK_FALSE(set.addEvents(handle, write));
        CHECK(set.something() == told({{1, readAndWrite}}));
        CHECK(set.remove(handle));
        CHECK(set.size() == 0);
    }
}

TEMPLATE_TEST_CASE("E5 a change that takes several steps is made, or nothing of it is", "[event_set]",
                   POLLEROS_REAL_BACKENDS) {
    if constexpr (TestType::isPoll) {
        GATE(TestType::name(), "the system is not asked");
    } else {
        for (std::size_t nth = 1; nth <= callsForTwo<TestType>; ++nth) {
            CAPTURE(nth);
            Set<TestType> set;
            const FdPair pair = pairWithByte();
            const NativeHandle handle = pair.ours.get();
            REQUIRE_FALSE(set.add(handle, {}, 1));
            {
                const Faults<TestCalls> faults(
                    {{.call = changing<TestType>, .handle = handle, .nth = nth, .error = nativeCode(EIO)}});
                CHECK(set.modify(handle, readAndWrite, 2).value() == nativeCode(EIO));
                CHECK(faults.hits() == 1);
            }
            CHECK(set.next().empty()); // neither what there is to read, nor room, nor an error
            if constexpr (can<TestType>(Capability::hangupOnly)) { // it is still watched, for what it was
                halfClose(pair.peer.get());
                CHECK(set.something() == told({{1, polleros::EventFlag::hangup}}));
            }
            CHECK_FALSE(set.modify(handle, readAndWrite, 3));
            CHECK(set.something() == told({{3, readAndWrite}}));
        }
    }
}

TEMPLATE_TEST_CASE("E5 what had been told, or had not, before a change that is refused is so afterwards", "[event_set]",
                   POLLEROS_REAL_BACKENDS) {
    if constexpr (TestType::isPoll) {
        GATE(TestType::name(), "the system is not asked");
    } else {
        Set<TestType> set;
        const FdPair pair = pairWithByte();
        const NativeHandle handle = pair.ours.get();
        const auto refuse = [&](Call call) {
            const Faults<TestCalls> faults({{.call = call, .handle = handle, .error = nativeCode(ENOMEM)}});
            CHECK(set.modify(handle, readAndWrite, 2).value() == nativeCode(ENOMEM));
            CHECK(faults.hits() == 1);
        };
        SECTION("a oneShot that was delivered") {
            REQUIRE_FALSE(set.add(handle, read, 1, Delivery::oneShot));
            CHECK(set.something() == told({{1, read}}));
            CHECK(set.next().empty());
            refuse(registering<TestType>); // disarmed, it is not in the kernel
            CHECK(set.next().empty());
            CHECK_FALSE(set.modify(handle, read));
            CHECK(set.something() == told({{1, read}}));
        }
        SECTION("a oneShot that was not") {
            REQUIRE_FALSE(set.add(handle, read, 1, Delivery::oneShot));
            refuse(changing<TestType>);
            CHECK(set.something() == told({{1, read}}));
            CHECK(set.next().empty());
        }
        SECTION("the end of a stream") {
            halfClose(pair.peer.get());
            readAll(pair.ours.get());
            REQUIRE_FALSE(set.add(handle, {}, 1));
            CHECK(set.something() == told({{1, polleros::EventFlag::hangup}}));
            CHECK(set.next().empty());
            refuse(registering<TestType>); // of who asks for nothing more
            CHECK(set.next().empty());
        }
    }
}

TEMPLATE_TEST_CASE("E5 an edge that the system refuses to arm again is armed as it was", "[event_set]",
                   POLLEROS_REAL_BACKENDS) {
    if constexpr (!can<TestType>(Capability::edge)) {
        GATE(TestType::name(), "no edges");
    } else {
        for (const int reason : {nativeCode(ENOMEM), nativeCode(EIO)}) {
            Set<TestType> set;
            const FdPair pair = makePair(PairKind::tcp);
            const NativeHandle handle = pair.ours.get();
            REQUIRE_FALSE(set.add(handle, read, 1, Delivery::edge));
            {
                const Faults<TestCalls> faults({{.call = registering<TestType>, .handle = handle, .error = reason}});
                const std::error_code ec = set.modify(handle, read, 2);
                CHECK(faults.hits() == 1);
                CHECK(ec.value() == reason);
            }
            CHECK(set.size() == 1);
            CHECK(set.next().empty());
            writeBytes(pair.peer.get(), 1);
            CHECK(set.something() == told({{1, read}}));
            CHECK(set.next().empty());
        }
    }
}

TEMPLATE_TEST_CASE("E5 what the system does not take back either is told, and heals with the system", "[event_set]",
                   POLLEROS_REAL_BACKENDS) {
    if constexpr (TestType::isPoll) {
        GATE(TestType::name(), "the system is not asked");
    } else {
        Set<TestType> set;
        const FdPair pair = pairWithByte();
        const FdPair other = makePair(PairKind::tcp);
        const NativeHandle handle = pair.ours.get();
        REQUIRE_FALSE(set.add(handle, read, 1));
        REQUIRE_FALSE(set.add(other.ours.get(), read, 3));
        {
            const Fault ofChanges{
                .call = changing<TestType>, .handle = handle, .times = Fault::forEver, .error = nativeCode(ENOMEM)};
            Fault ofAdding = ofChanges;
            ofAdding.call = registering<TestType>;
            const Faults<TestCalls> faults({ofChanges, ofAdding});
            CHECK(set.modify(handle, readAndWrite, 2).value() == nativeCode(ENOMEM));
            CHECK(set.something() == told({{1, polleros::EventFlag::error}}));
            CHECK(set.size() == 2);
            CHECK(set.next().empty()); // once
            writeBytes(other.peer.get(), 1);
            CHECK(set.something() == told({{3, read}})); // nobody else notices
            readAll(other.ours.get());
        }
        CHECK(set.something() == told({{1, read}}));
        CHECK_FALSE(set.modify(handle, write, 4));
        CHECK(set.something() == told({{4, write}}));
    }
}

TEMPLATE_TEST_CASE("E5 what there is no memory for is not there, and can be added later", "[event_set]",
                   POLLEROS_REAL_BACKENDS) {
    ScarceMemory memory;
    polleros::EventSetOptions options;
    options.poller.memory = memory.memory();
    Set<TestType> set(options);
    const FdPair pair = makePair(PairKind::unixStream);
    std::vector<Fd> duplicates;
    const int count = static_cast<int>(std::min<std::size_t>(200, allowDescriptors(300) - 100));
    int refusals = 0;
    for (int index = 0; index < count; ++index) {
        duplicates.push_back(duplicateOf(pair.ours.get()));
        const NativeHandle handle = duplicates.back().get();
        memory.isScarce = true;
        const std::error_code ec = set.add(handle, read, index);
        memory.isScarce = false;
        if (ec) {
            ++refusals;
            CHECK(ec == Errc::outOfMemory);
            CHECK(set.size() == static_cast<std::size_t>(index));
            CHECK(set.modify(handle, read) == Errc::notFound);
            REQUIRE_FALSE(set.add(handle, read, index));
        }
    }
    CHECK(refusals > 1);
    memory.isScarce = true; // who is there has all that a change takes
    for (int index = 0; index < count; ++index) {
        CHECK_FALSE(set.modify(duplicates[static_cast<std::size_t>(index)].get(), write, index + 1000));
    }
    memory.isScarce = false;
    ToldEvents all;
    for (int turn = 0; turn < 10; ++turn) { // as many as its buffer has room for
        all.merge(set.something());
    }
    CHECK(all.size() == duplicates.size());
    for (const auto& [number, events] : all) {
        CHECK(number >= 1000);
        CHECK(events == Events(write).bits());
    }
}

} // namespace polleros_test
