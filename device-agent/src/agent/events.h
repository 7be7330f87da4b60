#pragma once
// A run's events and how they stand on a line.

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "agent/json.h"
#include "generate/generate.h"
#include "generate/score.h"
#include "packing/pack_model.h"
#include "phonon/backend.h"
#include "planner/probe.h"
#include "telemetry/telemetry_sample.h"
#include "telemetry/timeline.h"

namespace phonon {

struct StartedEvent {
    int64_t wall_ms = 0;
    std::string engine, engine_build;
    int64_t prompt_tokens = 0;
    std::vector<int32_t> prompt_ids;  // the first kPromptIds
    OrderedJson config;               // the request as resolved
    LoadReport report;

    static constexpr size_t kPromptIds = 4096;
};

struct EndedEvent {
    std::string status;  // "done", "cancelled", "failed"
    std::string reason;
    std::optional<std::string> message;
    int64_t output_tokens = 0;
    std::optional<double> ttft_ms, prefill_ms;
    double decode_ms = 0;
    std::optional<uint64_t> peak_rss_bytes;
    std::string text_tail;
    uint64_t cpu_neurons = 0;
    StreamStep stream;                   // of all tokens together
    std::optional<MemoryReport> memory;  // where the process is limited or measured
};

struct ProbedEvent {
    HardwareProfile profile;
};

struct PackedEvent {
    PackReport report;
};

using EventBody =
    std::variant<StartedEvent, PrefillProgress, GeneratedToken, TokenTimeline, TokenHeat, TelemetrySample, Warning,
                 ScoreProgress, ScoreResult, ProbeProgress, ProbedEvent, PackProgress, PackedEvent, EndedEvent>;

struct Event {
    double t_ms = 0;  // since the run began
    EventBody body;
};

// With its newline.
std::string event_line(const std::string& run, uint64_t seq, const Event& event);

}  // namespace phonon
