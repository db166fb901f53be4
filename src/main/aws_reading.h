#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "aws/role_credentials.h"
#include "base/instant.h"
#include "broker/broker.h"
#include "http/client.h"

namespace postern {

/// The server's eyes in AWS: credentials for probes that read there, the host's own or those of a role that
/// they may assume, through the Regions of the catalog in force. Thread-safe.
class AwsReading {
 public:
  AwsReading(const broker::Broker& broker, http::Client& client, const Clock& clock);
  Result<aws::Credentials> of(const std::string& role_arn);

 private:
  /// What asks STS in these Regions.
  struct Way {
    Way(std::vector<std::string> of, http::Client& client, const Clock& clock);
    std::vector<std::string> regions;
    aws::Sts sts;
    aws::RoleCredentials credentials;
  };
  std::shared_ptr<Way> way();

  const broker::Broker& broker_;
  http::Client& client_;
  const Clock& clock_;
  std::mutex mutex_;  ///< guards way_
  std::shared_ptr<Way> way_;
};

}  // namespace postern
