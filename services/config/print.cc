#include "services/config/print.h"

#include <toml++/toml.h>
#include <sstream>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "services/config/config.h"
#include "services/config/fields.h"

namespace footnote::services {
namespace internal {

std::string Quoted(const std::string& text) {
  std::ostringstream out;
  out << toml::value<std::string>(text);
  return out.str();
}

}  // namespace internal

namespace {

using internal::Field;
using internal::Fields;
using internal::kProfilesSection;
using internal::ProfileField;
using internal::ProfileFields;
using internal::Quoted;

// A field as TOML writes it; one overload per type of field.
struct Printer {
  std::string operator()(const std::string* v) const { return Quoted(*v); }
  std::string operator()(const std::vector<std::string>* v) const {
    return absl::StrCat(
        "[",
        absl::StrJoin(*v, ", ",
                      [](std::string* out, const std::string& s) { out->append(Quoted(s)); }),
        "]");
  }
  std::string operator()(const bool* v) const { return *v ? "true" : "false"; }
  std::string operator()(const int* v) const { return absl::StrCat(*v); }
  std::string operator()(const uint64_t* v) const { return absl::StrCat(*v); }
  std::string operator()(const double* v) const {
    std::ostringstream out;
    out << toml::value<double>(*v);
    return out.str();
  }
  // Empty: not set.
  std::string operator()(const std::optional<double>* v) const {
    return v->has_value() ? (*this)(&**v) : "";
  }
  std::string operator()(const absl::Duration* v) const {
    return absl::StrCat("\"", absl::FormatDuration(*v), "\"");
  }
  template <typename Enum>
  std::string operator()(const Enum* v) const {
    return absl::StrCat("\"", internal::EnumNames(*v)[static_cast<size_t>(*v)], "\"");
  }
};

// Appends `text` as comment lines of at most 80 columns.
void AppendComment(absl::string_view text, std::string* out) {
  while (!text.empty()) {
    size_t cut = text.size();
    if (cut > 78) {
      cut = text.rfind(' ', 78);
      if (cut == absl::string_view::npos) cut = text.size();
    }
    absl::StrAppend(out, "# ", text.substr(0, cut), "\n");
    text.remove_prefix(cut);
    text = absl::StripPrefix(text, " ");
  }
}

// `name = value`; as a comment where the field isn't set.
void AppendField(const char* name, const internal::FieldRef& field, std::string* out) {
  const std::string value = std::visit(Printer(), field);
  absl::StrAppend(out, value.empty() ? "# " : "", name, " = ", value, "\n");
}

// What a profile may say, as comments: there may be none.
void AppendProfileManual(std::string* out) {
  absl::StrAppend(out, "\n");
  AppendComment(
      absl::StrCat("[", kProfilesSection,
                   ".NAME] is a ranking profile: how searches that name it, "
                   "or with the name default all that name none, rank passages. Without a section "
                   "of its own, default is as below with answer.dense_weight."),
      out);
  RankingProfile defaults;
  for (const ProfileField& field : ProfileFields()) {
    AppendComment(absl::StrCat(field.name, " = ", std::visit(Printer(), field.ref(defaults)), "  (",
                               field.help, ")"),
                  out);
  }
}

}  // namespace

std::string ToToml(const Config& config) {
  Config copy = config;
  std::string out;
  absl::string_view section;
  for (const Field& field : Fields()) {
    if (section != field.section) {
      absl::StrAppend(&out, section.empty() ? "" : "\n", "[", field.section, "]\n");
      section = field.section;
    }
    AppendComment(field.help, &out);
    AppendField(field.name, field.ref(copy), &out);
  }
  AppendProfileManual(&out);
  for (auto& [name, profile] : copy.profiles) {
    absl::StrAppend(&out, "\n[", kProfilesSection, ".", name, "]\n");
    for (const ProfileField& field : ProfileFields()) {
      AppendField(field.name, field.ref(profile), &out);
    }
  }
  return out;
}

}  // namespace footnote::services
