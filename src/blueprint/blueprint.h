#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/id.h"
#include "base/json.h"
#include "catalog/catalog.h"

/// The AWS resources that must stand ready before an emergency, as CloudFormation templates made from the
/// catalog. Pure. So far those of processes by iam-user (FM1): the emergency account's named users and
/// emergency roles, and the target roles in the accounts that they lead to. Each choice in them is there for
/// a reason; docs/blueprint.md gives them.
namespace postern::blueprint {

/// What IAM takes (IAM User Guide, "IAM and AWS STS quotas"); white space does not count.
inline constexpr std::size_t trust_policy_size = 2048;         ///< unless raised
inline constexpr std::size_t trust_policy_size_raised = 4096;  ///< the most that it can be raised to
inline constexpr std::size_t managed_policy_size = 6144;
inline constexpr std::size_t managed_policies_max = 10;  ///< for each role and each user, unless raised
/// What one template may have (CloudFormation User Guide, "Understand CloudFormation quotas").
inline constexpr std::size_t template_body_bytes = 51200;  ///< given in the call; a larger one must lie in S3
inline constexpr std::size_t template_bytes_max = 1'000'000;
inline constexpr std::size_t resources_max = 500;

/// One template, and where a stack of it belongs.
struct Stack {
  std::string name;  ///< "postern-emergency-account"; in an account always the same
  std::string
      file;  ///< what the template's file is called, without an ending; of accounts that want the same, one
  json::Value body;
  std::vector<AccountId> accounts;
};

struct Blueprint {
  std::vector<Stack> stacks;       ///< the emergency account's first: the others trust what is in it
  std::vector<std::string> notes;  ///< what whoever deploys must know; plain sentences
};

/// `invalid`, naming the process or role, when the catalog asks for what AWS cannot hold (a policy or a
/// template over its limit, a target role in the emergency account itself), and when two processes share an
/// emergency role and not their requesters, or a target role and not its policies: AWS would let each do what
/// only the other may.
Result<Blueprint> draw(const catalog::Catalog& catalog);

/// An identifier's letters and digits as a logical id, unlike that of any other: "chie.mori" is
/// "chiex2emori".
std::string logical_id(std::string_view prefix, std::string_view name);

}  // namespace postern::blueprint
