#include "store/sqlite.h"

#include <filesystem>
#include <utility>

#include "store/batch.h"
#include "store/sqlite_reader.h"
#include "store/sqlite_writer.h"

namespace postern::store {
namespace {

constexpr std::chrono::milliseconds read_deadline{5000};

/// One file, one name: the lock must not depend on which symbolic link somebody came by.
std::string real_path(const std::string& path) {
  std::error_code error;
  const std::filesystem::path real = std::filesystem::weakly_canonical(path, error);
  return error ? path : real.string();
}

class SqliteStore final : public Store {
 public:
  SqliteStore(std::unique_ptr<SqliteWriter> writer, std::unique_ptr<SqliteReader> reader)
      : writer_(std::move(writer)), reader_(std::move(reader)) {}

  Result<std::uint64_t> head() override { return reader_->head(); }
  Result<void> append(std::uint64_t expected_size, std::span<const NewEntry> entries) override {
    return writer_->append(expected_size, entries);
  }
  Result<std::vector<StoredEntry>> read(std::uint64_t from, std::size_t count) override {
    return reader_->read(from, count);
  }
  Result<std::optional<std::uint64_t>> find(std::string_view id) override { return writer_->find(id); }
  Result<void> erase_private(std::uint64_t index) override { return writer_->erase_private(index); }
  Result<Digest> put(std::string_view bytes) override { return writer_->put(bytes); }
  Result<Bytes> get(const Digest& name) override { return reader_->get(name); }

 private:
  std::unique_ptr<SqliteWriter> writer_;
  std::unique_ptr<SqliteReader> reader_;
};

class ReadOnlyStore final : public Store {
 public:
  explicit ReadOnlyStore(std::unique_ptr<SqliteReader> reader) : reader_(std::move(reader)) {}

  Result<std::uint64_t> head() override { return reader_->head(); }
  Result<void> append(std::uint64_t, std::span<const NewEntry>) override { return refuse(); }
  Result<std::vector<StoredEntry>> read(std::uint64_t from, std::size_t count) override {
    return reader_->read(from, count);
  }
  Result<std::optional<std::uint64_t>> find(std::string_view id) override { return reader_->find(id); }
  Result<void> erase_private(std::uint64_t) override { return refuse(); }
  Result<Digest> put(std::string_view) override { return refuse(); }
  Result<Bytes> get(const Digest& name) override { return reader_->get(name); }

 private:
  static tl::unexpected<Error> refuse() {
    return fail(ErrorCode::forbidden, "This ledger is open for reading only. Ask the server that writes it.");
  }
  std::unique_ptr<SqliteReader> reader_;
};

}  // namespace

Result<std::unique_ptr<Store>> open_sqlite(const SqliteOptions& options) {
  SqliteOptions real = options;
  real.path = real_path(options.path);
  std::unique_ptr<SqliteWriter> writer = TRY(SqliteWriter::open(real));
  std::unique_ptr<SqliteReader> reader = TRY(SqliteReader::open(real.path, real.deadline));
  return std::make_unique<SqliteStore>(std::move(writer), std::move(reader));
}

Result<std::unique_ptr<Store>> open_sqlite_read_only(const std::string& path) {
  const std::string real = real_path(path);
  std::error_code error;
  if (!std::filesystem::exists(real, error))
    return fail(ErrorCode::not_found, "There is no ledger at " + path + ". Check the path.");
  return std::make_unique<ReadOnlyStore>(TRY(SqliteReader::open(real, read_deadline)));
}

}  // namespace postern::store
