#include "base/folders.h"

#include <sys/stat.h>

#include <cerrno>
#include <cstring>

#include "base/system_error.h"

namespace phonon {

Status make_folders(const std::string& path) {
    for (size_t at = path.find('/', 1);; at = path.find('/', at + 1)) {
        const std::string folder = path.substr(0, at);
        if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) {
            // A parent that cannot be made but exists (a read-only file system, a folder of root) is no failure.
            struct stat info {};
            const int error = errno;
            if (::stat(folder.c_str(), &info) != 0) {
                return system_error(folder, error);
            }
        }
        if (at == std::string::npos) break;
    }
    struct stat info {};
    if (::stat(path.c_str(), &info) != 0 || !S_ISDIR(info.st_mode)) {
        return system_error(path, ENOTDIR);
    }
    return {};
}

}  // namespace phonon
