#include "generate/generate.h"

#include <algorithm>
#include <limits>
#include <memory>
#include <numeric>

#include "generate/forced_tokens.h"
#include "generate/text_stream.h"
#include "generate/timeline_keeper.h"

namespace phonon {
namespace {

// Chooses tokens for one run: sampled, or forced.
class Chooser {
  public:
    Chooser(const GenerateConfig& config, const Tokenizer& tokenizer) : sampler_(config.sampler) {
        if (config.ignore_end || config.force_tokens) ends_ = end_tokens(tokenizer);
        if (config.force_tokens && ends_.size() < static_cast<size_t>(tokenizer.size())) {
            forced_ = std::make_unique<ForcedTokens>(*config.force_tokens, tokenizer.size(), ends_);
        }
    }

    bool forced() const { return forced_ != nullptr; }
    int32_t choose(std::vector<float>& logits, const std::vector<int32_t>& history) {
        if (forced_) return forced_->next();
        for (const int32_t id : ends_) logits[static_cast<size_t>(id)] = -std::numeric_limits<float>::infinity();
        return sampler_.sample(logits, history);
    }

  private:
    Sampler sampler_;
    std::vector<int32_t> ends_;  // never to be chosen
    std::unique_ptr<ForcedTokens> forced_;
};

uint64_t count(const std::vector<int32_t>& active) {
    return std::accumulate(active.begin(), active.end(), uint64_t{0});
}

void add(const StreamStep& step, StreamStep& to) {
    for (auto member : {&StreamStep::candidates, &StreamStep::active, &StreamStep::hits, &StreamStep::misses}) {
        to.*member += step.*member;
    }
    to.reads += step.reads;
    to.read_bytes += step.read_bytes;
    for (auto member :
         {&StreamStep::predict_ms, &StreamStep::cache_ms, &StreamStep::compute_ms, &StreamStep::stall_ms}) {
        to.*member += step.*member;
    }
}

constexpr int64_t kHeatTokens = 64;  // that one heat map is about

class Generation {
  public:
    Generation(Backend& backend, const GenerateConfig& config, GenerateSink& sink, const std::atomic<bool>& cancel)
        : backend_(backend),
          config_(config),
          sink_(sink),
          cancel_(cancel),
          tokenizer_(*backend.tokenizer()),
          chooser_(config, tokenizer_),
          text_(chooser_.forced() ? std::vector<std::string>{} : config.stop),
          history_(config.prompt),
          timelines_(backend.timeline(), config.timeline_every) {}

    GenerateResult run(Clock::time_point start) {
        backend_.truncate(config_.sequence, 0);
        backend_.take_heat();  // of what came before
        if (prefill()) decode(start);
        send_heat();
        for (TokenTimeline& slow : timelines_.slowest()) sink_.timeline(std::move(slow));
        result_.text_tail = text_.flush();
        if (result_.error) result_.reason = result_.error->code;
        return std::move(result_);
    }

  private:
    bool fail(Error error) {
        result_.error = std::move(error);
        return false;
    }
    bool cancelled() { return cancel_.load(std::memory_order_relaxed) && !fail({"cancelled", "cancelled"}); }

    bool prefill() {
        const auto began = Clock::now();
        const auto total = static_cast<int64_t>(config_.prompt.size());
        std::vector<BatchToken> batch;
        for (int64_t done = 0; done < total;) {
            if (cancelled()) return false;
            const int64_t n = std::min<int64_t>(config_.batch, total - done);
            batch.clear();
            for (int64_t i = done; i < done + n; i++) {
                batch.push_back({config_.prompt[static_cast<size_t>(i)], static_cast<int32_t>(i), config_.sequence,
                                 i + 1 == total});
            }
            Result<StepReport> step = backend_.eval(batch, logits_, cancel_);
            if (!step) return fail(step.error());
            done += n;
            result_.neurons += count(step.value().active);
            result_.prefill_ms = milliseconds_since(began);
            sink_.prefill({done, total, result_.prefill_ms});
        }
        return true;
    }

