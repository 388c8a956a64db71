// SPDX-License-Identifier: MIT
#pragma once

#include <cstdlib>
#include <string>

#include <dirent.h>
#include <unistd.h>

namespace polleros_test {

// A folder of its own, removed with the files in it.
class Folder {
public:
    Folder() {
        if (::mkdtemp(path_) == nullptr) {
            std::abort();
        }
    }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    ~Folder() {
        if (::DIR* const folder = ::opendir(path_)) {
            while (const ::dirent* const entry = ::readdir(folder)) {
                ::unlink((*this / static_cast<const char*>(entry->d_name)).c_str());
            }
            ::closedir(folder);
        }
        ::rmdir(path_);
    }

    std::string operator/(const std::string& name) const { return std::string(path_) + "/" + name; }

private:
    char path_[32] = "/tmp/polleros-XXXXXX";
};

} // namespace polleros_test
