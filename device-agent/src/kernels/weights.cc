#include "kernels/weights.h"

#include <algorithm>
#include <string>

#include "kernels/kernels.h"
#include "kernels/prepare_columns.h"
#include "kernels/weights_data.h"

namespace phonon {

size_t row_bytes(WeightType type, int64_t cols) {
    return static_cast<size_t>(row_size_of(type, cols));
}

Weights::Weights() = default;
Weights::Weights(Weights&&) noexcept = default;
Weights& Weights::operator=(Weights&&) noexcept = default;
Weights::~Weights() = default;

WeightType Weights::type() const {
    return data_->type;
}
WeightType Weights::input_type() const {
    return data_->columns.transposed ? WeightType::f32 : data_->type;
}
Layout Weights::layout() const {
    return data_->layout;
}
int64_t Weights::rows() const {
    return data_->rows;
}
int64_t Weights::cols() const {
    return data_->cols;
}

size_t Weights::owned_bytes() const {
    const Data& d = *data_;
    return d.tiles.size() + d.codes.size() + d.scales.size() + d.minima.size() + d.subscales.size() +
           d.subminima.size();
}

Weights Weights::view(WeightType type, int64_t rows, int64_t cols, const ColumnsView& columns) {
    Weights w;
    w.data_ = std::make_unique<Data>();
    w.data_->type = type;
    w.data_->layout = Layout::columns;
    w.data_->rows = rows;
    w.data_->cols = cols;
    w.data_->row_bytes = row_bytes(type, cols);
    w.data_->columns = columns;
    return w;
}

Result<Weights> Weights::prepare(const Tensor& source, Layout layout, const Kernels& kernels, TaskPool& pool) {
    Weights w;
    w.data_ = std::make_unique<Data>();
    Data& d = *w.data_;
    d.type = source.type;
    d.layout = layout;
    d.rows = source.rows;
    d.cols = source.cols;
    d.row_bytes = row_bytes(source.type, source.cols);
    bool enough = true;
    if (layout == Layout::rows) {
        d.borrowed = source.data;
    } else if (layout == Layout::columns) {
        enough = prepare_columns(source, d, pool);
    } else {
        const int64_t tiles = round_up(d.rows, kTileRows) / kTileRows;
        d.tile_bytes = tile_bytes(d.type, d.cols);
        enough = d.tiles.reserve(static_cast<size_t>(tiles * d.tile_bytes));
        if (enough) {
            const auto pack = kernels.matrix->types[static_cast<int>(d.type)].pack_rows;
            pool.run(tiles, [&](int64_t t, int) {
                const int64_t row = t * kTileRows;
                pack(source.data + row * static_cast<int64_t>(d.row_bytes), d.row_bytes,
                     static_cast<int>(std::min<int64_t>(kTileRows, d.rows - row)), d.cols,
                     d.tiles.as<std::byte>() + t * d.tile_bytes);
            });
        }
    }
    if (!enough) {
        return Error{"out_of_memory", "no memory for a weight matrix of " + std::to_string(d.rows) + " x " +
                                          std::to_string(d.cols) + "; free some, or choose a smaller model"};
    }
    return w;
}

}  // namespace phonon
