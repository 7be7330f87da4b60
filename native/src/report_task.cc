#include "report_task.h"

#include <utility>

#include "tools/printed.h"

namespace phonon {

ReportTask::ReportTask(Napi::Env env, const char* name, std::string path, Work work)
    : AsyncWorker(env, name),
      path_(std::move(path)),
      work_(std::move(work)),
      deferred_(Napi::Promise::Deferred::New(env)) {}

Napi::Promise ReportTask::start(Napi::Env env, const char* name, std::string path, Work work) {
    auto* task = new ReportTask(env, name, std::move(path), std::move(work));
    const Napi::Promise promise = task->deferred_.Promise();
    task->Queue();
    return promise;
}

void ReportTask::Execute() {
    try {
        // A name with a zero byte would be cut there, and another file read than the one asked for.
        if (path_.find('\0') != std::string::npos) {
            line_ = printed(Error{"file_missing", path_ + ": no file can have such a name"});
        } else {
            line_ = printed(without_exceptions([&] { return work_(path_); }));
        }
    } catch (...) {
        SetError("not enough memory for the report");
    }
}

void ReportTask::OnOK() {
    deferred_.Resolve(Napi::String::New(Env(), line_));
}

void ReportTask::OnError(const Napi::Error& error) {
    deferred_.Reject(error.Value());
}

}  // namespace phonon
