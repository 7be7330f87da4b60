#include "packing/section_writer.h"

#include <algorithm>

#include "base/crc32c.h"

namespace phonon {
namespace {

constexpr int64_t kChunkBytes = 4 << 20;

}  // namespace

Status SectionWriter::write(const std::string& name, std::span<const std::byte> bytes) {
    const size_t index = plan_.by_name.at(name);
    const PackPlan::Section& section = plan_.sections[index];
    wrote(index, crc32c(bytes));
    const std::vector<std::byte> padding((kPackAlignment - bytes.size() % kPackAlignment) % kPackAlignment);
    if (Status status = file_.write(section.at, bytes); !status) return status;
    return file_.write(section.at + bytes.size(), padding);
}

Status SectionWriter::write_bundles(int64_t layer, const LayerBytes& bytes, std::span<const int32_t> order,
                                    TaskPool& pool) {
    const BundleLayout& bundle = plan_.bundles[static_cast<size_t>(layer)];
    const size_t index = plan_.by_name.at(pack_tensor(layer, "bundles"));
    const auto neurons = static_cast<int64_t>(order.size());
    const int64_t blocks = (neurons + bundle.per_block - 1) / bundle.per_block;
    const int64_t step = std::max<int64_t>(1, kChunkBytes / bundle.block_bytes);
    std::vector<std::byte> chunk;
    std::vector<int32_t> checksums(order.size());
    uint32_t crc = 0;
    for (int64_t first = 0; first < blocks; first += step) {
        const int64_t count = std::min(step, blocks - first);
        chunk.assign(static_cast<size_t>(count * bundle.block_bytes), std::byte{0});
        pool.run(count, [&](int64_t block, int) {
            const int64_t begin = (first + block) * bundle.per_block;
            const int64_t end = std::min(begin + bundle.per_block, neurons);
            for (int64_t position = begin; position < end; ++position) {
                const int64_t neuron = order[static_cast<size_t>(position)];
                std::byte* to = chunk.data() + block * bundle.block_bytes + bundle.in_block(position);
                std::memcpy(to, bytes.gate + neuron * bundle.gate_bytes, static_cast<size_t>(bundle.gate_bytes));
                std::memcpy(to + bundle.up_at(), bytes.up + neuron * bundle.up_bytes,
                            static_cast<size_t>(bundle.up_bytes));
                std::memcpy(to + bundle.down_at(), bytes.down.codes + neuron * bytes.down.column_bytes,
                            static_cast<size_t>(bundle.down_bytes));
                checksums[static_cast<size_t>(position)] =
                    static_cast<int32_t>(crc32c({to, static_cast<size_t>(bundle.bytes)}));
            }
        });
        crc = crc32c(chunk, crc);
        const uint64_t at = plan_.sections[index].at + static_cast<uint64_t>(first * bundle.block_bytes);
        if (Status status = file_.write(at, chunk); !status) return status;
    }
    wrote(index, crc);
    if (Status status = write_array<int32_t>(pack_tensor(layer, "checksums"), checksums); !status) return status;
    return file_.settle(plan_.sections[index].at, plan_.sections[index].bytes);
}

Result<uint32_t> SectionWriter::checksum_on_disk(const PackPlan::Section& section) const {
    std::vector<std::byte> chunk;
    uint32_t crc = 0;
    for (uint64_t done = 0; done < section.bytes; done += chunk.size()) {
        chunk.resize(std::min<uint64_t>(kChunkBytes, section.bytes - done));
        if (Status status = file_.read(section.at + done, chunk); !status) return status.error();
        crc = crc32c(chunk, crc);
    }
    return crc;
}

Status SectionWriter::verify(const std::atomic<bool>& cancel) const {
    for (size_t i = 0; i < plan_.sections.size(); ++i) {
        if (cancel) return Error{"cancelled", "packing was cancelled"};
        if (written_[i] == 0) continue;
        const PackPlan::Section& section = plan_.sections[i];
        const auto found = checksum_on_disk(section);
        if (!found) return found.error();
        if (found.value() != checksums_[i]) {
            return Error{"pack_corrupt", "its part '" + section.name + "' does not match its checksum"};
        }
        if (Status status = file_.settle(section.at, section.bytes); !status) return status;  // out of the page cache
    }
    return {};
}

Status SectionWriter::write_checksums() {
    const std::string name = "phonon.checksums";
    const size_t index = plan_.by_name.at(name);
    checksums_[index] = 0;  // its own entry
    const std::vector<uint32_t> all = checksums_;
    return write_array<uint32_t>(name, all);
}

}  // namespace phonon
