#include "base/crc32c.h"

#include <doctest/doctest.h>

#include <string>

using namespace phonon;

TEST_CASE("crc32c: the published check value, and a whole is its parts one after the other") {
    const std::string text = "123456789";
    CHECK(crc32c(std::as_bytes(std::span(text))) == 0xe3069283u);
    CHECK(crc32c({}) == 0u);
    const std::string longer = text + text + text;
    for (size_t cut = 0; cut <= longer.size(); ++cut) {
        const auto bytes = std::as_bytes(std::span(longer));
        CHECK(crc32c(bytes.subspan(cut), crc32c(bytes.first(cut))) == crc32c(bytes));
    }
}
