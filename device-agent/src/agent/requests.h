#pragma once
// What a client may ask. Parsed strictly in the fields that are known; unknown fields are ignored.

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "agent/json.h"
#include "limits/memory_limit.h"
#include "packing/pack_model.h"
#include "phonon/backend.h"
#include "phonon/result.h"
#include "phonon/sampler.h"
#include "planner/probe.h"

namespace phonon {

inline constexpr int64_t kProtocolVersion = 1;
inline constexpr double kLeastLeaseSeconds = 5, kMostLeaseSeconds = 3600;

struct Hello {
    int64_t protocol = 0;  // 0: not given
    std::string token;
    double lease_s = 60;
};

struct RenewRequest {};
struct StatusRequest {};
struct LoadRequest {
    LoadConfig config;
    Enforce enforce = Enforce::automatic;  // of config.memory_bytes
    bool cold_cache = false;
};
struct UnloadRequest {};
struct RunRequest {
    std::string run;
    std::optional<std::string> prompt;  // exactly one of these two
    std::vector<int32_t> prompt_tokens;
    bool special = true;  // control tokens in the prompt's text are recognised, and the model's begin token is added
    int64_t max_tokens = 0;
    SamplerConfig sampler;
    std::vector<std::string> stop;
    bool ignore_end = false;
    std::optional<uint64_t> force_tokens;
    double sample_hz = 5;  // 0: no samples
    bool token_events = true;
    int64_t timeline_every = 32;  // tokens; 0: no timelines
};
struct ScoreRequest {
    std::string run;
    std::optional<std::string> text;  // exactly one of these two
    std::string path;                 // of a file here
    int64_t context = 0;
    bool against_phonon = false;
};
struct ProbeRequest {
    std::string run;
    ProbeConfig config;
};
struct PackRequest {
    std::string run;
    std::string text_path;  // of the profile's text, a file here; empty: the model writes it
    PackConfig config;      // without its text
};
// Whether a pack belongs to a model's file as it is now.
struct CheckPackRequest {
    std::string model, pack;
};
struct PackProfileRequest {
    std::string pack;
};
struct CancelRequest {
    std::string run;  // empty: whatever goes on
};
struct AttachRequest {
    std::string run;
    uint64_t from_seq = 1;
};
struct TokenizeRequest {
    std::string text;
    bool special = true;
};
struct ShutdownRequest {};

using Request = std::variant<RenewRequest, StatusRequest, LoadRequest, UnloadRequest, RunRequest, ScoreRequest,
                             ProbeRequest, PackRequest, CheckPackRequest, PackProfileRequest, CancelRequest,
                             AttachRequest, TokenizeRequest, ShutdownRequest>;

// A client's first line. Errors: unauthorized (it is no hello, or names no token), bad_request.
Result<Hello> parse_hello(const Json& object);

// The request's id, if it has a valid one.
std::optional<uint32_t> request_id(const Json& object);

// Errors: unknown_type, bad_request.
Result<Request> parse_request(const Json& object);

}  // namespace phonon
