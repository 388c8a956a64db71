// SPDX-License-Identifier: MIT
// Who is measured: a function each, in peers/. A library that this machine lacks is left out.
#pragma once

namespace bench {

void addHandWritten();
void addPollerOs();
void addLibev();
void addLibevent();
void addLibuv();
void addAsio();

} // namespace bench
