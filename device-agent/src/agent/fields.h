#pragma once
// Reads the fields of a request and says which one is wrong and what it must be.

#include <initializer_list>
#include <string>
#include <vector>

#include "agent/json.h"

namespace phonon {

// Each reader leaves `out` as it is when the field is absent or null. The first thing wrong is kept; later readers
// then do nothing.
class Fields {
  public:
    enum Presence { optional, required };

    // `prefix` names the object in messages: "sampler." for a nested one.
    explicit Fields(const Json& object, std::string prefix = {}) : object_(object), prefix_(std::move(prefix)) {}

    bool has(const char* name) const { return find(name) != nullptr; }

    void flag(const char* name, bool& out);
    void text(const char* name, std::string& out, size_t least, size_t most, Presence presence = optional);
    // Text without zero bytes.
    void path(const char* name, std::string& out, Presence presence = optional);
    // [A-Za-z0-9_-]{1,64}
    void run_id(const char* name, std::string& out, Presence presence = optional);
    void one_of(const char* name, std::string& out, std::initializer_list<const char*> values);
    void texts(const char* name, std::vector<std::string>& out, size_t most, size_t most_bytes);
    void object(const char* name, const Json*& out);

    template <typename T>
    void integer(const char* name, T& out, int64_t least, int64_t most, Presence presence = optional) {
        int64_t value = 0;
        if (read_integer(name, value, least, most, presence)) out = static_cast<T>(value);
    }
    template <typename T>
    void integers(const char* name, std::vector<T>& out, int64_t least, int64_t most, size_t most_items) {
        std::vector<int64_t> values;
        if (read_integers(name, values, least, most, most_items)) out.assign(values.begin(), values.end());
    }
    template <typename T>
    void number(const char* name, T& out, double least, double most, Presence presence = optional) {
        double value = 0;
        if (read_number(name, value, least, most, presence)) out = static_cast<T>(value);
    }

    void fail(const std::string& message);
    const Status& status() const { return status_; }

  private:
    const Json* find(const char* name) const;
    // The field, if there is something to read; fails when it is required and absent.
    const Json* take(const char* name, Presence presence);
    void must_be(const char* name, const std::string& what);
    bool read_integer(const char* name, int64_t& out, int64_t least, int64_t most, Presence presence);
    bool read_integers(const char* name, std::vector<int64_t>& out, int64_t least, int64_t most, size_t most_items);
    bool read_number(const char* name, double& out, double least, double most, Presence presence);

    const Json& object_;
    std::string prefix_;
    Status status_;
};

}  // namespace phonon
