// SPDX-License-Identifier: MIT
// However a connection ends, who has read what there was and asks for nothing more is left alone, and so are the others:
// a loop that spins on a dead connection is the usual way for an event loop to fail.
#include "support/bench.hpp"

namespace polleros_test {

namespace {

struct Ending {
    const char* name;
    void (*happens)(Ends& ends);
};

const Ending endings[] = {
    {"half-closed", [](Ends& ends) { ends.peerHalfClose(); }},
    {"closed", [](Ends& ends) { ends.peerClose(); }},
    {"reset", [](Ends& ends) { ends.peerReset(); }},
    {"closed behind data",
     [](Ends& ends) {
         ends.peerWrite(10);
         ends.peerClose();
     }},
    {"reset while the buffer is full",
     [](Ends& ends) {
         ends.fill();
         ends.peerReset();
     }},
};

} // namespace

TEMPLATE_TEST_CASE("however a connection ends, who then asks for nothing more costs nothing", "[endurance][sleeps]",
                   POLLEROS_REAL_SETTINGS) {
    for (const Ending& ending : endings) {
        for (const Triggers wanted : {Triggers{recv}, recv | send, recv | hangup, Triggers{send}}) {
            INFO(ending.name);
            CAPTURE(wanted);
            Bench<TestType> bench(Variants::few, 2);
            const EndsPtr ends = bench.world.ends(Kind::tcp);
            const EndsPtr other = bench.world.ends(Kind::tcp);
            bench.attach(1, ends, wanted);
            bench.attach(2, other, recv);
            ending.happens(*ends);
            // As one writes it: what was told is done, and what cannot be done any more is not asked for.
            bool isOver = false;
            for (int turn = 0; turn < 20 && !isOver; ++turn) {
                bench.wait(turn < 2 ? Timeout(5ms) : Timeout::immediately());
                for (auto& channel : bench.poller.triggered()) {
                    const auto result = channel.act().has(recv | hangup | err) ? ends->readAll() : ReadResult{};
                    isOver = result.end || result.error != 0 || channel.act().has(err | hangup);
                    channel.source().wanted -= channel.act() & (send | connect);
                    if (isOver) {
                        channel.source().wanted = {};
                    }
                }
            }
            bench.want(1, {});
            bench.checkQuiet(10ms);
            other->peerWrite(1);
            CHECK(bench.only(2, 5s) == Triggers{recv});
        }
    }
}

TEMPLATE_TEST_CASE("urgent data costs nothing who has not asked for it", "[endurance][sleeps]",
                   POLLEROS_REAL_SETTINGS) {
    Bench<TestType> bench(Variants::few);
    const EndsPtr ends = bench.world.ends(Kind::tcp);
    for (const Triggers wanted : {Triggers{recv}, Triggers{hangup}, Triggers{}}) {
        bench.poller.deleteAll();
        bench.attach(1, ends, wanted);
        ends->peerUrgent();
        bench.wait(5ms);
        bench.checkQuiet(30ms);
    }
}

} // namespace polleros_test
