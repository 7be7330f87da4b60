#include "base/files.h"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>

#include "base/text.h"

namespace phonon {
namespace {

constexpr size_t kLimit = 1 << 20;

class RealFiles : public SystemFiles {
  public:
    std::optional<std::string> read(const std::string& path) const override {
        const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
        if (fd < 0) return std::nullopt;
        std::string text;
        char buffer[4096];
        ssize_t n = 0;
        while (text.size() < kLimit && (n = ::read(fd, buffer, sizeof buffer)) > 0) {
            text.append(buffer, static_cast<size_t>(n));
        }
        ::close(fd);
        if (n < 0) return std::nullopt;
        return text;
    }

    std::vector<std::string> list(const std::string& path) const override {
        std::vector<std::string> names;
        DIR* dir = ::opendir(path.c_str());
        if (dir == nullptr) return names;
        while (const dirent* entry = ::readdir(dir)) {
            const std::string name = entry->d_name;
            if (name != "." && name != "..") names.push_back(name);
        }
        ::closedir(dir);
        std::sort(names.begin(), names.end());
        return names;
    }
};

}  // namespace

std::optional<std::string> SystemFiles::line(const std::string& path) const {
    const auto text = read(path);
    if (!text) return std::nullopt;
    std::string_view rest = *text;
    return std::string(trimmed(take_until(rest, '\n')));
}

std::optional<int64_t> SystemFiles::number(const std::string& path) const {
    const auto text = read(path);
    return text ? leading_number<int64_t>(*text) : std::nullopt;
}

const SystemFiles& system_files() {
    static const RealFiles files;
    return files;
}

std::optional<std::string> MemoryFiles::read(const std::string& path) const {
    const auto found = files.find(path);
    if (found == files.end()) return std::nullopt;
    return found->second;
}

std::vector<std::string> MemoryFiles::list(const std::string& path) const {
    std::vector<std::string> names;
    const std::string prefix = path + "/";
    for (auto it = files.lower_bound(prefix); it != files.end() && it->first.starts_with(prefix); ++it) {
        const std::string name = it->first.substr(prefix.size(), it->first.find('/', prefix.size()) - prefix.size());
        if (names.empty() || names.back() != name) names.push_back(name);
    }
    return names;
}

}  // namespace phonon
