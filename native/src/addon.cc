// phonon.node: what the desktop needs of the C++ side, as asynchronous functions. It runs in a process of its own
// (native/worker.mjs) and judges nothing: arguments and results are checked in electron/models.
//
//   inspect(path: string): Promise<string>                  the line that `phonon-model inspect` prints, an error's too
//   plan(path: string, request: string): Promise<string>    a plan or an error as a line, see tools/plan_report.h
//   limitMemory(bytes: number): boolean                     see memory_limit.h
//
// A wrong argument is a TypeError. No C++ exception crosses into Node.

#include <napi.h>

#include "memory_limit.h"
#include "report_task.h"
#include "tools/inspect_report.h"
#include "tools/plan_report.h"

namespace phonon {
namespace {

Napi::Value inspect(const Napi::CallbackInfo& info) {
    const Napi::Env env = info.Env();
    if (!info[0].IsString()) {
        Napi::TypeError::New(env, "inspect(path): the path must be a string").ThrowAsJavaScriptException();
        return env.Undefined();
    }
    return ReportTask::start(env, "phonon.inspect", info[0].As<Napi::String>().Utf8Value(), inspect_report);
}

Napi::Value plan(const Napi::CallbackInfo& info) {
    const Napi::Env env = info.Env();
    if (!info[0].IsString() || !info[1].IsString()) {
        Napi::TypeError::New(env, "plan(path, request): both must be strings").ThrowAsJavaScriptException();
        return env.Undefined();
    }
    return ReportTask::start(env, "phonon.plan", info[0].As<Napi::String>().Utf8Value(),
                             [request = info[1].As<Napi::String>().Utf8Value()](const std::string& path) {
                                 return plan_report(path, request);
                             });
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
    exports.Set("plan", Napi::Function::New(env, phonon::plan, "plan"));
    exports.Set("limitMemory", Napi::Function::New(env, phonon::limit, "limitMemory"));
    return exports;
}

NODE_API_MODULE(phonon, init)
