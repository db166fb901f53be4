#pragma once

#include <memory>
#include <string>

#include "base/secret.h"
#include "cli/commands.h"
#include "ledger/note.h"

namespace postern {

/// A server's folder: ledger.db (docs/storage.md), ledger.key (the log's private key), ledger.vkey (its
/// public key), token.key, checkpoint (the newest one published). Keys are made on first use, mode 0600;
/// `postern backup` will name them.
class StateFolder {
 public:
  /// `origin` names a new ledger; "" makes one up. For an existing ledger it must be its name, or "".
  static Result<StateFolder> open(const std::string& path, const std::string& origin, Random& random);

  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] const ledger::NoteSigner& signer() const { return *signer_; }
  [[nodiscard]] const Secret& token_key() const { return token_key_; }
  [[nodiscard]] std::optional<std::string> last_checkpoint() const;
  /// Keeps a checkpoint. Not synced: it may lag behind after a power loss, and then only says less.
  void keep_checkpoint(const std::string& note) const;

 private:
  std::string path_;
  std::shared_ptr<const ledger::NoteSigner> signer_;
  Secret token_key_;
};

/// The ledger in a state folder, for reading beside a server or after one.
Result<std::unique_ptr<cli::LedgerSource>> open_state_for_reading(const std::string& path);

}  // namespace postern
