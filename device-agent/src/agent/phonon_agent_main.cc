// phonon-agent: the protocol server with Phonon's own engine.

#include "agent/serve.h"
#include "pack/check_pack.h"

int main(int argc, char** argv) {
    const phonon::DeviceTools tools{
        .probe = phonon::probe_hardware, .pack = phonon::pack_model, .check_pack = phonon::check_pack};
    return phonon::agent_main({"phonon-agent", phonon::make_phonon_backend, nullptr, tools}, argc, argv);
}
