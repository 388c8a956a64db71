// SPDX-License-Identifier: MIT
// Poller::reserve() reaches every table there is, the backend's included.
#include "support/catch.hpp"
#include "support/fds.hpp"

#include <polleros/backend/any.hpp>
#include <polleros/backend/native.hpp>
#include <polleros/backend/poll.hpp>
#include <polleros/poller.hpp>

#include <new>
#include <vector>

using namespace polleros_test;
using polleros::ChannelNumber;
using polleros::SocketSource;
using polleros::Timeout;
using polleros::Trigger;

namespace {

// A memory that can be told to have no more.
struct Store {
    bool exhausted = false;
    std::size_t refused = 0;

    [[nodiscard]] polleros::Memory memory() {
        return {[](void* context, void* block, std::size_t bytes, std::size_t alignment) -> void* {
                    auto& self = *static_cast<Store*>(context);
                    if (block != nullptr) {
                        ::operator delete(block, std::align_val_t{alignment});
                        return nullptr;
                    }
                    self.refused += self.exhausted ? 1U : 0U;
                    return self.exhausted ? nullptr : ::operator new(bytes, std::align_val_t{alignment}, std::nothrow);
                },
                this};
    }
};

} // namespace

TEMPLATE_TEST_CASE("after reserve(n) the next n channels are attached, waited for and deleted without memory", "",
                   polleros::backend::Native, polleros::backend::Poll, polleros::backend::Any) {
    std::vector<FdPair> pairs;
    for (std::size_t count = 0; count < 200; ++count) {
        pairs.push_back(makePair(PairKind::unixStream));
    }
    for (const std::size_t size : {std::size_t{1}, std::size_t{7}, std::size_t{91}, std::size_t{200}}) {
        for (const std::size_t early : {std::size_t{0}, size / 3}) { // reserved in two steps
            CAPTURE(size, early);
            Store store;
            polleros::Options options;
            options.memory = store.memory();
            options.backend = "poll"; // chosen by one of them
            polleros::Poller<TestType> poller(options);
            CHECK_FALSE(poller.reserve(early));
            const auto attach = [&](std::size_t index) {
                std::error_code ec;
                const bool attached = poller.attachChannel(ChannelNumber{index},
                                                           SocketSource(pairs[index].ours.get(), Trigger::recv), ec);
                return attached ? std::error_code{} : ec;
            };
            for (std::size_t index = 0; index < early; ++index) {
                CHECK_FALSE(attach(index));
            }
            CHECK_FALSE(poller.reserve(size));
            store.exhausted = true;
            for (int round = 0; round < 2; ++round) {
                for (std::size_t index = round == 0 ? early : 0; index < size; ++index) {
                    CHECK_FALSE(attach(index));
                }
                CHECK(poller.waitTriggers(Timeout::immediately()).timedOut);
                poller.deleteAll();
                CHECK(poller.waitTriggers(Timeout::immediately()).timedOut);
            }
            CHECK(store.refused == 0);
        }
    }
}
