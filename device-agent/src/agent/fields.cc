#include "agent/fields.h"

#include <algorithm>
#include <cstdio>

namespace phonon {
namespace {

std::string range(int64_t least, int64_t most) {
    return std::to_string(least) + " to " + std::to_string(most);
}

std::string plain(double value) {
    char text[32];
    std::snprintf(text, sizeof text, "%g", value);
    return text;
}

bool whole_number(const Json& value, int64_t least, int64_t most, int64_t& out) {
    if (value.is_number_unsigned() && value.get<uint64_t>() > static_cast<uint64_t>(INT64_MAX)) return false;
    if (!value.is_number_integer()) return false;
    out = value.get<int64_t>();
    return out >= least && out <= most;
}

}  // namespace

const Json* Fields::find(const char* name) const {
    const auto it = object_.find(name);
    return it == object_.end() || it->is_null() ? nullptr : &*it;
}

const Json* Fields::take(const char* name, Presence presence) {
    if (!status_) return nullptr;
    const Json* value = find(name);
    if (value == nullptr && presence == required) fail(prefix_ + name + " is missing");
    return value;
}

void Fields::fail(const std::string& message) {
    if (status_) status_ = Error{"bad_request", message};
}

void Fields::must_be(const char* name, const std::string& what) {
    fail(prefix_ + name + " must be " + what);
}

void Fields::flag(const char* name, bool& out) {
    const Json* value = take(name, optional);
    if (value == nullptr) return;
    if (!value->is_boolean()) return must_be(name, "true or false");
    out = value->get<bool>();
}

void Fields::text(const char* name, std::string& out, size_t least, size_t most, Presence presence) {
    const Json* value = take(name, presence);
    if (value == nullptr) return;
    const auto* string = value->get_ptr<const std::string*>();
    if (string == nullptr || string->size() < least || string->size() > most) {
        return must_be(name, "text of " + range(static_cast<int64_t>(least), static_cast<int64_t>(most)) + " bytes");
    }
    out = *string;
}

void Fields::path(const char* name, std::string& out, Presence presence) {
    std::string value;
    const bool given = has(name);
    text(name, value, 1, 4095, presence);
    if (!given || !status_) return;
    if (value.find('\0') != std::string::npos) return must_be(name, "a path without zero bytes");
    out = value;
}

void Fields::run_id(const char* name, std::string& out, Presence presence) {
    const Json* value = take(name, presence);
    if (value == nullptr) return;
    constexpr std::string_view kAllowed = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";
    const auto* id = value->get_ptr<const std::string*>();
    if (id == nullptr || id->empty() || id->size() > 64 || id->find_first_not_of(kAllowed) != std::string::npos) {
        return must_be(name, "1 to 64 letters, digits, _ or -");
    }
    out = *id;
}

void Fields::one_of(const char* name, std::string& out, std::initializer_list<const char*> values) {
    const Json* value = take(name, optional);
    if (value == nullptr) return;
    std::string list;
    for (const char* candidate : values) {
        if (*value == candidate) {
            out = candidate;
            return;
        }
        list += std::string(list.empty() ? "" : ", ") + '"' + candidate + '"';
    }
    must_be(name, "one of " + list);
}

void Fields::texts(const char* name, std::vector<std::string>& out, size_t most, size_t most_bytes) {
    const Json* value = take(name, optional);
    if (value == nullptr) return;
    const auto fits = [&](const Json& item) {
        const auto* text = item.get_ptr<const std::string*>();
        return text != nullptr && !text->empty() && text->size() <= most_bytes;
    };
    if (!value->is_array() || value->size() > most || !std::all_of(value->begin(), value->end(), fits)) {
        return must_be(name, "a list of at most " + std::to_string(most) + " texts of 1 to " +
                                 std::to_string(most_bytes) + " bytes");
    }
    out = value->get<std::vector<std::string>>();
}

void Fields::object(const char* name, const Json*& out) {
    const Json* value = take(name, optional);
    if (value == nullptr) return;
    if (!value->is_object()) return must_be(name, "an object");
    out = value;
}

bool Fields::read_integer(const char* name, int64_t& out, int64_t least, int64_t most, Presence presence) {
    const Json* value = take(name, presence);
    if (value == nullptr) return false;
    if (whole_number(*value, least, most, out)) return true;
    must_be(name, "a whole number from " + range(least, most));
    return false;
}

bool Fields::read_integers(const char* name, std::vector<int64_t>& out, int64_t least, int64_t most,
                           size_t most_items) {
    const Json* value = take(name, optional);
    if (value == nullptr) return false;
    bool valid = value->is_array() && value->size() <= most_items;
    if (valid) {
        out.resize(value->size());
        for (size_t i = 0; valid && i < out.size(); i++) valid = whole_number((*value)[i], least, most, out[i]);
    }
    if (!valid) {
        must_be(name, "a list of at most " + std::to_string(most_items) + " whole numbers from " + range(least, most));
    }
    return valid;
}

bool Fields::read_number(const char* name, double& out, double least, double most, Presence presence) {
    const Json* value = take(name, presence);
    if (value == nullptr) return false;
    if (value->is_number()) {
        out = value->get<double>();
        if (out >= least && out <= most) return true;
    }
    must_be(name, "a number from " + plain(least) + " to " + plain(most));
    return false;
}

}  // namespace phonon
