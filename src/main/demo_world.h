#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "cli/settings.h"
#include "http/listener.h"
#include "main/child.h"
#include "main/system.h"
#include "sandbox/pretend_aws.h"
#include "sandbox/pretend_idp.h"

namespace postern {

/// Everything around Postern that the demonstration pretends: an AWS with an emergency account and one
/// production account, two IdPs, people with SSH keys, access keys and MFA devices, and the catalog of their
/// company.
class DemoWorld {
 public:
  /// Makes everything in a fresh folder and opens the doors on free loopback ports.
  static Result<std::unique_ptr<DemoWorld>> make();
  ~DemoWorld();
  DemoWorld(const DemoWorld&) = delete;
  DemoWorld& operator=(const DemoWorld&) = delete;

  [[nodiscard]] const std::string& folder() const { return folder_; }
  [[nodiscard]] std::string catalog_file() const { return folder_ + "/catalog/catalog.yaml"; }
  /// The environment in which `person` works.
  [[nodiscard]] Variables environment_of(const std::string& person) const;
  /// The code that aiko's MFA device shows now.
  [[nodiscard]] std::string mfa_code() const;
  [[nodiscard]] int max_size() const;
  [[nodiscard]] std::vector<sandbox::Call> aws_calls() const { return aws_->calls(); }

  void break_both_idps();
  void mend_both_idps();
  void keep_folder() { keep_folder_ = true; }

 private:
  DemoWorld() = default;
  Result<void> make_people();
  Result<void> open_doors();
  Result<void> write_catalog() const;

  std::string folder_;
  bool keep_folder_ = false;
  SystemClock clock_;
  cli::SystemRandom random_;
  Secret access_key_;
  Secret mfa_seed_;
  std::unique_ptr<sandbox::PretendIdp> primary_;
  std::unique_ptr<sandbox::PretendIdp> standby_;
  std::unique_ptr<sandbox::PretendAws> aws_;
  std::unique_ptr<http::Listener> primary_door_;
  std::unique_ptr<http::Listener> standby_door_;
  std::unique_ptr<http::Listener> aws_door_;
};

}  // namespace postern
