// SPDX-License-Identifier: MIT
// For small machines: a poller that lives in one array, without heap, exceptions or RTTI.
//
// To notice:
// - `Options::memory` is where every byte comes from; `FixedBuffer` makes that an array. `used()` tells how large it
//   has to be: print it once.
// - Every function that can fail has a form that takes an error_code and throws nothing. This file compiles with
//   -fno-exceptions -fno-rtti, where the throwing forms do not exist.
// - That nothing is allocated behind one's back is not a matter of belief: here the heap is out of order.

#include <polleros/polleros.hpp>

#include <array>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <new>

namespace net = polleros::net;

void* operator new(std::size_t) {
    std::fputs("somebody used the heap\n", stderr);
    std::abort();
}
void* operator new(std::size_t size, std::align_val_t) {
    return operator new(size);
}
void operator delete(void*) noexcept {}
void operator delete(void*, std::size_t) noexcept {}
void operator delete(void*, std::align_val_t) noexcept {}
void operator delete(void*, std::size_t, std::align_val_t) noexcept {}

/// A sensor at the other end of a line: sends a byte whenever it has measured something.
struct Sensor {
    static constexpr bool intentIsLocal = true;

    const net::Socket& handle() const noexcept { return line; }
    polleros::Triggers triggers() const noexcept { return polleros::Trigger::recv; }

    net::Socket line;
    unsigned sum = 0;
    unsigned measurements = 0;
};

namespace {

constexpr std::size_t sensors = 4;
alignas(std::max_align_t) std::byte memory[16384];

int failed(const char* what, const std::error_code& ec) {
    std::fprintf(stderr, "%s: %s error %d\n", what, ec.category().name(), ec.value()); // message() would need the heap
    return 1;
}

} // namespace

int main() {
    std::error_code ec;
    polleros::FixedBuffer buffer(memory);
    polleros::Poller<polleros::backend::Native, Sensor> poller(
        {.initialChannels = sensors, .initialEvents = sensors, .maxEvents = sensors, .memory = buffer.memory()}, ec);
    if (ec) {
        return failed("no poller", ec);
    }

    std::array<net::Socket, sensors> ends;
    for (net::Socket& end : ends) {
        net::SocketPair pair = net::socketPair(ec);
        if (ec) {
            return failed("no line to a sensor", ec);
        }
        end = std::move(pair.second);
        if (!poller.attachChannel(Sensor{std::move(pair.first)}, ec)) {
            return failed("cannot wait for a sensor", ec);
        }
    }
    const std::size_t used = buffer.used();

    for (unsigned char second = 0; second < 10; ++second) {
        for (const net::Socket& end : ends) {
            static_cast<void>(net::send(end, std::span(&second, 1)));
        }
        poller.waitTriggers(std::chrono::seconds(1), ec);
        if (ec) {
            return failed("cannot wait", ec);
        }
        for (auto& channel : poller.triggered()) {
            std::array<unsigned char, 16> measured;
            Sensor& sensor = channel.source();
            const auto got = net::recv(sensor.line, measured);
            for (std::size_t index = 0; index < got.bytes; ++index) {
                sensor.sum += measured[index];
                ++sensor.measurements;
            }
        }
    }

    unsigned sum = 0;
    for (auto& channel : poller.channels()) {
        std::printf("a sensor measured %u times, %u in all\n", channel.peek().measurements, channel.peek().sum);
        sum += channel.peek().sum;
    }
    if (sum != sensors * 45 || buffer.used() != used) {
        std::fputs("a measurement was lost, or memory was used\n", stderr);
        return 1;
    }
    std::printf("%zu channels in %zu bytes, and not one more since\n", poller.size(), used);
    return 0;
}
