#pragma once
// Layer after layer into a pack: all of the profile's tokens go through one, and it is written when they have been
// seen.

#include <atomic>

#include "packing/layer_profile.h"
#include "packing/pack_plan.h"
#include "packing/pack_source.h"
#include "packing/pack_state.h"
#include "packing/predictor_choice.h"
#include "packing/profile_pass.h"
#include "packing/profiling_ffn.h"
#include "packing/quality.h"
#include "packing/requantised_layer.h"
#include "packing/section_writer.h"

namespace phonon {

// Not thread-safe; uses all threads of the source's pool.
class LayerPacker {
  public:
    // `state`: where to begin; its tokens, and how far it is. All must outlive it.
    LayerPacker(PackSource& source, PackState& state, const PackPlan& plan, const PartFile& file,
                const PackConfig& config, PredictorWish wish);

    SectionWriter& writer() { return writer_; }
    // Errors: those of ProfilePass::allocate().
    Status allocate() { return pass_.allocate(); }

    // Errors: cancelled, no_space, io_error, out_of_memory.
    Result<PackedPredictor> pack_layer(int64_t layer, const std::atomic<bool>& cancel);
    // After the last layer, of a pack that computes something else than its model. Error: cancelled.
    Result<PackQuality> compare(const std::atomic<bool>& cancel);

  private:
    LayerProfile profile_of_all() const;
    Result<PredictorChoice> choose(const FfnTensors& ffn, const FfnWeights& original) const;
    PackedPredictor report_of(const LayerProfile& profile, const PredictorChoice& choice, const FfnTensors& ffn) const;
    // `anew`: what stands for the model's own bytes; null: nothing does.
    Status write_layer(int64_t layer, const FfnTensors& ffn, const LayerBytes* anew, const LayerProfile& profile,
                       const PackedPredictor& report, PredictorChoice& choice);
    Status write_predictor(int64_t layer, const FfnTensors& ffn, const PackedPredictor& report,
                           PredictorChoice& choice);
    Status write_scales(int64_t layer, const Weights& down);

    PackSource& source_;
    const PackConfig& config_;
    const PredictorWish wish_;
    const PackPlan& plan_;
    PackState& state_;
    SectionWriter writer_;
    ProfilePass pass_;
    ProfilingFfn ffn_;
    ResidentFeedForward exact_;
    LayerTrace trace_;
};

}  // namespace phonon
