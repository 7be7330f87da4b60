#include "pack/requantise.h"

#include "kernels/formats.h"

namespace phonon {
namespace {

struct Named {
    Requantise what;
    const char* name;
};
constexpr Named kNames[] = {{Requantise::none, ""},
                            {Requantise::down_q8_0, "down-q8_0"},
                            {Requantise::down_q4_0, "down-q4_0"},
                            {Requantise::q4_0, "q4_0"}};

}  // namespace

std::string to_string(Requantise what) {
    for (const Named& named : kNames) {
        if (named.what == what) return named.name;
    }
    return "";
}

std::optional<Requantise> parse_requantise(std::string_view name) {
    for (const Named& named : kNames) {
        if (named.name == name) return named.what;
    }
    return std::nullopt;
}

WeightType requantised_down(Requantise what) {
    return what == Requantise::down_q8_0 ? WeightType::q8_0 : WeightType::q4_0;
}

WeightType requantised_rows(Requantise what, WeightType type) {
    const bool wider = row_size_of(type, kSuper) > row_size_of(WeightType::q4_0, kSuper);
    return what == Requantise::q4_0 && wider ? WeightType::q4_0 : type;
}

}  // namespace phonon
