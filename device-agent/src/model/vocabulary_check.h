#pragma once

#include "model/gguf_file.h"
#include "phonon/result.h"

namespace phonon {

// Refuses vocabularies on which llama.cpp's loader would abort or read out of bounds: wrong types or lengths of the
// tokenizer.ggml.* arrays, the same token twice, tokenisers other than BPE ("gpt2") and SentencePiece ("llama").
// Errors: file_invalid, unsupported_architecture.
Status check_vocabulary(const GgufFile& gguf);

}  // namespace phonon
