#include "tools/arguments.h"

#include <charconv>
#include <cmath>
#include <string_view>

namespace phonon {

namespace {

Error bad(const std::string& name, const std::string& why) {
    return {"bad_request", "--" + name + ": " + why};
}

template <typename T>
Status read(const std::map<std::string, std::string>& values, const std::string& name, const char* kind, T& out) {
    const auto found = values.find(name);
    if (found == values.end()) return {};
    const std::string& text = found->second;
    T value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size()) return bad(name, "'" + text + "' is not " + kind);
    out = value;
    return {};
}

}  // namespace

Result<Arguments> Arguments::parse(std::span<char* const> words, const std::set<std::string>& options,
                                   const std::set<std::string>& flags) {
    Arguments parsed;
    for (size_t i = 0; i < words.size(); ++i) {
        const std::string_view word = words[i];
        if (!word.starts_with("--")) {
            parsed.positional_.emplace_back(word);
            continue;
        }
        const size_t equals = word.find('=');
        const std::string name(word.substr(2, equals == std::string_view::npos ? equals : equals - 2));
        std::string value;
        if (options.contains(name)) {
            if (equals != std::string_view::npos) {
                value = word.substr(equals + 1);
            } else if (i + 1 < words.size()) {
                value = words[++i];
            } else {
                return bad(name, "needs a value");
            }
        } else if (!flags.contains(name)) {
            return bad(name, "unknown option");
        } else if (equals != std::string_view::npos) {
            return bad(name, "takes no value");
        }
        if (!parsed.values_.emplace(name, value).second) return bad(name, "given twice");
    }
    return parsed;
}

std::string Arguments::text(const std::string& name, const std::string& fallback) const {
    const auto found = values_.find(name);
    return found == values_.end() ? fallback : found->second;
}

Status Arguments::integer(const std::string& name, int64_t& out) const {
    return read(values_, name, "a whole number", out);
}

Status Arguments::seed(const std::string& name, uint64_t& out) const {
    return read(values_, name, "a whole number from 0 to 2^64-1", out);
}

Status Arguments::number(const std::string& name, double& out) const {
    double value = out;
    if (Status status = read(values_, name, "a number", value); !status) return status;
    if (!std::isfinite(value)) return bad(name, "must be finite");
    out = value;
    return {};
}

}  // namespace phonon
