// SPDX-License-Identifier: MIT
#include "support/kqueue/faults.hpp"

#include "support/kqueue/queues.hpp"

#include <algorithm>

namespace polleros_test {

ChangeFaults::ChangeFaults(std::initializer_list<ChangeFault> faults) noexcept
    : faults_{}, count_(std::min(faults.size(), most)) {
    std::copy_n(faults.begin(), count_, faults_.begin());
    const kq::Locked locked;
    current = this;
}

ChangeFaults::~ChangeFaults() {
    const kq::Locked locked;
    current = nullptr;
}

std::size_t ChangeFaults::hits() const noexcept {
    const kq::Locked locked;
    std::size_t sum = 0;
    for (const ChangeFault& fault : faults_) {
        sum += fault.hits;
    }
    return sum;
}

std::size_t ChangeFaults::hits(std::size_t index) const noexcept {
    const kq::Locked locked;
    return faults_[index].hits;
}

int ChangeFaults::of(const kq::Entry& change) noexcept {
    if (current == nullptr) {
        return 0;
    }
    for (std::size_t index = 0; index < current->count_; ++index) {
        ChangeFault& fault = current->faults_[index];
        if (fault.ident.value_or(change.ident) != change.ident ||
            fault.filter.value_or(change.filter) != change.filter || (change.flags & fault.flags) != fault.flags) {
            continue;
        }
        ++fault.seen;
        if (fault.seen >= fault.nth && fault.seen - fault.nth < fault.times) {
            ++fault.hits;
            return fault.error;
        }
    }
    return 0;
}

InterruptedSleeps::InterruptedSleeps(std::size_t count) noexcept {
    const kq::Locked locked;
    rest = count;
}

InterruptedSleeps::~InterruptedSleeps() {
    const kq::Locked locked;
    rest = 0;
}

std::size_t InterruptedSleeps::left() const noexcept {
    const kq::Locked locked;
    return rest;
}

bool InterruptedSleeps::takeOne() noexcept {
    if (rest == 0) {
        return false;
    }
    --rest;
    return true;
}

} // namespace polleros_test
