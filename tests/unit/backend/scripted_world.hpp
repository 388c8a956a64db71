// SPDX-License-Identifier: MIT
// A world with one scripted backend in it: what the tests of backend::Scripted share.
#pragma once

#include "support/allocations.hpp"
#include "support/catch.hpp"
#include "support/death.hpp"

#include <polleros/backend/scripted.hpp>
#include <polleros/detail/system_errors.hpp>

#include <algorithm>
#include <map>
#include <memory>
#include <thread>
#include <vector>

using namespace std::chrono_literals;
using polleros::Backend;
using polleros::Capability;
using polleros::Errc;
using polleros::Interest;
using polleros::InterestFlag;
using polleros::NativeHandle;
using polleros::Occupied;
using polleros::Options;
using polleros::Readiness;
using polleros::Ready;
using polleros::ReadyFlag;
using polleros::SeqN;
using polleros::Timeout;
using polleros::TimePoint;
using polleros::When;
using polleros::backend::BasicScripted;
using polleros::backend::Scripted;
using polleros::backend::ScriptedKernel;
using polleros::backend::ScriptedLikePoll;
using polleros::detail::errnoError;
using polleros::detail::packedError;
using Call = Scripted::Call;

namespace scripted_world {

inline constexpr auto inRead = InterestFlag::read;
inline constexpr auto inWrite = InterestFlag::write;
inline constexpr auto inHangup = InterestFlag::hangup;
inline constexpr auto inPriority = InterestFlag::priority;
inline constexpr auto inEdge = InterestFlag::edge;

inline SeqN seqN(std::uint64_t draw, polleros::detail::Place place) {
    return polleros::detail::makeSeqN(draw, place);
}
// One place per draw, as for channels that are never deleted.
inline SeqN seqN(std::uint64_t draw) {
    return seqN(draw, static_cast<polleros::detail::Place>(draw));
}

// Why a registration ended, if it did.
inline std::error_code failureOf(const Ready& entry) {
    return polleros::detail::unpackedError(entry.failure);
}

// A world with one backend in it, and the calls of that with less to write.
template <class B = Scripted>
struct Kernel {
    explicit Kernel(Options options = {}) : backend(options, ec) { REQUIRE_FALSE(ec); }

    std::error_code add(NativeHandle handle, SeqN name, Interest interest, Occupied occupied = Occupied::refuse,
                        When when = When::now) {
        return backend.add(handle, name, interest, occupied, when);
    }
    NativeHandle opened(SeqN name, Interest interest, Readiness ready = {}) {
        const NativeHandle handle = world.openHandle(ready);
        REQUIRE_FALSE(add(handle, name, interest));
        return handle;
    }
    std::vector<Ready> wait(Timeout timeout = Timeout::immediately()) {
        const std::size_t count = backend.wait(timeout, ec);
        std::vector<Ready> batch;
        for (std::size_t index = 0; index < count; ++index) {
            batch.push_back(backend.ready(index));
        }
        return batch;
    }
    std::vector<SeqN> told(Timeout timeout = Timeout::immediately()) {
        std::vector<SeqN> names;
        for (const Ready& entry : wait(timeout)) {
            names.push_back(entry.seqN);
        }
        return names;
    }

    std::error_code ec;
    ScriptedKernel world;
    B backend;
};

using Names = std::vector<SeqN>;

} // namespace scripted_world

using namespace scripted_world;
