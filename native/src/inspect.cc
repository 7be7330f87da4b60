#include "inspect.h"

#include <utility>

#include "tools/inspect_report.h"
#include "tools/printed.h"

namespace phonon {

InspectTask::InspectTask(Napi::Env env, std::string path)
    : AsyncWorker(env, "phonon.inspect"), path_(std::move(path)), deferred_(Napi::Promise::Deferred::New(env)) {}

Napi::Promise InspectTask::start(Napi::Env env, std::string path) {
    auto* task = new InspectTask(env, std::move(path));
    const Napi::Promise promise = task->deferred_.Promise();
    task->Queue();
    return promise;
}

void InspectTask::Execute() {
    try {
        // A name with a zero byte would be cut there, and another file read than the one asked for.
        if (path_.find('\0') != std::string::npos) {
            line_ = printed(Error{"file_missing", path_ + ": no file can have such a name"});
        } else {
            line_ = printed(without_exceptions([&] { return inspect_report(path_); }));
        }
    } catch (...) {
        SetError("not enough memory for the report");
    }
}

void InspectTask::OnOK() {
    deferred_.Resolve(Napi::String::New(Env(), line_));
}

void InspectTask::OnError(const Napi::Error& error) {
    deferred_.Reject(error.Value());
}

}  // namespace phonon
