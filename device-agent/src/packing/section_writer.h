#pragma once
// Writes a pack's sections and remembers their checksums.

#include <cstring>
#include <span>
#include <string>
#include <vector>

#include "base/part_file.h"
#include "base/task_pool.h"
#include "kernels/weights.h"
#include "model/model_tensors.h"
#include "packing/pack_plan.h"

namespace phonon {

// Not thread-safe. What it was given must outlive it. Errors: no_space, io_error.
class SectionWriter {
  public:
    SectionWriter(const PackPlan& plan, const PartFile& file) : plan_(plan), file_(file) {
        checksums_.resize(plan.sections.size());
    }

    Status write(const std::string& name, std::span<const std::byte> bytes);
    template <typename T>
    Status write_array(const std::string& name, std::span<const T> values) {
        return write(name, std::as_bytes(values));
    }
    // Gathers a layer's bundles in `order`, some megabytes at a time, and writes them and their checksums.
    // `down` is in the columns layout.
    Status write_bundles(int64_t layer, const FfnTensors& ffn, const Weights& down, std::span<const int32_t> order,
                         TaskPool& pool);
    // Last: phonon.checksums.
    Status write_checksums();

  private:
    const PackPlan& plan_;
    const PartFile& file_;
    std::vector<uint32_t> checksums_;  // [section]
};

}  // namespace phonon
