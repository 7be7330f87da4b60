#pragma once
// The generation loop: a prompt in, tokens out, with the time of every step.

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "phonon/backend.h"
#include "phonon/sampler.h"
#include "telemetry/timeline.h"

namespace phonon {

struct GenerateConfig {
    std::vector<int32_t> prompt;  // at least one token, each in [0, vocabulary)
    int64_t max_tokens = 0;       // at least 1
    SamplerConfig sampler;
    std::vector<std::string> stop;
    bool ignore_end = false;               // end tokens are never chosen
    std::optional<uint64_t> force_tokens;  // seed: tokens come from ForcedTokens; stop strings do not apply
    int64_t context = 0;                   // tokens that the KV cache holds for the sequence
    int batch = 0;                         // tokens evaluated together in prefill
    int32_t sequence = 0;
    int64_t timeline_every = 0;  // tokens; 0: no timelines. The slowest ones' come at the end
};

struct PrefillProgress {
    int64_t done = 0;  // tokens of the prompt
    int64_t total = 0;
    double ms = 0;  // since prefill began
};

// The parts add up to `ms`. The first token follows prefill, whose parts are not its own: it has sampling and other.
struct GeneratedToken {
    int64_t index = 0;
    int32_t id = 0;
    std::string text;  // what became certain with this token; whole characters
    double ms = 0;     // since the token before; index 0: since prefill ended
    double attention_ms = 0;
    double ffn_ms = 0;
    double sampling_ms = 0;
    double other_ms = 0;
    std::vector<int32_t> active;            // [layer] neurons computed; empty: unknown
    std::optional<StreamStep> stream = {};  // of models streamed from flash
};

struct Warning {
    std::string code;
    std::string message;
};

// Receives a run's steps on the thread that generates; must not block.
// Of tokens [from, to), each evaluated alone.
struct TokenHeat {
    int64_t from = 0, to = 0;
    HeatMap map;
};

class GenerateSink {
  public:
    virtual ~GenerateSink() = default;
    virtual void prefill(PrefillProgress progress) = 0;
    virtual void token(GeneratedToken token) = 0;
    virtual void timeline(TokenTimeline) {}
    virtual void heat(TokenHeat) {}
    virtual void warning(Warning warning) = 0;
};

struct GenerateResult {
    std::string reason;  // "length", "stop", "end"; or the code of `error`
    std::optional<Error> error;
    int64_t output_tokens = 0;
    std::optional<double> ttft_ms;  // from `start` to the first token chosen
    double prefill_ms = 0;
    double decode_ms = 0;   // from the first token to the last
    std::string text_tail;  // text held back until the end
    uint64_t neurons = 0;   // FFN neurons computed, as far as the backend counts them
    StreamStep stream;      // of all decoded tokens together
};

// What is wrong with the prompt's length, if anything: "bad_request" or "prompt_too_long".
Status check_prompt(const std::vector<int32_t>& prompt, int64_t context, int32_t vocabulary);

// REQUIRES a loaded backend and check_prompt(...).ok(). Forgets what `sequence` held before. `start` is when the run
// was asked for.
GenerateResult generate(Backend& backend, const GenerateConfig& config, Clock::time_point start, GenerateSink& sink,
                        const std::atomic<bool>& cancel);

}  // namespace phonon
