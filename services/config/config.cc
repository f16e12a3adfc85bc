#include "services/config/config.h"

#include <sys/stat.h>

#include <toml++/toml.h>
#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <fstream>
#include <iterator>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "kernels/base/status_macros.h"
#include "services/config/fields.h"
#include "services/config/print.h"

namespace footnote::services {
namespace {

using internal::Field;
using internal::FieldRef;
using internal::Fields;
using internal::kProfilesSection;
using internal::ProfileField;
using internal::ProfileFields;
using internal::Quoted;

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
  names.push_back(absl::StrCat(kProfilesSection, ".NAME"));
  return absl::StrJoin(names, ", ");
}

const Field* FindField(absl::string_view section, absl::string_view name) {
  for (const Field& f : Fields()) {
    if (section == f.section && name == f.name) return &f;
  }
  return nullptr;
}

const ProfileField* FindProfileField(absl::string_view name) {
  for (const ProfileField& f : ProfileFields()) {
    if (name == f.name) return &f;
  }
  return nullptr;
}

std::string ProfileKeys() {
  return absl::StrJoin(ProfileFields(), ", ", [](std::string* out, const ProfileField& f) {
    absl::StrAppend(out, f.name);
  });
}

// Letters, digits, '-' and '_', so that a key may be written with dots.
bool IsProfileName(absl::string_view name) {
  return !name.empty() && name.size() <= 64 && std::all_of(name.begin(), name.end(), [](char c) {
    return absl::ascii_isalnum(c) || c == '-' || c == '_';
  });
}

absl::Status BadProfileName(absl::string_view name) {
  return absl::InvalidArgumentError(absl::StrCat(
      "the profile's name \"", name, "\" must have 1 to 64 letters, digits, '-' or '_'"));
}

absl::Status Wrong(absl::string_view wanted) {
  return absl::InvalidArgumentError(absl::StrCat("must be ", wanted));
}

struct Range {
  double min, max;
  absl::Status (*check)(absl::string_view text) = nullptr;
};

absl::Status CheckRange(const Range& range, double value, absl::string_view unit) {
  if (value >= range.min && value <= range.max) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("must be between ", range.min, " and ", range.max, unit));
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
  Setter(Range range, const toml::node& node) : range_(range), node_(node) {}

  absl::Status operator()(std::string* out) const {
    const auto value = node_.value_exact<std::string>();
    if (!value) return Wrong("a string");
    if (value->find('\0') != std::string::npos) return Wrong("a string without a NUL");
    if (range_.check != nullptr) FN_RETURN_IF_ERROR(range_.check(*value));
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
    FN_RETURN_IF_ERROR(CheckRange(range_, *value, ""));
    *out = *value;
    return absl::OkStatus();
  }
  absl::Status operator()(std::optional<double>* out) const {
    double value = 0;
    FN_RETURN_IF_ERROR((*this)(&value));
    *out = value;
    return absl::OkStatus();
  }
  absl::Status operator()(absl::Duration* out) const {
    const auto text = node_.value_exact<std::string>();
    absl::Duration value;
    if (!text || !absl::ParseDuration(*text, &value)) {
      return Wrong("a duration such as \"30s\", \"500ms\" or \"1m30s\"");
    }
    FN_RETURN_IF_ERROR(CheckRange(range_, absl::ToDoubleSeconds(value), " seconds"));
    *out = value;
    return absl::OkStatus();
  }
  absl::Status operator()(transformer::Precision* out) const { return SetEnum(node_, out); }
  absl::Status operator()(transformer::WeightPrecision* out) const { return SetEnum(node_, out); }
  absl::Status operator()(kernels::KvFormat* out) const { return SetEnum(node_, out); }
  absl::Status operator()(LogFormat* out) const { return SetEnum(node_, out); }
  absl::Status operator()(LogLevel* out) const { return SetEnum(node_, out); }
  absl::Status operator()(retrieval::SearchMode* out) const { return SetEnum(node_, out); }
  absl::Status operator()(retrieval::Fusion* out) const { return SetEnum(node_, out); }

 private:
  template <typename Integer>
  absl::Status SetInteger(Integer* out) const {
    const auto value = node_.value_exact<int64_t>();
    if (!value) return Wrong("a whole number");
    FN_RETURN_IF_ERROR(CheckRange(range_, static_cast<double>(*value), ""));
    *out = static_cast<Integer>(*value);
    return absl::OkStatus();
  }

  const Range range_;
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
    const absl::Status status =
        std::visit(Setter({field->min, field->max}, node), field->ref(*config));
    if (!status.ok()) {
      return At(file, node.source(), absl::StrCat(field->key(), " ", status.message()));
    }
  }
  return absl::OkStatus();
}

absl::Status ApplyProfile(absl::string_view file, absl::string_view name, const toml::table& table,
                          RankingProfile* profile) {
  for (const auto& [key, node] : table) {
    const absl::string_view field_name(key.str().data(), key.str().size());
    const ProfileField* field = FindProfileField(field_name);
    const std::string whole = absl::StrCat(kProfilesSection, ".", name, ".", field_name);
    if (field == nullptr) {
      return At(
          file, key.source(),
          absl::StrCat("unknown key \"", whole, "\"; the keys of a profile are ", ProfileKeys()));
    }
    const absl::Status status =
        std::visit(Setter({field->min, field->max, field->check}, node), field->ref(*profile));
    if (!status.ok()) return At(file, node.source(), absl::StrCat(whole, " ", status.message()));
  }
  return absl::OkStatus();
}

