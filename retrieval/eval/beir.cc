#include "retrieval/eval/beir.h"

#include <functional>
#include <nlohmann/json.hpp>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "kernels/base/line_reader.h"
#include "kernels/base/status_macros.h"
#include "transformer/text/utf8.h"

namespace footnote::retrieval {
namespace {

using kernels::LineReader;

absl::Status LineError(const LineReader& reader, absl::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat(reader.Where(), ": ", what));
}

// Calls fn(reader, line) for each line that isn't blank.
absl::Status ForEachLine(
    const std::string& path,
    const std::function<absl::Status(const LineReader&, const std::string&)>& fn) {
  FN_ASSIGN_OR_RETURN(LineReader reader, LineReader::Open(path));
  std::string line;
  while (true) {
    FN_ASSIGN_OR_RETURN(const bool more, reader.Next(&line));
    if (!more) return absl::OkStatus();
    if (absl::StripAsciiWhitespace(line).empty()) continue;
    if (!transformer::IsValidUtf8(line)) return LineError(reader, "not valid UTF-8");
    FN_RETURN_IF_ERROR(fn(reader, line));
  }
}

// The string member `key` of `object`; "" if it isn't there and isn't needed.
absl::StatusOr<std::string> StringMember(const LineReader& reader, const nlohmann::json& object,
                                         const char* key, bool needed) {
  const auto found = object.find(key);
  if (found == object.end() || found->is_null()) {
    if (needed) return LineError(reader, absl::StrCat("\"", key, "\" is missing"));
    return std::string();
  }
  if (!found->is_string()) {
    return LineError(reader, absl::StrCat("\"", key, "\" is not a string"));
  }
  return found->get<std::string>();
}

// Calls fn(reader, object) for each line's JSON object, whose "_id" is new.
absl::Status ForEachRecord(
    const std::string& path,
    const std::function<absl::Status(const LineReader&, const nlohmann::json&, std::string id)>&
        fn) {
  absl::flat_hash_set<std::string> seen;
  FN_RETURN_IF_ERROR(ForEachLine(path, [&](const LineReader& reader, const std::string& line) {
    const auto object = nlohmann::json::parse(line, nullptr, /*allow_exceptions=*/false);
    if (!object.is_object()) return LineError(reader, "not a JSON object");
    auto id = StringMember(reader, object, "_id", /*needed=*/true);
    if (!id.ok()) return id.status();
    if (id->empty()) return LineError(reader, "\"_id\" is empty");
    if (!seen.insert(*id).second) {
      return LineError(reader, absl::StrCat("the id \"", *id, "\" stands twice in the file"));
    }
    return fn(reader, object, *std::move(id));
  }));
  if (seen.empty()) return absl::InvalidArgumentError(absl::StrCat(path, " holds no record"));
  return absl::OkStatus();
}

// One row of judgments, as query, document and grade.
struct QrelsRow {
  absl::string_view query;
  absl::string_view doc;
  absl::string_view grade;
};

absl::StatusOr<QrelsRow> SplitQrelsRow(const LineReader& reader, absl::string_view line) {
  // BEIR's ids may hold spaces; its separator is the tab.
  std::vector<absl::string_view> columns = absl::StrSplit(line, '\t');
  if (columns.size() != 3 && columns.size() != 4) {
    columns = absl::StrSplit(line, absl::ByAnyChar(" \t"), absl::SkipEmpty());
  }
  if (columns.size() == 3) return QrelsRow{columns[0], columns[1], columns[2]};
  if (columns.size() == 4) return QrelsRow{columns[0], columns[2], columns[3]};
  return LineError(reader, absl::StrCat("expected 3 columns (query-id, corpus-id, score) or 4 "
                                        "(query-id, iteration, document-id, grade), found ",
                                        columns.size()));
}

}  // namespace

absl::StatusOr<std::vector<CorpusDocument>> ReadBeirCorpus(const std::string& path) {
  std::vector<CorpusDocument> corpus;
  FN_RETURN_IF_ERROR(ForEachRecord(
      path, [&](const LineReader& reader, const nlohmann::json& object, std::string id) {
        auto title = StringMember(reader, object, "title", /*needed=*/false);
        if (!title.ok()) return title.status();
        auto text = StringMember(reader, object, "text", /*needed=*/true);
        if (!text.ok()) return text.status();
        corpus.push_back({std::move(id), *std::move(title), *std::move(text)});
        return absl::OkStatus();
      }));
  return corpus;
}

absl::StatusOr<std::vector<EvalQuery>> ReadBeirQueries(const std::string& path) {
  std::vector<EvalQuery> queries;
  FN_RETURN_IF_ERROR(ForEachRecord(
      path, [&](const LineReader& reader, const nlohmann::json& object, std::string id) {
        auto text = StringMember(reader, object, "text", /*needed=*/true);
        if (!text.ok()) return text.status();
        if (absl::StripAsciiWhitespace(*text).empty()) {
          return LineError(reader, absl::StrCat("the query \"", id, "\" is empty"));
        }
        queries.push_back({std::move(id), *std::move(text)});
        return absl::OkStatus();
      }));
  return queries;
}

absl::StatusOr<Qrels> ReadQrels(const std::string& path) {
  Qrels qrels;
  bool first = true;
  FN_RETURN_IF_ERROR(ForEachLine(path, [&](const LineReader& reader, const std::string& line) {
    const auto row = SplitQrelsRow(reader, line);
    if (!row.ok()) return row.status();
    const bool may_be_header = std::exchange(first, false);
    int grade = 0;
    if (!absl::SimpleAtoi(row->grade, &grade)) {
      if (may_be_header) return absl::OkStatus();
      return LineError(reader, absl::StrCat("\"", row->grade, "\" is not a whole number"));
    }
    if (row->query.empty() || row->doc.empty()) return LineError(reader, "an id is empty");
    if (!qrels[std::string(row->query)].emplace(row->doc, grade).second) {
      return LineError(
          reader, absl::StrCat("the document \"", row->doc, "\" is judged twice for the query \"",
                               row->query, "\""));
    }
    return absl::OkStatus();
  }));
  if (qrels.empty()) return absl::InvalidArgumentError(absl::StrCat(path, " holds no judgment"));
  return qrels;
}

}  // namespace footnote::retrieval
