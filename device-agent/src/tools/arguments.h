#pragma once
// Command-line options: `--name value`, `--name=value`, flags, and positional words.

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "phonon/result.h"

namespace phonon {

// Every error has the code bad_request and a message that names the argument.
class Arguments {
  public:
    // `options` take a value, `flags` take none; anything else that starts with -- is refused, as is a repetition.
    static Result<Arguments> parse(std::span<char* const> words, const std::set<std::string>& options,
                                   const std::set<std::string>& flags);

    const std::vector<std::string>& positional() const { return positional_; }
    bool has(const std::string& name) const { return values_.contains(name); }
    std::string text(const std::string& name, const std::string& fallback = "") const;
    // Sets `out` where the option was given.
    Status integer(const std::string& name, int64_t& out) const;
    Status number(const std::string& name, double& out) const;
    Status seed(const std::string& name, uint64_t& out) const;

  private:
    std::map<std::string, std::string> values_;
    std::vector<std::string> positional_;
};

}  // namespace phonon
