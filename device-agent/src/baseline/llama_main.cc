// phonon-llama-LEVEL: the protocol server with llama.cpp behind it, and Phonon's engine to compare its logits with.

#include <cstdio>

#include "agent/serve.h"
#include "baseline/llama_backend.h"

int main(int argc, char** argv) {
    constexpr const char* kLevel = PHONON_LLAMA_LEVEL;
    const std::string missing = phonon::missing_features(kLevel);
    if (!missing.empty()) {
        std::fprintf(stderr, "phonon-llama-%s: this CPU lacks %s; use another level of phonon-llama\n", kLevel,
                     missing.c_str());
        return 1;
    }
    return phonon::agent_main({std::string("phonon-llama-") + kLevel,
                               [] { return phonon::make_llama_backend(kLevel); },
                               phonon::make_phonon_backend,
                               {}},
                              argc, argv);
}
