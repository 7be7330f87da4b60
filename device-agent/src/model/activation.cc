#include <array>
#include <utility>

#include "model/hyperparameters.h"

namespace phonon {

const char* to_string(Activation a) {
    switch (a) {
        case Activation::silu:
            return "silu";
        case Activation::relu:
            return "relu";
        case Activation::drelu:
            return "drelu";
        case Activation::relu2:
            return "relu2";
    }
    return "unknown";
}

bool parse_activation(const std::string& name, Activation& out) {
    static constexpr std::array<std::pair<const char*, Activation>, 11> kNames = {{
        {"silu", Activation::silu},
        {"swish", Activation::silu},
        {"swiglu", Activation::silu},
        {"relu", Activation::relu},
        {"reglu", Activation::relu},
        {"drelu", Activation::drelu},
        {"relu2", Activation::relu2},
        {"relu_sqr", Activation::relu2},
        {"relu_squared", Activation::relu2},
        {"squared_relu", Activation::relu2},
        {"relu^2", Activation::relu2},
    }};
    for (const auto& [known, activation] : kNames) {
        if (name == known) {
            out = activation;
            return true;
        }
    }
    return false;
}

Result<Activation> read_activation(const GgufFile& gguf, const std::string& architecture) {
    for (const std::string& key :
         {std::string("phonon.activation"), architecture + ".hidden_activation", architecture + ".hidden_act"}) {
        if (!gguf.has(key)) continue;
        const auto name = gguf.text(key);
        Activation activation = Activation::silu;
        if (name && parse_activation(*name, activation)) return activation;
        const std::string found = name ? name->substr(0, 40) : "no text";
        return Error{"unsupported_architecture", gguf.path() + ": metadata key '" + key + "' is '" + found +
                                                     "'; silu, relu, drelu and relu2 are supported"};
    }
    return architecture == "smallthinker" ? Activation::relu : Activation::silu;
}

}  // namespace phonon
