#include "tools/printed.h"

#include <exception>
#include <new>

namespace phonon {

Result<nlohmann::json> without_exceptions(const std::function<Result<nlohmann::json>()>& work) {
    try {
        return work();
    } catch (const std::bad_alloc&) {
        return Error{"out_of_memory", "not enough memory"};
    } catch (const std::exception& e) {
        return Error{"internal", e.what()};
    }
}

std::string printed(const Result<nlohmann::json>& result) {
    nlohmann::json output;
    if (result) {
        output = result.value();
    } else {
        output["error"] = {{"code", result.error().code}, {"message", result.error().message}};
    }
    return output.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace phonon
