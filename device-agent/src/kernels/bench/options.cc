#include "kernels/bench/options.h"

#include <algorithm>
#include <sstream>

namespace phonon {
namespace {

std::vector<std::string> split(const std::string& list) {
    std::vector<std::string> parts;
    std::istringstream stream(list);
    for (std::string part; std::getline(stream, part, ',');) parts.push_back(part);
    return parts;
}

bool add_type(const std::string& name, Options& o) {
    for (const NamedType& t : kNamedTypes) {
        if (name != t.name) continue;
        o.types.push_back(t);
        return true;
    }
    return false;
}

bool set(const std::string& key, const std::string& value, Options& o) {
    if (key == "--types") {
        const std::vector<std::string> names = split(value);
        return std::all_of(names.begin(), names.end(), [&](const std::string& n) { return add_type(n, o); });
    }
    if (key == "--shape") {
        o.rows = std::stoll(value);
        o.cols = std::stoll(value.substr(value.find('x') + 1));
    } else if (key == "--m") {
        o.tokens.clear();
        for (const std::string& m : split(value)) o.tokens.push_back(std::stoll(m));
    } else if (key == "--threads") {
        o.threads = std::stoi(value);
    } else if (key == "--rounds") {
        o.rounds = std::stoi(value);
    } else if (key == "--level") {
        o.level = value;
    } else if (key == "--sparse") {
        o.sparse = std::stoi(value);
    } else if (key == "--layout") {
        o.layout = value == "rows" ? Layout::rows : value == "columns" ? Layout::columns : Layout::tiled;
    } else {
        return false;
    }
    return true;
}

}  // namespace

std::optional<Options> parse_options(int argc, char** argv) {
    Options o;
    for (int i = 1; i < argc; i++) {
        const std::string key = argv[i];
        if (key == "--alone") {
            o.alone = true;
        } else if (key == "--no-repack") {
            o.repack = false;
        } else if (i + 1 >= argc || !set(key, argv[++i], o)) {
            return std::nullopt;
        }
    }
    if (o.types.empty()) {
        for (const char* name : {"q4_0", "q8_0", "q4_k", "q6_k", "f16"}) add_type(name, o);
    }
    if (o.sparse > 0) o.tokens = {1};
    return o;
}

}  // namespace phonon
