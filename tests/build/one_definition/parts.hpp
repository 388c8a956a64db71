// SPDX-License-Identifier: MIT
#pragma once

#include <polleros/polleros.hpp>

using Poller = polleros::Poller<polleros::backend::Native>;

bool waitInSecond(Poller& poller);
bool auditedInSecond();
bool waitInThird();
bool auditedInThird();
