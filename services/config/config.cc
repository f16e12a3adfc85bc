#include "services/config/config.h"

#include <sys/stat.h>

#include <toml++/toml.h>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <fstream>
#include <iterator>
#include <sstream>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "kernels/base/status_macros.h"
#include "services/config/fields.h"

namespace footnote::services {
namespace {

using internal::Field;
using internal::FieldRef;
using internal::Fields;

std::string SectionKeys(absl::string_view section) {
  std::vector<std::string> names;
  for (const Field& f : Fields()) {
    if (section == f.section) names.push_back(f.name);
  }
  return absl::StrJoin(names, ", ");
}

std::string Sections() {
  std::vector<std::string> names;
  for (const Field& f : Fields()) {
    if (names.empty() || names.back() != f.section) names.push_back(f.section);
  }
  return absl::StrJoin(names, ", ");
}

const Field* FindField(absl::string_view section, absl::string_view name) {
  for (const Field& f : Fields()) {
    if (section == f.section && name == f.name) return &f;
  }
  return nullptr;
}

absl::Status Wrong(absl::string_view wanted) {
  return absl::InvalidArgumentError(absl::StrCat("must be ", wanted));
}

absl::Status CheckRange(const Field& field, double value, absl::string_view unit) {
  if (value >= field.min && value <= field.max) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("must be between ", field.min, " and ", field.max, unit));
}

template <typename Enum>
absl::Status SetEnum(const toml::node& node, Enum* out) {
  const auto names = internal::EnumNames(Enum());
  if (const auto text = node.value_exact<std::string>()) {
    for (size_t i = 0; i < names.size(); ++i) {
      if (*text == names[i]) {
        *out = static_cast<Enum>(i);
        return absl::OkStatus();
      }
    }
  }
  return Wrong(absl::StrCat("one of \"", absl::StrJoin(names, "\", \""), "\""));
}

// Sets one field from a TOML value; one overload per type of field.
class Setter {
 public:
  Setter(const Field& field, const toml::node& node) : field_(field), node_(node) {}

  absl::Status operator()(std::string* out) const {
    const auto value = node_.value_exact<std::string>();
    if (!value) return Wrong("a string");
    if (value->find('\0') != std::string::npos) return Wrong("a string without a NUL");
    *out = *value;
    return absl::OkStatus();
  }
  absl::Status operator()(std::vector<std::string>* out) const {
    const toml::array* array = node_.as_array();
    if (array == nullptr) return Wrong("a list of strings");
    std::vector<std::string> values;
    for (const toml::node& item : *array) {
      const auto value = item.value_exact<std::string>();
      if (!value) return Wrong("a list of strings");
      values.push_back(*value);
    }
    *out = std::move(values);
    return absl::OkStatus();
  }
  absl::Status operator()(bool* out) const {
    const auto value = node_.value_exact<bool>();
    if (!value) return Wrong("true or false");
    *out = *value;
    return absl::OkStatus();
  }
  absl::Status operator()(int* out) const { return SetInteger(out); }
  absl::Status operator()(uint64_t* out) const { return SetInteger(out); }
  absl::Status operator()(double* out) const {
    const auto value = node_.is_number() ? node_.value<double>() : std::nullopt;
    if (!value || !std::isfinite(*value)) return Wrong("a number");
    FN_RETURN_IF_ERROR(CheckRange(field_, *value, ""));
    *out = *value;
    return absl::OkStatus();
  }
  absl::Status operator()(absl::Duration* out) const {
    const auto text = node_.value_exact<std::string>();
    absl::Duration value;
    if (!text || !absl::ParseDuration(*text, &value)) {
      return Wrong("a duration such as \"30s\", \"500ms\" or \"1m30s\"");
    }
    FN_RETURN_IF_ERROR(CheckRange(field_, absl::ToDoubleSeconds(value), " seconds"));
    *out = value;
    return absl::OkStatus();
  }
  absl::Status operator()(transformer::Precision* out) const { return SetEnum(node_, out); }
  absl::Status operator()(transformer::WeightPrecision* out) const { return SetEnum(node_, out); }
  absl::Status operator()(kernels::KvFormat* out) const { return SetEnum(node_, out); }
  absl::Status operator()(LogFormat* out) const { return SetEnum(node_, out); }
  absl::Status operator()(LogLevel* out) const { return SetEnum(node_, out); }

 private:
  template <typename Integer>
  absl::Status SetInteger(Integer* out) const {
    const auto value = node_.value_exact<int64_t>();
    if (!value) return Wrong("a whole number");
    FN_RETURN_IF_ERROR(CheckRange(field_, static_cast<double>(*value), ""));
    *out = static_cast<Integer>(*value);
    return absl::OkStatus();
  }

