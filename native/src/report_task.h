#pragma once
// One question about a model file, answered on a thread of Node's pool. Node owns the task and deletes it after it has
// settled its promise.

#include <napi.h>

#include <functional>
#include <string>

#include "nlohmann/json.hpp"
#include "phonon/result.h"

namespace phonon {

class ReportTask : public Napi::AsyncWorker {
  public:
    using Work = std::function<Result<nlohmann::json>(const std::string& path)>;

    // The promise of the line: what `work` has found of the file, or its error. `work` runs on the pool's thread. To be
    // called on the JavaScript thread.
    static Napi::Promise start(Napi::Env env, const char* name, std::string path, Work work);

  private:
    ReportTask(Napi::Env env, const char* name, std::string path, Work work);
    void Execute() override;  // on the pool's thread: touches no JavaScript
    void OnOK() override;
    void OnError(const Napi::Error& error) override;

    std::string path_;
    Work work_;
    std::string line_;
    Napi::Promise::Deferred deferred_;
};

}  // namespace phonon
