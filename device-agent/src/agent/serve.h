#pragma once
// The command line that phonon-agent and phonon-llama share.

#include <memory>
#include <string>

#include "agent/device_tools.h"
#include "agent/run_job.h"
#include "phonon/backend.h"

namespace phonon {

struct AgentProgram {
    std::string program;  // its name, for messages
    BackendFactory make_backend;
    BackendFactory make_reference;  // may be null
    DeviceTools tools = {};
};

// `--version`, or `serve --socket @NAME|/path --dir DIR [--daemon] [--lease SECONDS]` with the token as the first line
// of standard input. Returns the exit status: 0 done, 1 failed (said on standard error), 2 bad usage. To be called
// before any thread is started.
int agent_main(const AgentProgram& program, int argc, char** argv);

}  // namespace phonon
