// phonon-agent: the protocol server with Phonon's own engine.

#include "agent/serve.h"
#include "planner/probe.h"

int main(int argc, char** argv) {
    return phonon::agent_main({"phonon-agent", phonon::make_phonon_backend, nullptr, phonon::probe_hardware}, argc,
                              argv);
}