absl::Status ApplyProfiles(absl::string_view file, const toml::table& table, Config* config) {
  for (const auto& [key, node] : table) {
    const absl::string_view name(key.str().data(), key.str().size());
    if (!IsProfileName(name)) return At(file, key.source(), BadProfileName(name).message());
    if (!node.is_table()) {
      return At(file, key.source(),
                absl::StrCat("a profile is a section of its own: [profiles.", name, "]"));
    }
    FN_RETURN_IF_ERROR(
        ApplyProfile(file, name, *node.as_table(), &config->profiles[std::string(name)]));
  }
  return absl::OkStatus();
}

absl::Status ApplyTable(absl::string_view file, const toml::table& table, Config* config) {
  for (const auto& [key, node] : table) {
    const absl::string_view section(key.str().data(), key.str().size());
    if (section == kProfilesSection && node.is_table()) {
      FN_RETURN_IF_ERROR(ApplyProfiles(file, *node.as_table(), config));
      continue;
    }
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

// Whether a value given on the command line may lack its quotes.
bool IsText(const FieldRef& ref) {
  return !std::holds_alternative<bool*>(ref) && !std::holds_alternative<int*>(ref) &&
         !std::holds_alternative<uint64_t*>(ref) && !std::holds_alternative<double*>(ref) &&
         !std::holds_alternative<std::optional<double>*>(ref);
}

absl::Status UnknownSetting(absl::string_view key) {
  return absl::InvalidArgumentError(absl::StrCat(
      "unknown setting \"", key, "\"; the settings are ", absl::StrJoin(ConfigKeys(), ", "),
      ", and of a ranking profile ", kProfilesSection, ".NAME. before ", ProfileKeys()));
}

// What a key names: where the value goes and its range.
struct Target {
  FieldRef ref;
  Range range;
};

absl::StatusOr<Target> FindTarget(absl::string_view key, Config* config) {
  const size_t dot = key.find('.');
  if (dot == absl::string_view::npos) return UnknownSetting(key);
  const absl::string_view section = key.substr(0, dot), rest = key.substr(dot + 1);
  if (section == kProfilesSection) {
    const size_t end = rest.find('.');
    const ProfileField* field =
        end == absl::string_view::npos ? nullptr : FindProfileField(rest.substr(end + 1));
    if (field == nullptr) return UnknownSetting(key);
    const absl::string_view name = rest.substr(0, end);
    if (!IsProfileName(name)) {
      return absl::InvalidArgumentError(absl::StrCat(key, ": ", BadProfileName(name).message()));
    }
    return Target{field->ref(config->profiles[std::string(name)]),
                  {field->min, field->max, field->check}};
  }
  const Field* field = FindField(section, rest);
  if (field == nullptr) return UnknownSetting(key);
  return Target{field->ref(*config), {field->min, field->max}};
}

absl::Status ApplyOverride(const Override& override, Config* config) {
  const auto& [key, value] = override;
  Config changed = *config;  // a wrong value makes no profile
  FN_ASSIGN_OR_RETURN(const Target target, FindTarget(key, &changed));
  const bool is_list = std::holds_alternative<std::vector<std::string>*>(target.ref);
  const bool quoted = !value.empty() && (value[0] == '"' || value[0] == '\'' || value[0] == '[');
  std::string text = value;
  if (IsText(target.ref) && !quoted) {
    text = is_list ? absl::StrCat("[", Quoted(value), "]") : Quoted(value);
  }
  absl::StatusOr<toml::table> table = ParseToml(absl::StrCat("value = ", text), key);
  if (!table.ok() || table->size() != 1) {
    return absl::InvalidArgumentError(absl::StrCat(key, ": can't read the value \"", value, "\""));
  }
  const absl::Status status = std::visit(Setter(target.range, *table->get("value")), target.ref);
  if (!status.ok()) return absl::InvalidArgumentError(absl::StrCat(key, " ", status.message()));
  *config = std::move(changed);
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

absl::StatusOr<RankingProfile> FindProfile(const Config& config, absl::string_view name) {
  if (name.empty()) name = kDefaultProfile;
  const auto it = config.profiles.find(std::string(name));
  if (it != config.profiles.end()) return it->second;
  if (name == kDefaultProfile) {
    RankingProfile profile;
    profile.ranking.dense_weight = config.answer.dense_weight;
    return profile;
  }
  std::vector<std::string> names;
  names.reserve(config.profiles.size() + 1);
  for (const auto& [known, unused] : config.profiles) names.push_back(known);
  if (!config.profiles.contains(kDefaultProfile)) names.emplace_back(kDefaultProfile);
  return absl::InvalidArgumentError(absl::StrCat(
      "unknown ranking profile \"", name, "\"; the profiles are ", absl::StrJoin(names, ", ")));
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
