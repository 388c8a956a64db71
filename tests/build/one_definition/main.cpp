// SPDX-License-Identifier: MIT
// Two source files that include the whole library link to one program, and so does a third one that audits differently:
// its types have other names.
#include "parts.hpp"

int main() {
    std::error_code ec;
    Poller poller({}, ec);
    bool ok = !ec && poller.size() == 0 && waitInSecond(poller) && auditedInSecond() == polleros::audited;
    ok = ok && waitInThird() && auditedInThird() != polleros::audited;
    return ok ? 0 : 1;
}
