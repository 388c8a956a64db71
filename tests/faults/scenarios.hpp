// SPDX-License-Identifier: MIT
// What is done to a poller while calls fail: small scripts of steps, without randomness and without time.
#pragma once

#include "faults/rig.hpp"

#include <array>

namespace polleros_test {

template <class R>
struct Scenario {
    const char* name;
    void (*play)(R&);
};

template <class R>
void attachAllKinds(R& rig) {
    Ends& stream = rig.open(Kind::unixStream);
    Ends& reader = rig.open(readerKind);
    Ends& writer = rig.open(writerKind);
    Ends& notifier = rig.open(Kind::notifier);
    Ends& silent = rig.open(Kind::unixStream);
    rig.attach(1, &stream, recv);
    rig.attach(2, &reader, recv);
    rig.attach(3, &writer, send);
    rig.attach(4, &notifier, notify);
    rig.attach(5, &silent, {}); // wants nothing: only a question
    rig.attach(6, nullptr, recv);
    stream.peerWrite(1);
    reader.peerWrite(1);
    notifier.peerWrite(1);
    rig.wait();
    rig.wait();
    stream.readAll();
    reader.readAll();
    notifier.readAll();
    rig.want(3, {});
    rig.wait(10ms);
    notifier.peerWrite(2);
    rig.wait(1s);
}

template <class R>
void changeIntents(R& rig) {
    Ends& one = rig.open(Kind::unixStream);
    Ends& two = rig.open(Kind::unixStream);
    rig.attach(1, &one, recv);
    rig.attach(2, &two, recv | send);
    two.peerWrite(1);
    rig.wait();
    constexpr std::array<Triggers, 8> intents{send, recv | send, {}, recv | hangup, hangup, recv | work, send, recv};
    for (const Triggers intent : intents) {
        rig.want(1, intent);
        rig.want(2, intent.has(send) ? Triggers{recv} : recv | send);
        rig.wait();
    }
    rig.halfClose(one);
    rig.want(1, recv | hangup);
    rig.wait();
    rig.want(1, recv);
    rig.wait();
}

template <class R>
void followAtOnce(R& rig) {
    Ends& one = rig.open(Kind::unixStream);
    Ends& two = rig.open(Kind::notifier);
    Ends& other = rig.open(Kind::unixStream);
    rig.attach(1, &one, {});
    rig.attach(2, &two, recv);
    rig.attach(3, &other, recv);
    one.peerWrite(1);
    other.peerWrite(1);
    constexpr std::array<Triggers, 8> intents{recv | send, recv, send, {}, send, hangup, recv | hangup, recv | work};
    for (const Triggers intent : intents) {
        rig.want(1, intent);
        rig.want(3, intent.has(send) ? Triggers{recv} : recv | send); // left to the wait
        rig.apply(1);
        rig.apply(1);
        rig.wait();
    }
    rig.want(1, {});
    rig.want(3, {});
    rig.apply(1);
    rig.want(2, recv | send);
    rig.apply(2); // behind what was removed
    rig.want(1, recv);
    rig.apply(1);
    rig.apply(3);
    rig.wait();
    rig.move(1, nullptr);
    rig.apply(1);
    rig.move(3, &one); // which has been left
    rig.want(3, recv);
    rig.apply(3);
    rig.move(1, &other);
    rig.apply(1);
    rig.wait();
    rig.want(2, recv);
    rig.mark(2);
    rig.apply(2); // is silent, and goes with the wait
    rig.wait();
    rig.deleteMarked();
    rig.embedded([&] {
        rig.want(1, recv | send);
        rig.apply(1);
    });
    rig.wait();
}

template <class R>
void replaceHandles(R& rig) {
    Ends& first = rig.open(Kind::unixStream);
    Ends& second = rig.open(Kind::notifier);
    Ends& other = rig.open(Kind::notifier);
    rig.attach(1, &first, recv);
    rig.attach(2, &other, recv);
    other.peerWrite(1);
    first.peerWrite(1);
    rig.wait();
    rig.move(1, &second);
    rig.wait();
    second.peerWrite(1);
    rig.wait();
    rig.move(1, nullptr);
    rig.wait();
    rig.move(1, &first);
    rig.wait();
    rig.move(1, &first); // another version of the same number
    rig.wait();
    rig.move(1, &second);
    rig.attach(3, &first, recv); // it has left that
    rig.wait();
}

template <class R>
void markAndDelete(R& rig) {
    std::array<Ends*, 5> ends{};
    for (unsigned number = 1; number <= ends.size(); ++number) {
        ends[number - 1] = &rig.open(Kind::notifier);
        ends[number - 1]->peerWrite(1);
        rig.attach(number, ends[number - 1], recv);
    }
    rig.wait();
    rig.mark(1);
    rig.mark(2);
    rig.wait();
    rig.deleteMarked();
    rig.attach(1, ends[0], recv | send);
    rig.wait(Timeout::immediately(), [&](unsigned number) {
        if (number == 1) {
            rig.erase(3);
            rig.mark(4);
            rig.attach(6, ends[2], recv);
        }
    });
    rig.wait();
    rig.detach(5);
    rig.attach(7, ends[4], recv);
    rig.wait();
    rig.deleteMarked();
    rig.deleteAll();
    rig.wait();
    rig.attach(8, ends[4], recv);
    rig.wait();
}

template <class R>
void keepDeadlines(R& rig) {
    Ends& idle = rig.open(Kind::unixStream);
    Ends& other = rig.open(Kind::notifier);
    rig.attach(1, &idle, recv);
    rig.attach(2, &other, recv);
    rig.attach(3, nullptr, {});
    rig.due(1, 50ms);
    rig.due(3, 80ms);
    rig.wait(rig.untilDue(1));
    rig.wait(rig.untilDue(3));
    rig.wait(1ms); // told once
    rig.due(1, 20ms);
    rig.wait(10ms);
    rig.due(1, 60ms);
    rig.wait(rig.untilDue(1));
    rig.due(3, 5ms);
    other.peerWrite(1);
    rig.wait();
    rig.wait(1s);
    other.readAll();
    rig.wait(1s);
    rig.due(1, -1ms); // passed already
    rig.wait(1s);
    rig.due(1, 1h);
    rig.wait(1s);
}

template <class R>
void wakeUp(R& rig) {
    Ends& other = rig.open(Kind::notifier);
    rig.attach(1, &other, recv);
    rig.makeWaker();
    if (!rig.wake()) {
        return;
    }
    rig.wait(Timeout::never());
    rig.wait(5ms);
    rig.wake();
    rig.wake();
    other.peerWrite(1);
    rig.wait(Timeout::never());
    rig.embedded([&] { rig.wake(); }); // written to its handle
    rig.wait();
    other.readAll();
    rig.wait(5ms);
    rig.embedded([&] {
        rig.wake();
        rig.wake();
    });
    rig.wait(5ms);
}

template <class R>
void liveInAnotherLoop(R& rig) {
    Ends& one = rig.open(Kind::unixStream);
    Ends& two = rig.open(Kind::notifier);
    rig.attach(1, &one, recv);
    rig.embedded([] {});
    rig.embedded([&] { rig.want(1, recv | send); }); // queues output
    rig.embedded([&] { one.peerWrite(1); });
    rig.embedded([&] { rig.attach(2, &two, recv); });
    rig.due(1, 30ms);
    rig.embedded([&] { two.peerWrite(1); });
    rig.want(1, {});
    rig.embedded([&] { rig.mark(2); });
    rig.embedded([&] { rig.deleteMarked(); });
    rig.wait();
}

template <class R>
void forgetRegistrations(R& rig) {
    Ends& kept = rig.open(Kind::notifier);
    Ends& moved = rig.open(Kind::unixStream);
    Ends& other = rig.open(Kind::notifier);
    rig.makeWaker();
    rig.attach(1, &kept, recv);
    rig.attach(2, &other, recv);
    rig.attach(3, &moved, recv | send);
    rig.due(2, 1min); // WSAPoll is asked anew each second
    rig.wait();
    rig.wait(rig.untilDue(2)); // has an alarm from now on
    static_cast<void>(kept.duplicate());
    kept.peerWrite(1);
    rig.forgot();
    kept.close(); // a duplicate keeps the file, and its registration, alive
    rig.erase(1);
    other.peerWrite(1);
    rig.wait();
    rig.wait();
    rig.wake();
    rig.wait(1s);
    rig.want(3, recv);
    other.readAll();
    rig.wait(5ms);
}

template <class R>
void growTheBuffer(R& rig) {
    constexpr unsigned many = 20;
    for (unsigned number = 1; number <= many; ++number) {
        Ends& each = rig.open(Kind::notifier);
        each.peerWrite(1);
        rig.attach(number, &each, recv);
        rig.due(number, 1h);
    }
    // All of them fit at last, and meanwhile all are told.
    for (int turn = 0; turn < 6; ++turn) {
        rig.wait(Timeout::immediately(), [](unsigned) {});
    }
    for (unsigned number = 1; number <= many; number += 2) {
        rig.erase(number);
    }
    rig.wait(Timeout::immediately(), [](unsigned) {});
}

template <class R>
void refuseWhatIsWrong(R& rig) {
    Ends& one = rig.open(Kind::unixStream);
    Ends& empty = rig.open(Kind::notifier);
    const std::vector<Fd> others = unwaitables();
    const NativeHandle file = others.front().get();
    rig.attach(1, &one, recv);
    rig.attach(2, &empty, {});
    rig.refuse(3, one.handle(), recv, Errc::alreadyAttached);
    rig.refuse(3, empty.handle(), recv, Errc::alreadyAttached);
    rig.refuse(1, rig.open(Kind::notifier).handle(), recv, Errc::alreadyAttached);
    rig.refuse(3, file, recv, Errc::unsupportedHandle);
    rig.refuse(3, file, {}, Errc::unsupportedHandle);
    rig.refuse(3, spareNumber(), recv, Errc::badHandle);
    one.peerWrite(1);
    rig.wait();
}

template <class R>
inline constexpr std::array<Scenario<R>, 11> scenarios{{
    {"channels of all kinds are attached", attachAllKinds<R>},
    {"intents change", changeIntents<R>},
    {"channels are made to follow at once", followAtOnce<R>},
    {"handles are replaced", replaceHandles<R>},
    {"channels are marked and deleted", markAndDelete<R>},
    {"deadlines run out", keepDeadlines<R>},
    {"it is woken", wakeUp<R>},
    {"it lives in another loop", liveInAnotherLoop<R>},
    {"a duplicate keeps a registration", forgetRegistrations<R>},
    {"more is ready than the buffer holds", growTheBuffer<R>},
    {"attaches are refused", refuseWhatIsWrong<R>},
}};

} // namespace polleros_test
