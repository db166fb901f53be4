#include "base/hash.h"
#include "incident/kinds.h"
#include "incident/pointer.h"

/// Any ticket system that speaks JSON over HTTP, by the addresses and JSON pointers that the catalog names.
/// What we send: {"title","text","key"} to create, {"text","key"} as a note, {"text"} to close. Each POST has
/// an Idempotency-Key (the header of draft-ietf-httpapi-idempotency-key-header, as an opaque token): the same
/// for the same thing, so that a server which knows it does nothing twice.
namespace postern::incident {
namespace {

constexpr std::string_view marks = "-_.#";

/// A digest, because a key may hold what a header cannot, and because one number may not stand for two
/// things.
std::string idempotency_key(std::string_view what, std::string_view which, std::string_view text) {
  return sha256({"postern incident idempotency v1\n", what, "\n", which, "\n", text}).hex();
}

class Http : public Provider {
 public:
  explicit Http(Settings settings) : settings_(std::move(settings)) {}

  [[nodiscard]] Result<void> check(const std::string& number) const override {
    return check_number(number, marks);
  }
  [[nodiscard]] std::string nobodys_number() const override { return "0"; }
  Result<Incident> find(const std::string& number) override {
    const std::string url = TRY(address_of("url", number));
    Conversation conversation(settings_, TRY(authorization()));
    return read(TRY(conversation.ask({.url = url})), number);
  }

  Result<Incident> create(const Draft& draft) override {
    TRY(check_key(draft.key));
    Call call{.method = "POST",
              .url = TRY(settings_.needed("create.url")),
              .body = {{"title", one_line(draft.title, draft_title_bytes_max)},
                       {"text", many_lines(draft.body, text_bytes_max)},
                       {"key", draft.key}},
              .headers = {{"idempotency-key", idempotency_key("create", draft.key, "")}},
              .delivery = Call::Delivery::once};
    const std::string pointer = TRY(settings_.needed("create.number"));
    Conversation conversation(settings_, TRY(authorization()));
    const json::Value answer = TRY(conversation.ask(std::move(call)));
    const std::string number = as_text(pointed_at(answer, pointer));
    if (!check_number(number, marks))
      return unexpected_answer("to creating an incident holds no number at create.number");
    return Incident{.number = number,
                    .is_open = true,
                    .title = one_line(draft.title, draft_title_bytes_max),
                    .url = for_people(text_at(answer, "link.pointer"))};
  }

  Result<void> append(const std::string& number, const std::string& key, const std::string& note) override {
    TRY(check_key(key));
    return post("note.url", number, {{"text", many_lines(note, text_bytes_max)}, {"key", key}},
                idempotency_key("note", number, key));
  }

  Result<void> close(const std::string& number, const std::string& note) override {
    return post("close.url", number, {{"text", many_lines(note, text_bytes_max)}},
                idempotency_key("close", number, note));
  }

 private:
  [[nodiscard]] Result<std::string> authorization() const {
    if (!settings_.has("token")) return std::string();
    return bearer(settings_, "token");
  }

  /// The setting with the number in place of each {id}.
  [[nodiscard]] Result<std::string> address_of(std::string_view setting, const std::string& number) const {
    TRY(check_number(number, marks));
    constexpr std::string_view hole = "{id}";
    const std::string filling = http::percent_encoded(number);
    std::string url = TRY(settings_.needed(setting));
    for (std::size_t at = url.find(hole); at != std::string::npos; at = url.find(hole, at + filling.size()))
      url.replace(at, hole.size(), filling);
    return url;
  }

  [[nodiscard]] std::string text_at(const json::Value& answer, std::string_view setting) const {
    return settings_.has(setting) ? as_text(pointed_at(answer, settings_.text(setting))) : "";
  }

  [[nodiscard]] Result<Incident> read(const json::Value& answer, const std::string& number) const {
    if (answer.as_object() == nullptr && answer.as_array() == nullptr)
      return unexpected_answer("describes no incident");
    Incident found{.number = number,
                   .is_open = true,
                   .title = one_line(text_at(answer, "title.pointer"), title_bytes_max),
                   .url = for_people(text_at(answer, "link.pointer"))};
    if (!settings_.has("open_when.pointer")) return found;
    // Nothing there is a fault of the catalog or of the system, and must not read as "closed".
    const json::Value* const state = pointed_at(answer, settings_.text("open_when.pointer"));
    if (state == nullptr) return unexpected_answer("has nothing at open_when.pointer");
    found.is_open = as_text(state) == settings_.text("open_when.equals");
    return found;
  }

  Result<void> post(std::string_view setting, const std::string& number, json::Object body, std::string key) {
    const std::string url = TRY(address_of(setting, number));
    Conversation conversation(settings_, TRY(authorization()));
    TRY(conversation.ask({.method = "POST",
                          .url = url,
                          .body = std::move(body),
                          .headers = {{"idempotency-key", std::move(key)}},
                          .delivery = Call::Delivery::once}));
    return {};
  }

  Settings settings_;
};

}  // namespace

std::unique_ptr<Provider> make_http(Settings settings) { return std::make_unique<Http>(std::move(settings)); }

}  // namespace postern::incident
