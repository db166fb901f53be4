#include "cli/bundle.h"

#include "base/hash.h"

namespace postern::cli {

Result<catalog_file::Sources> fetch_catalog(client::Api& api, const std::string& digest) {
  TRY(Digest::from_hex(digest));
  const json::Value answer = TRY(api.get("/api/v1/catalog/bundles/" + digest));
  const std::string bundle(answer.text_at("bundle"));
  if (sha256(bundle).hex() != digest)
    return fail(ErrorCode::damaged,
                "The server sent another catalog than " + digest.substr(0, 12) + ". Tell the security team.");
  return catalog_file::unbundle(bundle);
}

}  // namespace postern::cli