  const Field& field_;
  const toml::node& node_;
};

absl::Status At(absl::string_view file, const toml::source_region& where,
                absl::string_view message) {
  return absl::InvalidArgumentError(absl::StrCat(file, ":", where.begin.line, ": ", message));
}

absl::Status ApplySection(absl::string_view file, absl::string_view section,
                          const toml::table& table, Config* config) {
  for (const auto& [key, node] : table) {
    const absl::string_view name(key.str().data(), key.str().size());
    const Field* field = FindField(section, name);
    if (field == nullptr) {
      return At(file, key.source(),
                absl::StrCat("unknown key \"", section, ".", name, "\"; the keys of [", section,
                             "] are ", SectionKeys(section)));
    }
    const absl::Status status = std::visit(Setter(*field, node), field->ref(*config));
    if (!status.ok()) {
      return At(file, node.source(), absl::StrCat(field->key(), " ", status.message()));
    }
  }
  return absl::OkStatus();
}

absl::Status ApplyTable(absl::string_view file, const toml::table& table, Config* config) {
  for (const auto& [key, node] : table) {
    const absl::string_view section(key.str().data(), key.str().size());
    if (SectionKeys(section).empty()) {
      return At(file, key.source(),
                absl::StrCat("unknown section \"", section, "\"; the sections are ", Sections()));
    }
    if (!node.is_table()) {
      return At(file, key.source(),
                absl::StrCat("\"", section, "\" must be a section: [", section, "]"));
    }
    FN_RETURN_IF_ERROR(ApplySection(file, section, *node.as_table(), config));
  }
  return absl::OkStatus();
}

// The TOML library throws; this is where it stops.
absl::StatusOr<toml::table> ParseToml(absl::string_view toml, absl::string_view file) {
  try {
    return toml::parse(std::string_view(toml.data(), toml.size()));
  } catch (const toml::parse_error& e) {
    return At(file, e.source(), absl::string_view(e.description().data(), e.description().size()));
  } catch (const std::exception& e) {
    return absl::InvalidArgumentError(absl::StrCat(file, ": ", e.what()));
  }
}

std::string Quoted(const std::string& text) {
  std::ostringstream out;
  out << toml::value<std::string>(text);
  return out.str();
}

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

// Whether a value given on the command line may lack its quotes.
bool IsText(const FieldRef& ref) {
  return !std::holds_alternative<bool*>(ref) && !std::holds_alternative<int*>(ref) &&
         !std::holds_alternative<uint64_t*>(ref) && !std::holds_alternative<double*>(ref);
}

absl::Status ApplyOverride(const Override& override, Config* config) {
  const auto& [key, value] = override;
  const size_t dot = key.find('.');
  const Field* field = dot == std::string::npos
                           ? nullptr
                           : FindField(key.substr(0, dot), absl::string_view(key).substr(dot + 1));
  if (field == nullptr) {
    return absl::InvalidArgumentError(absl::StrCat(
        "unknown setting \"", key, "\"; the settings are ", absl::StrJoin(ConfigKeys(), ", ")));
  }
  const FieldRef ref = field->ref(*config);
  const bool is_list = std::holds_alternative<std::vector<std::string>*>(ref);
  const bool quoted = !value.empty() && (value[0] == '"' || value[0] == '\'' || value[0] == '[');
  std::string text = value;
  if (IsText(ref) && !quoted)
    text = is_list ? absl::StrCat("[", Quoted(value), "]") : Quoted(value);
  absl::StatusOr<toml::table> table = ParseToml(absl::StrCat("value = ", text), key);
  if (!table.ok() || table->size() != 1) {
    return absl::InvalidArgumentError(absl::StrCat(key, ": can't read the value \"", value, "\""));
  }
  const absl::Status status = std::visit(Setter(*field, *table->get("value")), ref);
  if (!status.ok()) return absl::InvalidArgumentError(absl::StrCat(key, " ", status.message()));
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Config> ParseConfig(absl::string_view toml, absl::string_view file) {
  FN_ASSIGN_OR_RETURN(const toml::table table, ParseToml(toml, file));
  Config config;
  FN_RETURN_IF_ERROR(ApplyTable(file, table, &config));
  return config;
}

absl::StatusOr<Config> LoadConfigFile(const std::string& path) {
  struct stat st;
  std::ifstream in(path, std::ios::binary);
  if (!in || stat(path.c_str(), &st) != 0) {
    return absl::ErrnoToStatus(errno, absl::StrCat("can't read the configuration ", path));
  }
  if (S_ISDIR(st.st_mode)) {
    return absl::InvalidArgumentError(
        absl::StrCat("the configuration ", path, " is a folder; name the file in it"));
  }
  const std::string text((std::istreambuf_iterator<char>(in)), {});
  if (in.bad()) {
    return absl::UnavailableError(absl::StrCat("reading the configuration ", path, " failed"));
  }
  return ParseConfig(text, path);
}

absl::Status ApplyOverrides(absl::Span<const Override> overrides, Config* config) {
  for (const Override& override : overrides) {
    FN_RETURN_IF_ERROR(ApplyOverride(override, config));
  }
  return absl::OkStatus();
}

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
    absl::StrAppend(&out, field.name, " = ", std::visit(Printer(), field.ref(copy)), "\n");
  }
  return out;
}

std::vector<std::string> ConfigKeys() {
  std::vector<std::string> keys;
  for (const Field& field : Fields()) keys.push_back(field.key());
  return keys;
}

absl::string_view PrecisionName(transformer::Precision precision) {
  return internal::EnumNames(precision)[static_cast<size_t>(precision)];
}

absl::StatusOr<transformer::Precision> ParsePrecision(absl::string_view name) {
  const auto names = internal::EnumNames(transformer::Precision());
  for (size_t i = 0; i < names.size(); ++i) {
    if (name == names[i]) return static_cast<transformer::Precision>(i);
  }
  return absl::InvalidArgumentError(
      absl::StrCat("unknown precision \"", name, "\"; choose ", absl::StrJoin(names, ", ")));
}

}  // namespace footnote::services
