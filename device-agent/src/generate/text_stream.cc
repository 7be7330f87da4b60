#include "generate/text_stream.h"

#include <algorithm>
#include <utility>

#include "base/utf8.h"

namespace phonon {
namespace {

// Length of the longest end of `text` with which `stop` begins, `stop` itself excluded.
std::size_t overlap(std::string_view text, std::string_view stop) {
    for (std::size_t n = std::min(text.size(), stop.size() - 1); n > 0; n--) {
        if (text.ends_with(stop.substr(0, n))) return n;
    }
    return 0;
}

}  // namespace

TextStream::TextStream(std::vector<std::string> stops) : stops_(std::move(stops)) {
    std::erase_if(stops_, [](const std::string& s) { return s.empty(); });
}

std::string TextStream::push(std::string_view bytes) {
    if (stopped_) return {};
    bytes_ += bytes;
    std::size_t at = 0;
    while (at < bytes_.size()) {
        const std::string_view rest = std::string_view(bytes_).substr(at);
        const Utf8Unit unit = utf8_next(rest);
        if (unit.kind == Utf8Unit::incomplete) break;
        held_ += unit.kind == Utf8Unit::character ? rest.substr(0, unit.length) : kReplacementCharacter;
        at += unit.length;
    }
    bytes_.erase(0, at);
    return release();
}

std::string TextStream::release() {
    std::size_t first = std::string::npos;
    for (const std::string& stop : stops_) first = std::min(first, held_.find(stop));
    if (first != std::string::npos) {
        stopped_ = true;
        bytes_.clear();
        held_.resize(first);
        return std::exchange(held_, {});
    }
    std::size_t keep = 0;
    for (const std::string& stop : stops_) keep = std::max(keep, overlap(held_, stop));
    std::string out = held_.substr(0, held_.size() - keep);
    held_.erase(0, out.size());
    return out;
}

std::string TextStream::flush() {
    if (!bytes_.empty()) held_ += kReplacementCharacter;
    bytes_.clear();
    return std::exchange(held_, {});
}

}  // namespace phonon
