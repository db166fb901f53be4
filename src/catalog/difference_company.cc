#include <fmt/format.h>

#include <algorithm>

#include "catalog/difference_parts.h"

namespace postern::catalog {
namespace {

Part organization_of(const Pair& pair, const Organization& organization) {
  const auto& [name, emergency_account, management_account, log_archive_account, sts_regions, direct_alert,
               language] = organization;
  const auto says_account = [&](const std::optional<AccountId>& id) {
    return id ? says(pair.account(*id)) : Says{};
  };
  Part out{.where = "organization", .name = "The organization"};
  out.say_of("The emergency account", Weight::power, "emergency_account", "is",
             says(pair.account(emergency_account)));
  out.say_of("The management account", Weight::safety, "management_account", "is",
             says_account(management_account));
  out.say_of("The log archive account", Weight::safety, "log_archive_account", "is",
             says_account(log_archive_account));
  out.say_of("STS", Weight::safety, "sts_regions", "is asked in this order:", says(joined(sts_regions)));
  out.say_of("The direct alert of AWS", Weight::safety, "direct_alert", "goes to",
             direct_alert.empty() ? Says{} : says(direct_alert));
  out.say_of("What goes to no person alone", Weight::detail, "language", "is written in",
             says_language(language));
  out.say(Weight::detail, "name", "is named", says(quoted(name)));
  return out;
}

Part identity_center_of(const Pair& pair, const IdentityCenter& center) {
  const auto& [account, region, access_portal] = center;
  Part out{.where = "federation.identity_center", .name = "IAM Identity Center"};
  out.say(Weight::safety, "account", "is in the account", says(pair.account(account)));
  out.say(Weight::safety, "region", "is in the Region", says(region));
  out.say(Weight::safety, "access_portal", "has its portal at",
          access_portal.empty() ? Says{} : says(access_portal));
  return out;
}

std::vector<Aspect> saml_of(const Pair& pair, const std::vector<SamlProvider>& providers) {
  Says out;
  for (const SamlProvider& each : providers) {
    const auto& [account, name] = each;
    out.push_back(fmt::format("{} in {}", quoted(name), pair.account(account)));
  }
  return {
      {Weight::safety, "federation.iam_saml", "Federation", "uses the IAM SAML provider", std::move(out)}};
}

Part account_of(const Pair& pair, const Account& account) {
  const auto& [id, name, tags] = account;
  Part out{.where = "accounts." + id.text(), .name = "Account " + pair.account(id), .weight = Weight::detail};
  Says quoted_tags;
  for (const std::string& each : tags) quoted_tags.push_back(quoted(each));
  out.say(Weight::detail, "name", "is named", says(quoted(name)));
  out.say(Weight::detail, "tags", "is tagged", std::move(quoted_tags));
  return out;
}

void compare_accounts(const Pair& pair, Changes& out) {
  std::map<AccountId, Account> before;
  std::map<AccountId, Account> after;
  for (const Account& each : pair.before.accounts) before.emplace(each.id, each);
  for (const Account& each : pair.after.accounts) after.emplace(each.id, each);
  compare_maps(
      before, after, [&](const AccountId& /*id*/, const Account& each) { return account_of(pair, each); },
      out);
  const auto same = [](const auto& a, const auto& b) { return a.id == b.id; };
  const auto same_key = [](const auto& a, const auto& b) { return a.first == b.first; };
  if (std::equal(before.begin(), before.end(), after.begin(), after.end(), same_key) &&
      !std::equal(pair.before.accounts.begin(), pair.before.accounts.end(), pair.after.accounts.begin(),
                  pair.after.accounts.end(), same))
    out.add(Weight::detail, "accounts", "The accounts stand in another order.");
}

/// Which lines are new and which are gone; a line that moved is neither.
void compare_texts(std::string_view noun, Weight weight, const std::map<std::string, std::string>& before,
                   const std::map<std::string, std::string>& after, Changes& out) {
  const auto lines_of = [](std::string_view text) {
    Says lines;
    for (std::size_t end = text.find('\n'); end != std::string_view::npos; end = text.find('\n')) {
      lines.emplace_back(text.substr(0, end));
      text.remove_prefix(end + 1);
    }
    lines.emplace_back(text);
    return lines;
  };
  walk_both(before, after, [&](const std::string& path, const std::string* was, const std::string* is) {
    const auto tell = [&](const std::string& what) {
      out.add(weight, path, fmt::format("{} {} {}.", noun, path, what));
    };
    const auto lines_more = [&](const std::string& in, const std::string& than) {
      return counted(std::ssize(surplus(lines_of(in), lines_of(than))), "line");
    };
    if (was == nullptr) return tell("is new, with " + counted(std::ssize(lines_of(*is)), "line"));
    if (is == nullptr) return tell("is removed");
    if (*was == *is) return;
    const std::string added = lines_more(*is, *was);
    const std::string removed = lines_more(*was, *is);
    tell(added == removed && added.starts_with("0 ")
             ? "has its lines in another order"
             : fmt::format("changes: {} added, {} removed", added, removed));
  });
}

}  // namespace

void compare_company(const Pair& pair, Changes& out) {
  const auto& [before, after] = pair;
  compare(organization_of(pair, before.organization).aspects,
          organization_of(pair, after.organization).aspects, out);
  const auto& [identity_center, iam_saml] = after.federation;
  const auto center = [&](const IdentityCenter& each) { return identity_center_of(pair, each); };
  compare(part_of_optional(before.federation.identity_center, center),
          part_of_optional(identity_center, center), out);
  compare(saml_of(pair, before.federation.iam_saml), saml_of(pair, iam_saml), out);
  compare_accounts(pair, out);
}

void compare_files(const Pair& pair, Changes& out) {
  compare_texts("The copy of SAML metadata", Weight::safety, pair.before.trusted_copies,
                pair.after.trusted_copies, out);
  compare_texts("Playbook", Weight::detail, pair.before.playbooks, pair.after.playbooks, out);
}

}  // namespace postern::catalog
