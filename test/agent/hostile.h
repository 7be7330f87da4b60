#pragma once
// Model files that are broken or made to do harm, for whatever opens models.

#include <string>
#include <vector>

struct HostileFile {
    std::string name;   // what is wrong
    std::string bytes;  // the file
    std::string says;   // what an error message must contain
};

std::vector<HostileFile> hostile_files();

// `whole`, a valid GGUF, cut at every boundary between two fields of its head, and within its data.
std::vector<HostileFile> cut_files(const std::string& whole);
