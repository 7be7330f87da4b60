#include "packing/interrupted_pack.h"

#include <algorithm>

#include "packing/section_writer.h"

namespace phonon {
namespace {

Status verify(const InterruptedPack& pack, const std::atomic<bool>& cancel) {
    SectionWriter writer(pack.plan, pack.file);
    writer.take_over(pack.state.checksums, pack.state.written);
    return writer.verify(cancel);
}

}  // namespace

Result<std::optional<InterruptedPack>> find_interrupted(const std::string& out, const std::string& identity,
                                                        const PackStateShape& shape,
                                                        const std::function<Result<PackPlan>(int64_t)>& plan_for,
                                                        const std::atomic<bool>& cancel, std::string& note) {
    const auto unusable = [&](const std::string& why) {
        note = "what an interrupted packing had left is not used (" + why + "): the model is packed from the start";
        return std::optional<InterruptedPack>();
    };
    auto state = load_pack_state(out, shape);
    if (!state) return state.error().code == "file_missing" ? std::nullopt : unusable(state.error().message);
    if (state.value().identity != identity) return unusable("it was made with other options, or of another model");
    auto plan = plan_for(state.value().tokens.steps * kProfileSequences);
    if (!plan) return plan.error();
    auto file = PartFile::reopen(out);
    if (!file && file.error().code == "busy") return file.error();
    if (!file) return unusable(file.error().message);
    std::optional<InterruptedPack> found(
        InterruptedPack{std::move(file).value(), std::move(state).value(), std::move(plan).value()});
    if (Status status = verify(*found, cancel); !status) {
        if (status.error().code == "cancelled") return status.error();
        return unusable(status.error().message);
    }
    return found;
}

}  // namespace phonon
