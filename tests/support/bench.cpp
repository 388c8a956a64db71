// SPDX-License-Identifier: MIT
#include "support/bench.hpp"

POLLEROS_BENCHES()
