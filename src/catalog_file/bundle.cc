#include "base/encoding.h"
#include "base/json.h"
#include "catalog_file/catalog_file.h"
#include "catalog_file/forms.h"

namespace postern::catalog_file {
namespace {

constexpr const char* format = "postern-catalog/1";

}  // namespace

Bytes bundle(const Sources& sources) {
  json::Object files;
  for (const auto& [path, text] : sources.files) files.emplace(path, text);
  return json::canonical(json::Object{{"format", format}, {"files", std::move(files)}});
}

Result<Sources> unbundle(std::string_view bytes) {
  const json::Value value = TRY(json::parse(bytes, {.bytes_max = bundle_bytes_max, .depth_max = 2}));
  const json::Value* files = value.find("files");
  if (value.text_at("format") != format || files == nullptr || files->as_object() == nullptr)
    return fail(ErrorCode::invalid,
                std::string("This is no catalog bundle. One begins with the format \"") + format + "\".");
  Sources out;
  for (const auto& [path, text] : *files->as_object()) {
    if (!is_part_path(path) && !is_playbook_path(path) && !is_metadata_path(path))
      return fail(ErrorCode::invalid,
                  "A catalog bundle holds the catalog (.yaml), playbooks (.md) and SAML metadata (.xml), and "
                  "this one something else.");
    if (text.as_string() == nullptr || text.as_string()->size() > file_bytes_max)
      return fail(ErrorCode::invalid, "A file in this catalog bundle is no text, or too large.");
    out.files.emplace(path, *text.as_string());
  }
  if (out.files.size() > files_max || !out.files.contains(std::string(catalog_path)))
    return fail(ErrorCode::invalid, "This catalog bundle has no catalog.yaml, or too many files.");
  if (bundle(out) != bytes)
    return fail(ErrorCode::invalid,
                "This catalog bundle is not in canonical form. Make it again with Postern.");
  return out;
}

}  // namespace postern::catalog_file
