#pragma once
// Uninitialised memory for weights and activations: 64-byte aligned, on huge pages where it is large.

#include <cstddef>
#include <memory>

namespace phonon {

class AlignedBuffer {
  public:
    AlignedBuffer() = default;
    explicit AlignedBuffer(size_t bytes) { reserve(bytes); }

    // Afterwards holds at least `bytes`; what it held is lost if it must grow. False when there is no memory.
    bool reserve(size_t bytes);
    size_t size() const { return size_; }

    template <typename T>
    T* as(size_t byte_offset = 0) const {
        return reinterpret_cast<T*>(data_.get() + byte_offset);
    }

  private:
    struct Free {
        void operator()(std::byte* p) const;
    };
    std::unique_ptr<std::byte, Free> data_;
    size_t size_ = 0;
};

}  // namespace phonon
