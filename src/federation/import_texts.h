#pragma once

#include <string_view>

/// The texts of import_steps.h, with named places in braces for fmt. Inside this folder only. They
/// use names of: account, arn, certificate_files, digest, facts, file, file_url, name, policy, portal,
/// process, region, request, role, state.
namespace postern::federation {

extern const std::string_view iam_steps_en;
extern const std::string_view iam_steps_ja;
extern const std::string_view identity_center_steps_en;
extern const std::string_view identity_center_steps_ja;

}  // namespace postern::federation
