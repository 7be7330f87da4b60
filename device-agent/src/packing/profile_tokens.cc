#include "packing/profile_tokens.h"

#include <algorithm>
#include <random>

#include "phonon/sampler.h"

namespace phonon {
namespace {

constexpr int64_t kHalf = kProfileSequences / 2;

BatchToken token_of(const ProfileTokens& tokens, int64_t step, int64_t sequence) {
    return {.token = tokens.tokens[static_cast<size_t>(step * kProfileSequences + sequence)],
            .position = static_cast<int32_t>(step),
            .sequence = static_cast<int32_t>(sequence),
            .logits = true};
}

}  // namespace

Result<ProfileTokens> profile_text(const Tokenizer& tokenizer, const std::string& text) {
    const std::vector<int32_t> all = tokenizer.encode(text, false);
    const auto count = static_cast<int64_t>(all.size());
    ProfileTokens profile;
    profile.source = kFromText;
    profile.steps = std::min(count / kProfileSequences, kProfileSteps);
    if (profile.steps < 2) {
        return Error{"bad_request", "the profile's text has " + std::to_string(count) + " tokens; at least " +
                                        std::to_string(2 * kProfileSequences) + " are needed"};
    }
    const int64_t stride = count / kProfileSequences;
    for (int64_t step = 0; step < profile.steps; ++step) {
        for (int64_t s = 0; s < kProfileSequences; ++s) {
            profile.tokens.push_back(all[static_cast<size_t>(s * stride + step)]);
        }
    }
    return profile;
}

Result<ProfileTokens> write_profile_text(Transformer& transformer, const Hyperparameters& hp, int64_t context,
                                         uint64_t seed, const std::function<void(int64_t step)>& progress,
                                         const std::atomic<bool>& cancel) {
    ProfileTokens profile;
    profile.source = kWrittenByModel;
    profile.steps = std::min(kProfileSteps, hp.context);
    std::mt19937_64 random(seed);
    std::vector<Sampler> samplers;
    std::vector<std::vector<int32_t>> histories(kProfileSequences);
    for (auto& history : histories) {
        samplers.emplace_back(
            SamplerConfig{.temperature = 1.0f, .top_k = 0, .top_p = 1, .min_p = 0.02f, .seed = random()});
        history.push_back(static_cast<int32_t>(random() % static_cast<uint64_t>(hp.vocabulary)));
    }
    std::vector<float> logits;
    for (int64_t step = 0; step < profile.steps; ++step) {
        for (const auto& history : histories) profile.tokens.push_back(history.back());
        progress(step);
        if (step + 1 == profile.steps) break;
        std::vector<BatchToken> batch = profile_step(profile, step);
        for (BatchToken& token : batch) token.position = static_cast<int32_t>(step % context);
        auto report = transformer.eval(batch, logits, cancel);
        if (!report) return report.error();
        for (size_t s = 0; s < histories.size(); ++s) {
            const std::span<const float> mine(logits.data() + s * static_cast<size_t>(hp.vocabulary),
                                              static_cast<size_t>(hp.vocabulary));
            histories[s].push_back(samplers[s].sample(mine, histories[s]));
        }
    }
    return profile;
}

std::vector<BatchToken> profile_step(const ProfileTokens& tokens, int64_t step) {
    std::vector<BatchToken> batch;
    for (int64_t s = 0; s < kProfileSequences; ++s) batch.push_back(token_of(tokens, step, s));
    return batch;
}

std::vector<BatchToken> profile_half(const ProfileTokens& tokens, int64_t half) {
    std::vector<BatchToken> batch;
    for (int64_t step = 0; step < tokens.steps; ++step) {
        for (int64_t s = 0; s < kHalf; ++s) batch.push_back(token_of(tokens, step, half * kHalf + s));
    }
    return batch;
}

int64_t place_in_halves(const ProfileTokens& tokens, int64_t step, int64_t sequence) {
    return (sequence / kHalf * tokens.steps + step) * kHalf + sequence % kHalf;
}

}  // namespace phonon
