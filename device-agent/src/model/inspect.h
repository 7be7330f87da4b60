#pragma once
// What a model file is, without loading it.

#include <string>

#include "model/gguf_file.h"
#include "phonon/model_info.h"
#include "phonon/result.h"

namespace phonon {

// Errors: file_missing, file_invalid, io_error, unsupported_architecture. All that the engine would refuse for its
// metadata, names and shapes is refused here too; tensor types are reported, not judged.
Result<ModelInfo> inspect_model(const std::string& path);
Result<ModelInfo> inspect_model(const GgufFile& gguf);  // of a file that is open

// The same, but does not look at tensor names or shapes.
Result<ModelInfo> read_model_info(const GgufFile& gguf);

}  // namespace phonon
