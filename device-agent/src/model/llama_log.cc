#include "model/llama_log.h"

#include <mutex>
#include <utility>

#include "llama.h"

namespace phonon {
namespace {

thread_local std::string last_error;

void keep_error(lm_ggml_log_level level, const char* text, void*) {
    if (level != LM_GGML_LOG_LEVEL_ERROR || text == nullptr) return;
    std::string line(text);
    while (!line.empty() && (line.back() == '\n' || line.back() == ' ')) line.pop_back();
    // The first line is the cause; those after it are callers giving up.
    if (last_error.empty()) last_error = line.substr(0, 400);
}

}  // namespace

void silence_llama_log() {
    static std::once_flag once;
    std::call_once(once, [] { llama_log_set(keep_error, nullptr); });
}

std::string take_llama_error() {
    return std::exchange(last_error, {});
}

}  // namespace phonon
