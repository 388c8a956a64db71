// SPDX-License-Identifier: MIT
// What backend/any.hpp begins with: takes the first of two backends that there is here.
#include <polleros/backend/any.hpp>
#include <polleros/poller.hpp>

namespace {

std::string_view logged;

void log(std::string_view what, std::string_view name) {
    logged = what == "waiting by" ? name : "";
}

} // namespace

int main() {
#include "any_synopsis.inc"
    constexpr bool first = polleros::backend::Native::name() == "wepoll";
    return logged == (first ? "wepoll" : "poll") && poller.backend().name() == logged ? 0 : 1;
}
