// SPDX-License-Identifier: MIT
// Probe: the source of the contract cases. It says what a case tells it to say, in one of three localities.
#pragma once

#include <polleros/source.hpp>

#include <functional>
#include <memory>
#include <stdexcept>
#include <utility>

namespace polleros_test {

enum class Locality { local, scanned, sometimes };

struct ProbeState {
    ProbeState(polleros::HandleRef handle, polleros::Triggers intent) : at(handle), wanted(intent) {}

    polleros::HandleRef at;
    polleros::Triggers wanted;
    polleros::TimePoint due = polleros::noDeadline;
    bool throws = false;                 // triggers() does; only a scanned source may
    bool distant = false;                // a source that is sometimes local is not now
    std::shared_ptr<void> whenDestroyed; // see atDestruction
};

template <Locality locality>
class Probe : public ProbeState {
public:
    Probe(polleros::HandleRef handle, polleros::Triggers intent) : ProbeState{handle, intent} {}

    [[nodiscard]] polleros::HandleRef handle() const noexcept { return at; }
    [[nodiscard]] polleros::Triggers triggers() const noexcept(locality != Locality::scanned) {
        if constexpr (locality == Locality::scanned) {
            if (throws) {
                throw std::runtime_error("asked at a bad time");
            }
        }
        return wanted;
    }
    [[nodiscard]] polleros::TimePoint deadline() const noexcept { return due; }
    [[nodiscard]] bool intentIsLocal() const noexcept
        requires(locality == Locality::sometimes)
    {
        return !distant;
    }
};

template <>
class Probe<Locality::local> : public Probe<Locality::sometimes> {
public:
    using Probe<Locality::sometimes>::Probe;
    static constexpr bool intentIsLocal = true;
};

// Calls the function when the last copy of the result is destroyed: as a member of a source that is only ever moved,
// when that source is.
[[nodiscard]] inline std::shared_ptr<void> atDestruction(std::function<void()> function) {
    return {nullptr, [call = std::move(function)](void*) { call(); }};
}

} // namespace polleros_test
