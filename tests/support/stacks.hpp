// SPDX-License-Identifier: MIT
// What the watchdog prints of a process that it is about to end: from a signal handler, to stderr.
#pragma once

namespace polleros_test {

// What must not be done in the handler. Call it once, before.
void prepareStacks();
// The stacks of all threads, as far as the system and the C library can tell.
void dumpStacks();

} // namespace polleros_test
