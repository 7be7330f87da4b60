// The predictor that a layer gets.

#include "packing/predictor_choice.h"

#include "predictor/two_bit_gate.h"
#include "predictor_support.h"

namespace phonon {
namespace {

using namespace predictor_test;

PredictorChoice choose(const Layer& layer, PredictorWish wish = PredictorWish::cheaper) {
    TaskPool pool({-1, -1});
    auto choice = choose_predictor(layer.question(wish), *best_kernels(), pool);
    REQUIRE(choice.ok());
    return std::move(choice).value();
}

}  // namespace

TEST_CASE("predictor choice: factors where Gate has few ranks, two bits where it has all") {
    const Layer thin = make_layer(512, 256, 32), full = make_layer(512, 256, 0);
    const PredictorChoice low = choose(thin), two = choose(full);
    CHECK(low.chosen.format.kind == PredictorKind::low_rank);
    CHECK(low.chosen.bytes.size() == predictor_bytes(low.chosen.format, 512, 256));
    CHECK(low.low_rank_us < low.two_bit_us);
    CHECK(low.chosen.cost_us == low.low_rank_us);
    CHECK(two.chosen.format.kind == PredictorKind::two_bit);
    CHECK(two.chosen.bytes.size() == two_bit_bytes(512, 256));
    CHECK(two.two_bit_us < two.low_rank_us);
    CHECK(two.chosen.cost_us == two.two_bit_us);
    for (const PredictorChoice* choice : {&low, &two}) {
        CHECK(choice->chosen.estimates.keep(0.995).energy >= 0.995 - 1e-6);
    }
}

TEST_CASE("predictor choice: a kind that is wished for is taken, whatever it costs") {
    const Layer thin = make_layer(512, 256, 32), full = make_layer(512, 256, 0);
    CHECK(choose(thin, PredictorWish::two_bit).chosen.format.kind == PredictorKind::two_bit);
    CHECK(choose(thin, PredictorWish::two_bit).low_rank_us == 0);
    const PredictorChoice forced = choose(full, PredictorWish::low_rank);
    CHECK(forced.chosen.format.kind == PredictorKind::low_rank);
    CHECK(forced.chosen.estimates.keep(0.995).energy >= 0.995 - 1e-6);
    CHECK(forced.low_rank_us > forced.two_bit_us);
    // Where no factors are as small as two bits, or the tokens tell nothing, there is but one kind.
    const Layer narrow = make_layer(32, 32, 0, 64);
    CHECK(choose(narrow, PredictorWish::low_rank).chosen.format.kind == PredictorKind::two_bit);
    Layer silent = make_layer(64, 64, 0, 64);
    std::fill(silent.trace.gate.begin(), silent.trace.gate.end(), 0.0f);
    std::fill(silent.trace.h.begin(), silent.trace.h.end(), 0.0f);
    CHECK(choose(silent).chosen.format.kind == PredictorKind::two_bit);
    PredictorWish wish = PredictorWish::cheaper;
    CHECK(parse_predictor("two-bit", wish));
    CHECK(wish == PredictorWish::two_bit);
    CHECK_FALSE(parse_predictor("trained", wish));
    CHECK_FALSE(parse_predictor("", wish));
}

TEST_CASE("predictor choice: ranks are no larger than two bits, and the tokens can tell of them") {
    const auto ranks = low_rank_ladder(14336, 4096, 511, WeightType::q4_0);
    CHECK(ranks == std::vector<int64_t>{128, 256, 384});
    for (const WeightType type : {WeightType::q8_0, WeightType::q4_0}) {
        const auto many = low_rank_ladder(1024, 256, 256, type);
        REQUIRE_FALSE(many.empty());
        for (const int64_t rank : many) {
            CHECK(rank % 32 == 0);
            const PredictorFormat format{.kind = PredictorKind::low_rank, .type = type, .rank = rank};
            CHECK(predictor_bytes(format, 1024, 256) <= two_bit_bytes(1024, 256));
        }
    }
    CHECK(low_rank_ladder(1024, 256, 31, WeightType::q8_0).empty());
}

TEST_CASE("predictor choice: what a prediction costs is its bytes, its gates and its reads") {
    const Thresholds thresholds{.let_through = 0.25, .from_flash = 0.125};
    CHECK(predictor_cost(0, 1000, 2300, thresholds, 0) == doctest::Approx(1000 * 0.25 * 2300 / kBytesPerMicrosecond));
    CHECK(predictor_cost(4600, 1000, 2300, thresholds, 16) ==
          doctest::Approx((4600 + 1000 * 2300 * (0.25 + 16 * 0.125)) / kBytesPerMicrosecond));
}

}  // namespace phonon
