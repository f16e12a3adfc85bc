#include "transformer/encoder/families/family.h"

namespace footnote::transformer {

// Devlin et al. 2018, https://arxiv.org/abs/1810.04805; also MiniLM, e5, bge and
// multilingual-e5-small.
const EncoderFamily kBertFamily = {
    .model_type = "bert",
    .prefix = "bert.",
    .score_dense = "bert.pooler.dense",
    .score_out = "classifier",
    .pair_separators = 1,
    .pair_types = true,
    .parse = [](const JsonFields& fields,
                absl::string_view path) { return ParseBertFields(fields, path, 1e-12); },
};

}  // namespace footnote::transformer