    void decode(Clock::time_point start) {
        const auto prompt = static_cast<int64_t>(config_.prompt.size());
        const int64_t room = config_.context - prompt;
        const int64_t limit = std::min(config_.max_tokens, room);
        if (limit < config_.max_tokens) {
            sink_.warning({"context_full", "a prompt of " + std::to_string(prompt) + " tokens leaves room for " +
                                               std::to_string(room) + " of the " + std::to_string(config_.max_tokens) +
                                               " tokens asked for in a context of " + std::to_string(config_.context)});
        }
        Clock::time_point first, previous = Clock::now();
        StepReport step;
        for (int64_t index = 0;; index++) {
            const auto sampling_began = Clock::now();
            const int32_t id = chooser_.choose(logits_, history_);
            const auto chosen = Clock::now();
            if (index == 0) {
                first = chosen;
                result_.ttft_ms = milliseconds(chosen - start);
            }
            result_.output_tokens = index + 1;
            result_.decode_ms = milliseconds(chosen - first);
            history_.push_back(id);

            const bool end = !chooser_.forced() && tokenizer_.is_end(id);
            GeneratedToken token;
            token.index = index;
            token.id = id;
            if (!end) token.text = text_.push(tokenizer_.piece(id));
            token.ms = milliseconds(chosen - previous);
            token.attention_ms = step.attention_ms;
            token.ffn_ms = step.ffn_ms;
            token.sampling_ms = milliseconds(chosen - sampling_began);
            token.other_ms = std::max(0.0, token.ms - token.attention_ms - token.ffn_ms - token.sampling_ms);
            token.active = std::move(step.active);
            if (index > 0) token.stream = step.stream;
            sink_.token(std::move(token));
            if (index > 0 && index % kHeatTokens == 0) send_heat();
            if (auto timeline = timelines_.end(index, sampling_began, chosen)) sink_.timeline(std::move(*timeline));
            previous = chosen;

            result_.reason = end ? "end" : text_.stopped() ? "stop" : index + 1 == limit ? "length" : "";
            if (!result_.reason.empty() || cancelled()) return;
            const BatchToken next{id, static_cast<int32_t>(prompt + index), config_.sequence, true};
            timelines_.begin(previous);
            Result<StepReport> evaluated = backend_.eval({&next, 1}, logits_, cancel_);
            if (!evaluated) {
                fail(evaluated.error());
                return;
            }
            step = std::move(evaluated).value();
            result_.neurons += count(step.active);
            if (step.stream) add(*step.stream, result_.stream);
        }
    }

    // Of the tokens since the last time.
    void send_heat() {
        auto heat = backend_.take_heat();
        if (!heat) return;
        const int64_t from = std::exchange(heat_from_, heat_from_ + heat->tokens);
        sink_.heat({from, heat_from_, std::move(*heat)});
    }

    Backend& backend_;
    const GenerateConfig& config_;
    GenerateSink& sink_;
    const std::atomic<bool>& cancel_;
    const Tokenizer& tokenizer_;
    Chooser chooser_;
    TextStream text_;
    std::vector<int32_t> history_;
    std::vector<float> logits_;  // [vocabulary]
    GenerateResult result_;
    TimelineKeeper timelines_;
    int64_t heat_from_ = 1;  // index 0 follows the prompt
};

}  // namespace

Status check_prompt(const std::vector<int32_t>& prompt, int64_t context, int32_t vocabulary) {
    if (prompt.empty()) return Error{"bad_request", "the prompt has no tokens"};
    for (size_t i = 0; i < prompt.size(); i++) {
        if (prompt[i] < 0 || prompt[i] >= vocabulary) {
            return Error{"bad_request", "prompt_tokens[" + std::to_string(i) + "] is " + std::to_string(prompt[i]) +
                                            ": the vocabulary has " + std::to_string(vocabulary) + " tokens"};
        }
    }
    const auto tokens = static_cast<int64_t>(prompt.size());
    if (tokens + 1 > context) {
        return Error{"prompt_too_long", "the prompt has " + std::to_string(tokens) + " tokens and the context holds " +
                                            std::to_string(context) + ": at most " + std::to_string(context - 1) +
                                            " leave room for an answer"};
    }
    return {};
}

GenerateResult generate(Backend& backend, const GenerateConfig& config, Clock::time_point start, GenerateSink& sink,
                        const std::atomic<bool>& cancel) {
    return Generation(backend, config, sink, cancel).run(start);
}

}  // namespace phonon
