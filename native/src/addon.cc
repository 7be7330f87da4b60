// phonon.node: what the desktop needs of the C++ side, as asynchronous functions. It runs in a process of its own
// (native/worker.mjs) and judges nothing: arguments and results are checked in electron/models.
//
//   inspect(path: string): Promise<string>   the line that `phonon-model inspect` prints, an error's too
//   limitMemory(bytes: number): boolean      see memory_limit.h
//
// A wrong argument is a TypeError. No C++ exception crosses into Node.

#include <napi.h>

#include "inspect.h"
#include "memory_limit.h"

namespace phonon {
namespace {

Napi::Value inspect(const Napi::CallbackInfo& info) {
    const Napi::Env env = info.Env();
    if (!info[0].IsString()) {
        Napi::TypeError::New(env, "inspect(path): the path must be a string").ThrowAsJavaScriptException();
        return env.Undefined();
    }
    return InspectTask::start(env, info[0].As<Napi::String>().Utf8Value());
}

Napi::Value limit(const Napi::CallbackInfo& info) {
    const Napi::Env env = info.Env();
    const double bytes = info[0].IsNumber() ? info[0].As<Napi::Number>().DoubleValue() : 0;
    if (!(bytes >= 1 && bytes <= 0x1p53)) {
        Napi::TypeError::New(env, "limitMemory(bytes): a positive number of bytes").ThrowAsJavaScriptException();
        return env.Undefined();
    }
    return Napi::Boolean::New(env, limit_memory(static_cast<uint64_t>(bytes)));
}

}  // namespace
}  // namespace phonon

static Napi::Object init(Napi::Env env, Napi::Object exports) {
    exports.Set("inspect", Napi::Function::New(env, phonon::inspect, "inspect"));
    exports.Set("limitMemory", Napi::Function::New(env, phonon::limit, "limitMemory"));
    return exports;
}

NODE_API_MODULE(phonon, init)
