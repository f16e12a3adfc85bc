#include "generator/eval/squad.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "kernels/base/line_reader.h"
#include "kernels/base/status_macros.h"

namespace footnote::generator {
namespace {

using Json = nlohmann::json;

constexpr uint64_t kMaxBytes = 1ull << 30;

// Walks the document; every error says where.
class Parser {
 public:
  explicit Parser(absl::string_view name) : name_(name) {}

  absl::StatusOr<SquadDataset> Run(absl::string_view text) {
    // The parser refuses invalid UTF-8 and doesn't recurse.
    const Json root = Json::parse(text.begin(), text.end(), nullptr, /*allow_exceptions=*/false);
    if (!root.is_object()) return Error("", "not a JSON object");
    SquadDataset dataset;
    FN_ASSIGN_OR_RETURN(dataset.version, String(root, "version", "", /*needed=*/false));
    FN_ASSIGN_OR_RETURN(const Json* articles, Array(root, "data", ""));
    for (size_t i = 0; i < articles->size(); ++i) {
      FN_ASSIGN_OR_RETURN(SquadArticle article,
                          Article((*articles)[i], absl::StrCat("data[", i, "]")));
      dataset.articles.push_back(std::move(article));
    }
    if (ids_.empty()) return Error("", "no question in it");
    return dataset;
  }

 private:
  absl::Status Error(absl::string_view where, absl::string_view what) const {
    return absl::InvalidArgumentError(
        absl::StrCat(name_, where.empty() ? "" : " at ", where, ": ", what));
  }

  absl::StatusOr<std::string> String(const Json& object, const char* key, absl::string_view where,
                                     bool needed) const {
    const auto found = object.find(key);
    if (found == object.end()) {
      if (needed) return Error(where, absl::StrCat("\"", key, "\" is missing"));
      return std::string();
    }
    if (!found->is_string()) return Error(where, absl::StrCat("\"", key, "\" is not a string"));
    return found->get<std::string>();
  }

  absl::StatusOr<const Json*> Array(const Json& object, const char* key,
                                    absl::string_view where) const {
    const auto found = object.find(key);
    if (found == object.end()) return Error(where, absl::StrCat("\"", key, "\" is missing"));
    if (!found->is_array()) return Error(where, absl::StrCat("\"", key, "\" is not an array"));
    return &*found;
  }

  absl::StatusOr<SquadArticle> Article(const Json& json, const std::string& where) {
    if (!json.is_object()) return Error(where, "not an object");
    SquadArticle article;
    FN_ASSIGN_OR_RETURN(article.title, String(json, "title", where, /*needed=*/false));
    FN_ASSIGN_OR_RETURN(const Json* paragraphs, Array(json, "paragraphs", where));
    for (size_t i = 0; i < paragraphs->size(); ++i) {
      FN_ASSIGN_OR_RETURN(SquadParagraph paragraph,
                          Paragraph((*paragraphs)[i], absl::StrCat(where, ".paragraphs[", i, "]")));
      article.paragraphs.push_back(std::move(paragraph));
    }
    return article;
  }

  absl::StatusOr<SquadParagraph> Paragraph(const Json& json, const std::string& where) {
    if (!json.is_object()) return Error(where, "not an object");
    SquadParagraph paragraph;
    FN_ASSIGN_OR_RETURN(paragraph.context, String(json, "context", where, /*needed=*/true));
    FN_ASSIGN_OR_RETURN(const Json* questions, Array(json, "qas", where));
    for (size_t i = 0; i < questions->size(); ++i) {
      FN_ASSIGN_OR_RETURN(SquadQuestion question, Question((*questions)[i], paragraph.context,
                                                           absl::StrCat(where, ".qas[", i, "]")));
      paragraph.questions.push_back(std::move(question));
    }
    return paragraph;
  }

  absl::StatusOr<SquadQuestion> Question(const Json& json, const std::string& context,
                                         const std::string& where) {
    if (!json.is_object()) return Error(where, "not an object");
    SquadQuestion question;
    FN_ASSIGN_OR_RETURN(question.id, Id(json, where));
    if (!ids_.insert(question.id).second) {
      return Error(where, absl::StrCat("the id \"", question.id, "\" stands twice in the file"));
    }
    FN_ASSIGN_OR_RETURN(question.question, String(json, "question", where, /*needed=*/true));
    const auto impossible = json.find("is_impossible");
    if (impossible != json.end()) {
      if (!impossible->is_boolean()) return Error(where, "\"is_impossible\" is not true or false");
      // SQuAD 2.0 gives such a question's tempting wrong answers apart.
      if (impossible->get<bool>()) return question;
    }
    FN_ASSIGN_OR_RETURN(const Json* answers, Array(json, "answers", where));
    for (size_t i = 0; i < answers->size(); ++i) {
      const std::string place = absl::StrCat(where, ".answers[", i, "]");
      if (!(*answers)[i].is_object()) return Error(place, "not an object");
      FN_ASSIGN_OR_RETURN(std::string text, String((*answers)[i], "text", place, /*needed=*/true));
      if (!absl::StrContains(context, text)) return Error(place, "its text isn't in the context");
      question.answers.push_back(std::move(text));
    }
    return question;
  }

  // Some sets number their questions.
  absl::StatusOr<std::string> Id(const Json& json, const std::string& where) const {
    const auto found = json.find("id");
    if (found != json.end() && found->is_number_integer()) return found->dump();
    return String(json, "id", where, /*needed=*/true);
  }

  absl::string_view name_;
  absl::flat_hash_set<std::string> ids_;
};

}  // namespace

absl::StatusOr<SquadDataset> ParseSquad(absl::string_view json, absl::string_view name) {
  return Parser(name).Run(json);
}

absl::StatusOr<SquadDataset> ReadSquad(const std::string& path) {
  FN_ASSIGN_OR_RETURN(const std::string json, kernels::ReadMaybeGzippedFile(path, kMaxBytes));
  return ParseSquad(json, path);
}

}  // namespace footnote::generator
