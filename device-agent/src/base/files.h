#pragma once
// The small files through which an operating system tells about itself: /proc and /sys, or a test's own.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace phonon {

class SystemFiles {
  public:
    virtual ~SystemFiles() = default;
    // The file's text, at most 1 MiB of it; nothing when it cannot be read, whatever the reason.
    virtual std::optional<std::string> read(const std::string& path) const = 0;
    // Names in a folder, sorted; none when it cannot be listed.
    virtual std::vector<std::string> list(const std::string& path) const = 0;

    // The file's first line without surrounding blanks.
    std::optional<std::string> line(const std::string& path) const;
    // A file that holds one whole number.
    std::optional<int64_t> number(const std::string& path) const;
};

// This computer's. Stateless; may be used by any thread.
const SystemFiles& system_files();

// Files held in memory, by full path.
class MemoryFiles : public SystemFiles {
  public:
    explicit MemoryFiles(std::map<std::string, std::string> content) : files(std::move(content)) {}
    std::optional<std::string> read(const std::string& path) const override;
    std::vector<std::string> list(const std::string& path) const override;

    std::map<std::string, std::string> files;
};

}  // namespace phonon
