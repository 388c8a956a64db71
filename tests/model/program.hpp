// SPDX-License-Identifier: MIT
// A program of the model tests: a header that says how pollers are made, and operations, three bytes each. Any string of
// bytes is one, so that a fuzzer can write them.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace polleros_test {

enum class Op : std::uint8_t {
    open,           // a new object, attached
    reopen,         // the same at the number that was closed last
    close,          // detached, then closed
    closeBehind,    // closed without a word
    closeForgotten, // the same, and a duplicate keeps the file alive
    setIntent,
    replace, // the channel goes on with a new object
    unset,   // the channel has no handle for a while, or has it again
    attachTwice,
    mark,
    deleteMarked,
    touch,
    peerWrite,
    peerHalfClose,
    peerClose,
    peerReset,
    peerDrain,
    read,
    drain,
    fill,
    duplicate,
    closeDuplicate,
    wake,
    inHandler, // so many of the next operations are for the handler of a callback of the next wait
    wait,
    sweep, // waits until everybody must have been told
    embed, // the next wait is another loop's, which does so many of the next operations between its two halves
};

struct Operation {
    Op op{};
    std::uint8_t who = 0;
    std::uint8_t what = 0;

    friend bool operator==(const Operation&, const Operation&) = default;
};

struct Program {
    std::uint8_t header = 0;
    std::vector<Operation> operations;

    [[nodiscard]] std::size_t maxEvents() const { return std::array<std::size_t, 4>{64, 1, 2, 7}[header % 4]; }
    [[nodiscard]] bool wakeByPipe() const { return (header & 4U) != 0; }
    [[nodiscard]] std::size_t system() const { return header / 8 % 4; } // whose kqueue it is
};

// How often an operation is met in random bytes is how often it stands here.
inline constexpr std::array weights{
    Op::open,      Op::open,      Op::open,          Op::reopen,      Op::reopen,    Op::close,
    Op::close,     Op::close,     Op::closeBehind,   Op::closeBehind, Op::setIntent, Op::setIntent,
    Op::setIntent, Op::setIntent, Op::setIntent,     Op::replace,     Op::replace,   Op::closeForgotten,
    Op::unset,     Op::mark,      Op::deleteMarked,  Op::touch,       Op::peerWrite, Op::attachTwice,
    Op::peerWrite, Op::peerWrite, Op::peerHalfClose, Op::peerClose,   Op::peerReset, Op::peerDrain,
    Op::read,      Op::drain,     Op::drain,         Op::fill,        Op::duplicate, Op::closeDuplicate,
    Op::wake,      Op::inHandler, Op::inHandler,     Op::wait,        Op::wait,      Op::wait,
    Op::wait,      Op::wait,      Op::wait,          Op::sweep,       Op::embed,     Op::embed,
};

[[nodiscard]] inline Program decode(std::span<const std::uint8_t> bytes) {
    constexpr std::size_t most = 200; // operations; longer ones find nothing that shorter ones do not
    Program program;
    if (!bytes.empty()) {
        program.header = bytes[0];
    }
    for (std::size_t at = 1; at + 2 < bytes.size() && program.operations.size() < most; at += 3) {
        program.operations.push_back({weights[bytes[at] % weights.size()], bytes[at + 1], bytes[at + 2]});
    }
    return program;
}

[[nodiscard]] inline std::vector<std::uint8_t> encode(const Program& program) {
    std::vector<std::uint8_t> bytes{program.header};
    for (const Operation& operation : program.operations) {
        std::uint8_t code = 0;
        while (weights[code] != operation.op) {
            ++code;
        }
        bytes.insert(bytes.end(), {code, operation.who, operation.what});
    }
    return bytes;
}

[[nodiscard]] inline std::string hex(std::span<const std::uint8_t> bytes) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    for (const std::uint8_t byte : bytes) {
        text += digits[byte / 16U];
        text += digits[byte % 16U];
    }
    return text;
}

[[nodiscard]] inline std::vector<std::uint8_t> unhex(std::string_view text) {
    std::vector<std::uint8_t> bytes;
    for (std::size_t at = 0; at + 1 < text.size(); at += 2) {
        bytes.push_back(static_cast<std::uint8_t>(std::stoul(std::string(text.substr(at, 2)), nullptr, 16)));
    }
    return bytes;
}

[[nodiscard]] inline std::string_view nameOf(Op op) {
    constexpr std::array<std::string_view, 27> names{
        "open",           "reopen",      "close",     "closeBehind",  "closeForgotten", "setIntent", "replace",
        "unset",          "attachTwice", "mark",      "deleteMarked", "touch",          "peerWrite", "peerHalfClose",
        "peerClose",      "peerReset",   "peerDrain", "read",         "drain",          "fill",      "duplicate",
        "closeDuplicate", "wake",        "inHandler", "wait",         "sweep",          "embed"};
    return names[static_cast<std::size_t>(op)];
}

} // namespace polleros_test
