#include "generate/text_stream.h"

#include <doctest/doctest.h>

#include "base/utf8.h"

using phonon::TextStream;

namespace {

struct Pushed {
    std::string text;
    bool stopped;
};

// Pushes byte by byte: every border is then a token's border.
Pushed bytewise(const std::string& bytes, std::vector<std::string> stops = {}) {
    TextStream stream(std::move(stops));
    std::string text;
    for (const char c : bytes) text += stream.push({&c, 1});
    return {text + stream.flush(), stream.stopped()};
}

}  // namespace

TEST_CASE("text_stream: characters leave whole") {
    TextStream stream({});
    CHECK(stream.push("a\xF0\x9F") == "a");
    CHECK(stream.push("\xA6") == "");
    CHECK(stream.push("\x8A!") == "🦊!");
    CHECK(stream.flush() == "");
    CHECK(bytewise("Ünï 🦊 日本").text == "Ünï 🦊 日本");
}

TEST_CASE("text_stream: what is not UTF-8 becomes U+FFFD") {
    CHECK(bytewise("a\xFF"
                   "b")
              .text ==
          "a\uFFFD"
          "b");
    CHECK(bytewise("\xC0\x80").text == "\uFFFD\uFFFD");
    CHECK(bytewise("\xF0\x9F"
                   "x")
              .text ==
          "\uFFFD"
          "x");
    CHECK(bytewise("\xED\xA0\x80").text == "\uFFFD\uFFFD\uFFFD");
    CHECK(bytewise("\xF4\x90\x80\x80").text == "\uFFFD\uFFFD\uFFFD\uFFFD");
    CHECK(bytewise("end \xE2\x98").text == "end \uFFFD");
}

TEST_CASE("text_stream: whatever is fed, valid UTF-8 comes out") {
    uint32_t state = 1;
    for (int round = 0; round < 200; round++) {
        std::string bytes;
        for (int i = 0; i < 64; i++) {
            state = state * 1664525u + 1013904223u;
            bytes += static_cast<char>(state >> 24);
        }
        const std::string text = bytewise(bytes).text;
        CHECK(phonon::utf8_first_error(text) == std::string::npos);
        CHECK(text == phonon::utf8_repaired(bytes));
    }
}

TEST_CASE("text_stream: stops before a stop string, also across borders") {
    const Pushed p = bytewise("Once upon\n\nThe End", {"\n\n"});
    CHECK(p.text == "Once upon");
    CHECK(p.stopped);
    TextStream stream({"</s>"});
    CHECK(stream.push("a<") == "a");
    CHECK(stream.push("/b") == "</b");
    CHECK(stream.push("x</s>y") == "x");
    CHECK(stream.stopped());
    CHECK(stream.push("more") == "");
    CHECK(stream.flush() == "");
}

TEST_CASE("text_stream: holds back no more than may become a stop string") {
    TextStream stream({"abc", "bcd🦊"});
    CHECK(stream.push("xab") == "x");
    CHECK(stream.push("d") == "abd");
    CHECK(stream.push("bcd") == "");
    CHECK(stream.push("\xF0\x9F") == "");
    CHECK(stream.push("\xA6\x8B") == "bcd\U0001F98B");
    CHECK(stream.push("ab") == "");
    CHECK(stream.flush() == "ab");
}

TEST_CASE("text_stream: the earliest stop string counts") {
    CHECK(bytewise("one two three", {"three", "two", ""}).text == "one ");
    TextStream stream({"two three", "one"});
    CHECK(stream.push("zero one two three") == "zero ");
}

TEST_CASE("text_stream: a stop string that overlaps itself is found") {
    CHECK(bytewise("aaab", {"aab"}).text == "a");
    CHECK(bytewise("ababac", {"abac"}).text == "ab");
}
