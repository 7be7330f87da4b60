#pragma once
// What the agent answers.

#include <optional>
#include <string>

#include "agent/json.h"
#include "agent/requests.h"
#include "phonon/backend.h"
#include "telemetry/device_facts.h"
#include "telemetry/telemetry_sample.h"

namespace phonon {

// What this program is.
struct AgentIdentity {
    std::string version, build;
    std::string engine, engine_build;
};

OrderedJson greeting(const AgentIdentity& identity, const DeviceFacts& device, int pid);
// {"type":"ok","id":...} and the result's fields.
OrderedJson ok_reply(uint32_t id, const OrderedJson& result);
OrderedJson error_reply(std::optional<uint32_t> id, const Error& error);

OrderedJson to_json(const MemoryReport& report);
OrderedJson to_json(const LoadReport& report);
OrderedJson to_json(const MemoryReading& memory);
OrderedJson to_json(const SamplerConfig& sampler);
// The request with every default filled in. Texts are left out: they may be as long as a line.
OrderedJson resolved(const RunRequest& request);
OrderedJson resolved(const ScoreRequest& request);

struct AgentStatus {
    std::optional<LoadReport> loaded;
    std::string run;  // empty: none goes on
    uint64_t last_seq = 0;
    MemoryReading process;
    SystemMemory system;
};
OrderedJson to_json(const AgentStatus& status);

}  // namespace phonon
