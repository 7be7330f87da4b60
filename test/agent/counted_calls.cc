#include "counted_calls.h"

#include <pthread.h>

#include <cstddef>

namespace {

thread_local CountedCalls counted;

}  // namespace

CountedCalls counted_calls() {
    return counted;
}

extern "C" {

void* __real_malloc(size_t bytes);
void* __wrap_malloc(size_t bytes) {
    ++counted.allocations;
    return __real_malloc(bytes);
}

void* __real_aligned_alloc(size_t alignment, size_t bytes);
void* __wrap_aligned_alloc(size_t alignment, size_t bytes) {
    ++counted.allocations;
    return __real_aligned_alloc(alignment, bytes);
}

// operator new(size_t)
void* __real__Znwm(size_t bytes);
void* __wrap__Znwm(size_t bytes) {
    ++counted.allocations;
    return __real__Znwm(bytes);
}

int __real_pthread_mutex_lock(pthread_mutex_t* mutex);
int __wrap_pthread_mutex_lock(pthread_mutex_t* mutex) {
    ++counted.locks;
    return __real_pthread_mutex_lock(mutex);
}

int __real_pthread_rwlock_rdlock(pthread_rwlock_t* lock);
int __wrap_pthread_rwlock_rdlock(pthread_rwlock_t* lock) {
    ++counted.locks;
    return __real_pthread_rwlock_rdlock(lock);
}
}
