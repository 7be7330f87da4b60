#pragma once
// One inspection on a thread of Node's pool. Node owns the task and deletes it after it has settled its promise.

#include <napi.h>

#include <string>

namespace phonon {

class InspectTask : public Napi::AsyncWorker {
  public:
    // The promise of the report. To be called on the JavaScript thread.
    static Napi::Promise start(Napi::Env env, std::string path);

  private:
    InspectTask(Napi::Env env, std::string path);
    void Execute() override;  // on the pool's thread: touches path_ and line_ only
    void OnOK() override;
    void OnError(const Napi::Error& error) override;

    std::string path_;
    std::string line_;
    Napi::Promise::Deferred deferred_;
};

}  // namespace phonon
