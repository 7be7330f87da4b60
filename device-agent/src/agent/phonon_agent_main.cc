// phonon-agent: the protocol server with Phonon's own engine.

#include "agent/serve.h"
#include "pack/check_pack.h"

int main(int argc, char** argv) {
    const phonon::DeviceTools tools{.probe = phonon::probe_hardware,
                                    .pack = phonon::pack_model,
                                    .check_pack = phonon::check_pack,
                                    .pack_profile = phonon::read_pack_profile};
    return phonon::agent_main({"phonon-agent", phonon::make_phonon_backend, nullptr, tools}, argc, argv);
}
