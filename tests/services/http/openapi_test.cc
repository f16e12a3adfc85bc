#include "services/http/openapi.h"

#include <set>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "footnote/v1/footnote.pb.h"
#include "gmock/gmock.h"
#include "google/protobuf/descriptor.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "services/http/routes.h"

namespace footnote::services {
namespace {

using nlohmann::json;
namespace pb = google::protobuf;

json Document() {
  const absl::string_view text = OpenApiJson();
  return json::parse(text.begin(), text.end());
}

// Handlers aren't called, so that their parts may be missing.
std::set<std::string> Routes() {
  std::set<std::string> routes;
  for (const Route& route : ApiRoutes(HttpDoor{nullptr, nullptr}, nullptr, nullptr)) {
    routes.insert(absl::StrCat(route.method, " ", route.path));
  }
  return routes;
}

TEST(OpenApiTest, DescribesEveryRouteAndNoOther) {
  std::set<std::string> described;
  const json document = Document();
  for (const auto& [path, operations] : document["paths"].items()) {
    for (const auto& [method, operation] : operations.items()) {
      described.insert(absl::StrCat(absl::AsciiStrToUpper(method), " ", path));
      EXPECT_FALSE(operation["summary"].get<std::string>().empty()) << path;
      EXPECT_TRUE(operation["responses"].contains("200")) << path;
    }
  }
  EXPECT_EQ(described, Routes());
}

void CheckReferences(const json& document, const json& node) {
  if (node.is_object() && node.contains("$ref")) {
    const std::string ref = node["$ref"];
    ASSERT_TRUE(absl::StartsWith(ref, "#/")) << ref;
    EXPECT_TRUE(document.contains(json::json_pointer(ref.substr(1)))) << ref;
  }
  if (node.is_structured()) {
    for (const auto& child : node) CheckReferences(document, child);
  }
}

TEST(OpenApiTest, EveryReferenceHasATarget) {
  const json document = Document();
  EXPECT_EQ(document["openapi"], "3.1.0");
  CheckReferences(document, document);
}

TEST(OpenApiTest, SchemasHaveTheFieldsOfTheMessages) {
  const json schemas = Document()["components"]["schemas"];
  const pb::FileDescriptor* file = v1::AskRequest::descriptor()->file();
  for (const auto& [name, schema] : schemas.items()) {
    if (name == "Error") continue;
    const pb::Descriptor* message = file->FindMessageTypeByName(name);
    ASSERT_NE(message, nullptr) << name;
    std::set<std::string> fields, properties;
    for (int i = 0; i < message->field_count(); ++i) fields.insert(message->field(i)->name());
    for (const auto& [property, type] : schema["properties"].items()) {
      properties.insert(property);
      const pb::FieldDescriptor* field = message->FindFieldByName(property);
      if (field != nullptr && field->type() == pb::FieldDescriptor::TYPE_ENUM) {
        for (int i = 0; i < field->enum_type()->value_count(); ++i) {
          EXPECT_EQ(type["enum"][i], field->enum_type()->value(i)->name()) << property;
        }
      }
    }
    EXPECT_EQ(properties, fields) << name;
  }
}

TEST(OpenApiTest, UrlParametersAreTheMessagesFields) {
  const json document = Document();
  const std::pair<const char*, const char*> pairs[] = {{"/v1/ask", "AskRequest"},
                                                       {"/v1/search", "SearchRequest"},
                                                       {"/v1/document", "GetDocumentRequest"}};
  for (const auto& [path, schema] : pairs) {
    std::set<std::string> parameters, fields;
    for (const json& parameter : document["paths"][path]["get"]["parameters"]) {
      if (parameter.contains("name")) parameters.insert(parameter["name"]);
    }
    for (const auto& [name, type] :
         document["components"]["schemas"][schema]["properties"].items()) {
      fields.insert(name);
    }
    EXPECT_EQ(parameters, fields) << path;
  }
}

}  // namespace
}  // namespace footnote::services
