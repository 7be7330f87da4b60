#pragma once
// Errors as values. Nothing in the library prints, aborts or throws across its headers.

#include <string>
#include <utility>
#include <variant>

namespace phonon {

// What went wrong, for a program (code) and for a person (message: what, where, and what to do).
// The codes are part of the protocol: see electron/agent/messages.ts.
struct Error {
    std::string code;
    std::string message;
};

// A T or an Error. Check ok() before value(); the accessors REQUIRE the matching state.
template <typename T>
class Result {
  public:
    Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
    Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}

    bool ok() const { return state_.index() == 0; }
    explicit operator bool() const { return ok(); }
    T& value() & { return std::get<0>(state_); }
    const T& value() const& { return std::get<0>(state_); }
    T&& value() && { return std::get<0>(std::move(state_)); }
    const Error& error() const { return std::get<1>(state_); }

  private:
    std::variant<T, Error> state_;
};

// Success, or an Error.
class [[nodiscard]] Status {
  public:
    Status() = default;
    Status(Error error) : error_(std::move(error)), ok_(false) {}

    bool ok() const { return ok_; }
    explicit operator bool() const { return ok_; }
    const Error& error() const { return error_; }

  private:
    Error error_;
    bool ok_ = true;
};

}  // namespace phonon
