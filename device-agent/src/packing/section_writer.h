#pragma once
// Writes a pack's sections and remembers their checksums.

#include <atomic>
#include <cstring>
#include <span>
#include <string>
#include <vector>

#include "base/part_file.h"
#include "base/task_pool.h"
#include "packing/pack_plan.h"
#include "packing/requantised_layer.h"

namespace phonon {

// Not thread-safe. What it was given must outlive it. Errors: no_space, io_error.
class SectionWriter {
  public:
    SectionWriter(const PackPlan& plan, const PartFile& file) : plan_(plan), file_(file) {
        checksums_.resize(plan.sections.size());
        written_.resize(plan.sections.size());
    }

    Status write(const std::string& name, std::span<const std::byte> bytes);
    template <typename T>
    Status write_array(const std::string& name, std::span<const T> values) {
        return write(name, std::as_bytes(values));
    }
    // Gathers a layer's bundles in `order`, some megabytes at a time, and writes them and their checksums. All of the
    // layer is on the disk when it returns.
    Status write_bundles(int64_t layer, const LayerBytes& bytes, std::span<const int32_t> order, TaskPool& pool);
    // Last: phonon.checksums.
    Status write_checksums();

    // [section] of what was written, 0 of what was not, and whether it was.
    const std::vector<uint32_t>& checksums() const { return checksums_; }
    const std::vector<uint8_t>& written() const { return written_; }
    // Goes on after another one, which had written this.
    void take_over(const std::vector<uint32_t>& checksums, const std::vector<uint8_t>& written) {
        checksums_ = checksums;
        written_ = written;
    }
    // Reads all that was written. Errors: pack_corrupt where it is something else; io_error, cancelled.
    Status verify(const std::atomic<bool>& cancel) const;

  private:
    void wrote(size_t section, uint32_t checksum) {
        checksums_[section] = checksum;
        written_[section] = 1;
    }
    Result<uint32_t> checksum_on_disk(const PackPlan::Section& section) const;

    const PackPlan& plan_;
    const PartFile& file_;
    std::vector<uint32_t> checksums_;  // [section]
    std::vector<uint8_t> written_;     // [section]
};

}  // namespace phonon
