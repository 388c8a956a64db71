// SPDX-License-Identifier: MIT
// backend::Scripted against a model of a few lines, over random scripts.
#include "scripted_world.hpp"

#include <algorithm>

TEMPLATE_TEST_CASE("it agrees with a simple model over random scripts", "", Scripted, ScriptedLikePoll) {
    constexpr bool byFile = TestType::capabilities().has(Capability::tellsDuplicates);
    struct Registered {
        NativeHandle number;
        int file;
        Interest interest;
    };
    std::uint32_t random = 12'345;
    const auto draw = [&](std::uint32_t below) {
        random = random * 1'664'525U + 1'013'904'223U;
        return (random >> 8U) % below;
    };
    Kernel<TestType> kernel({.initialEvents = 64});
    auto& world = kernel.world;
    auto& backend = kernel.backend;
    std::map<NativeHandle, int> numbers; // -> file
    std::map<int, Readiness> files;
    std::map<SeqN, Registered> model;
    std::map<SeqN, NativeHandle> mine; // what a poller would believe to be registered
    int filesMade = 0;
    std::uint64_t draws = 0;

    const auto isReferred = [&](int file) {
        return std::ranges::any_of(numbers, [&](const auto& entry) { return entry.second == file; });
    };
    for (int step = 0; step < 20'000; ++step) {
        const auto number = static_cast<NativeHandle>(3 + draw(8));
        const bool open = numbers.contains(number);
        REQUIRE(world.isOpen(number) == open);
        switch (draw(8)) {
        case 0:
            if (numbers.size() < 8) {
                const NativeHandle made = world.openHandle();
                NativeHandle lowest = 3;
                while (numbers.contains(lowest)) {
                    ++lowest;
                }
                REQUIRE(made == lowest);
                numbers[made] = ++filesMade;
                files[filesMade] = {};
            }
            break;
        case 1:
            REQUIRE(world.close(number) == open);
            if (open) {
                const int file = numbers[number];
                numbers.erase(number);
                if (!isReferred(file) && byFile) {
                    std::erase_if(model, [&](const auto& entry) { return entry.second.file == file; });
                }
            }
            break;
        case 2:
            if (open && numbers.size() < 8) {
                const int file = numbers[number];
                numbers[world.duplicate(number)] = file;
            }
            break;
        case 3:
            if (open) {
                const Readiness more = Readiness::fromBits(static_cast<std::uint8_t>(1U << draw(6)));
                if (draw(2) == 0) {
                    world.setReady(number, more);
                    files[numbers[number]] |= more;
                } else {
                    world.clearReady(number, more);
                    files[numbers[number]] -= more;
                }
            }
            break;
        case 4: {
            ++draws;
            const SeqN name = seqN(draws, static_cast<polleros::detail::Place>(draws % 5));
            const bool placeTaken = std::ranges::any_of(mine, [&](const auto& entry) {
                return polleros::detail::placeOf(entry.first) == polleros::detail::placeOf(name);
            });
            const bool numberTaken =
                std::ranges::any_of(mine, [&](const auto& entry) { return entry.second == number; });
            if (placeTaken || numberTaken) {
                break;
            }
            const auto interest = Interest::fromBits(static_cast<std::uint8_t>(1 + draw(15)));
            const bool leftover =
                open && std::ranges::any_of(model, [&](const auto& entry) {
                    return byFile && entry.second.number == number && entry.second.file == numbers[number];
                });
            const std::error_code ec = kernel.add(number, name, interest, Occupied::refuse);
            if (!open) {
                REQUIRE(ec == Errc::badHandle);
            } else if (leftover) {
                REQUIRE(ec == Errc::alreadyAttached);
            } else {
                REQUIRE_FALSE(ec);
                model[name] = {number, numbers[number], interest};
                mine[name] = number;
            }
            break;
        }
        case 5:
            if (!mine.empty()) {
                const auto which =
                    std::next(mine.begin(), static_cast<std::ptrdiff_t>(draw(static_cast<std::uint32_t>(mine.size()))));
                const SeqN name = which->first;
                backend.remove(which->second, name, {}, When::now);
                const auto found = model.find(name);
                // By file, only what the number stands for now can be named; the rest stays behind.
                if (found != model.end() && (!byFile || (numbers.contains(found->second.number) &&
                                                         numbers[found->second.number] == found->second.file))) {
                    model.erase(found);
                }
                mine.erase(which);
            }
            break;
        case 6:
            if (draw(50) == 0) {
                REQUIRE_FALSE(backend.renew());
                model.clear();
                mine.clear();
            }
            break;
        default: {
            std::map<SeqN, std::pair<Readiness, int>> expected;
            for (const auto& named : model) {
                const SeqN name = named.first; // no structured binding: clang 14 captures none
                const Registered& entry = named.second;
                const int file = byFile ? entry.file : numbers.contains(entry.number) ? numbers[entry.number] : 0;
                if (file == 0) {
                    expected[name] = {{}, packedError(errnoError(EBADF))};
                    continue;
                }
                Readiness told = files[file] & (ReadyFlag::error | ReadyFlag::hangup);
                const auto map = [&](InterestFlag asked, ReadyFlag flag, Readiness when) {
                    if (entry.interest.has(asked) && files[file].has(when)) {
                        told |= flag;
                    }
                };
                map(inRead, ReadyFlag::read, ReadyFlag::read | ReadyFlag::readEnd);
                map(inWrite, ReadyFlag::write, ReadyFlag::write);
                map(inPriority, ReadyFlag::priority, ReadyFlag::priority);
                map(inHangup, ReadyFlag::readEnd, ReadyFlag::readEnd);
                if (!told.empty()) {
                    expected[name] = {told, 0};
                }
            }
            const std::vector<Ready> batch = kernel.wait();
            REQUIRE(batch.size() == expected.size());
            for (const Ready& entry : batch) {
                REQUIRE(expected.contains(entry.seqN));
                REQUIRE(expected[entry.seqN].first == entry.readiness);
                REQUIRE(expected[entry.seqN].second == entry.failure);
                expected.erase(entry.seqN);
                if (entry.failure != 0) {
                    model.erase(entry.seqN);
                    mine.erase(entry.seqN);
                }
            }
            break;
        }
        }
        REQUIRE(backend.registered() == model.size());
    }
}
