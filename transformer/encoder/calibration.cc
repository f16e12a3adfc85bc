#include "transformer/encoder/calibration.h"

#include <algorithm>
#include <cmath>

namespace footnote::transformer {
namespace {

// Prose, instructions, code, tables, numbers, questions and names, long and
// short.
constexpr const char* kTexts[] = {
    "The river had been rising since morning, and by noon the lower meadow was a sheet of brown "
    "water from which the fence posts stood out like the masts of sunken boats. Nobody in the "
    "village spoke of leaving. They carried the chairs and the carpets upstairs, tied the goats "
    "to the church railings, and waited, as their grandparents had waited, for the wind to turn.",
    "To replace the filter, switch the unit off at the mains and wait until the pump has stopped. "
    "Loosen the four screws of the cover (5 mm hex key), lift out the old cartridge and check the "
    "seal for cracks. Insert the new cartridge with the arrow pointing up. Tighten the screws "
    "crosswise to 3.5 Nm; more than that damages the thread. Run the unit for ten minutes and look "
    "for leaks.",
    "Transaction isolation determines which changes of concurrent transactions a query can see. "
    "At the lowest level a transaction may read rows that another has not committed yet. At the "
    "highest, the effect of running transactions together is the same as that of running them one "
    "after another in some order, and the database aborts those for which it can't guarantee it.",
    "def mean(values): total = 0.0; for v in values: total += v; return total / len(values) if "
    "values else None  # raises TypeError when an element is not a number; see also median(), "
    "variance(), std::accumulate, SELECT avg(price) FROM orders WHERE status <> 'cancelled' AND "
    "created_at >= '2021-03-01' GROUP BY customer_id HAVING count(*) > 5;",
    "Employees who have completed their probationary period are entitled to twenty-five days of "
    "paid leave per calendar year. Leave that is not taken by 31 March of the following year "
    "expires, unless it could not be taken for reasons of illness or of urgent business need, "
    "which the supervisor must confirm in writing.",
    "The patient, a 54-year-old woman with a history of hypertension and type 2 diabetes, "
    "presented "
    "with three days of fever, productive cough and pleuritic chest pain. Examination showed "
    "crackles at the right base; oxygen saturation was 92% on room air. She was treated with "
    "amoxicillin 500 mg three times daily and recovered without complications.",
    "Revenue for the quarter was $4.21 billion, up 7% from a year earlier, while operating margin "
    "fell to 18.3% from 20.1% because of higher freight costs and a one-time charge of $96 million "
    "for the closure of two plants in Ohio and Baden-Württemberg. The board proposes a dividend of "
    "0.85 per share.",
    "Photosynthesis converts light into chemical energy. In the thylakoid membranes, chlorophyll "
    "absorbs photons and passes excited electrons along a chain of carriers; the proton gradient "
    "that results drives the synthesis of ATP. In the stroma, the Calvin cycle then fixes carbon "
    "dioxide into sugars.",
    "Name | Type | Default | Description. timeout | integer | 30 | Seconds to wait for a reply. "
    "retries | integer | 3 | Attempts before giving up. log_level | string | \"info\" | One of "
    "debug, info, warning, error. tls.cert_file | path | | Certificate in PEM format.",
    "How do I reset my password if I no longer have access to the e-mail address?",
    "What is the boiling point of water at 3,000 metres?",
    "error: could not open file \"config.yaml\": permission denied",
    "best restaurants near the old harbour",
    "In 1879 Ludwig Boltzmann, Josef Stefan and others in Vienna and Berlin disputed whether atoms "
    "exist at all. Einstein's paper on Brownian motion (1905) and Perrin's experiments settled it.",
    "Übersetzung: Die Lieferung erfolgt innerhalb von 14 Tagen. Traduction : la livraison a lieu "
    "sous 14 jours. Перевод: доставка в течение 14 дней. 翻訳：14日以内に配送します。",
    "Chapter 7. Installation and first steps",
    "yes",
};

}  // namespace

absl::Span<const char* const> CalibrationTexts() { return kTexts; }

BertObserver InputObserver::AsFunction() {
  return [this](BertLinear which, const float* x, int64_t rows, int64_t dim) {
    Seen& s = seen_[static_cast<size_t>(which)];
    s.sum.resize(dim);
    s.least.resize(dim, INFINITY);
    s.most.resize(dim, -INFINITY);
    s.rows += rows;
    for (int64_t r = 0; r < rows; ++r) {
      for (int64_t i = 0; i < dim; ++i) {
        const float v = x[r * dim + i];
        s.sum[i] += v;
        s.least[i] = std::min(s.least[i], v);
        s.most[i] = std::max(s.most[i], v);
      }
    }
  };
}

BertLayerStatistics InputObserver::Statistics() const {
  BertLayerStatistics out;
  for (size_t which = 0; which < seen_.size(); ++which) {
    const Seen& s = seen_[which];
    for (size_t i = 0; i < s.sum.size(); ++i) {
      const float mean = static_cast<float>(s.sum[i] / static_cast<double>(s.rows));
      out[which].mean.push_back(mean);
      out[which].greatest.push_back(std::max(s.most[i] - mean, mean - s.least[i]));
    }
  }
  return out;
}

}  // namespace footnote::transformer
