#ifndef FOOTNOTE_KERNELS_BASE_STATUS_MACROS_H_
#define FOOTNOTE_KERNELS_BASE_STATUS_MACROS_H_

#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

// Returns from the enclosing function if `expr` is an error.
#define FN_RETURN_IF_ERROR(expr)                            \
  do {                                                      \
    if (absl::Status fn_status = (expr); !fn_status.ok()) { \
      return fn_status;                                     \
    }                                                       \
  } while (false)

#define FN_STATUS_CONCAT_INNER(a, b) a##b
#define FN_STATUS_CONCAT(a, b) FN_STATUS_CONCAT_INNER(a, b)

// Assigns the value of a StatusOr to `lhs` (a declaration or a variable), or
// returns its error from the enclosing function.
#define FN_ASSIGN_OR_RETURN(lhs, expr) \
  FN_ASSIGN_OR_RETURN_IMPL(FN_STATUS_CONCAT(fn_statusor_, __LINE__), lhs, expr)
// NOLINTBEGIN(bugprone-macro-parentheses): lhs may be a declaration.
#define FN_ASSIGN_OR_RETURN_IMPL(tmp, lhs, expr) \
  auto tmp = (expr);                             \
  if (!tmp.ok()) {                               \
    return std::move(tmp).status();              \
  }                                              \
  lhs = std::move(tmp).value()
// NOLINTEND(bugprone-macro-parentheses)

#endif  // FOOTNOTE_KERNELS_BASE_STATUS_MACROS_H_
