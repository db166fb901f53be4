#include "incident/kinds.h"

/// ServiceNow's Table API (servicenow.com/docs, "Table API") on the table `incident`. Its states in the
/// base system: 1 new, 2 in progress, 3 on hold, 6 resolved, 7 closed, 8 cancelled.
namespace postern::incident {
namespace {

constexpr std::size_t short_description_bytes_max = 160;  // the base system's column
constexpr std::string_view fields = "sys_id,number,short_description,state,correlation_id";

/// An incident and the name of its record.
struct Record {
  Incident incident;
  std::string sys_id;
};

bool is_sys_id(std::string_view text) {
  return text.size() == 32 && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

Result<Record> read(const json::Value& row, const std::string& address) {
  const std::string number(row.text_at("number"));
  const std::string sys_id(row.text_at("sys_id"));
  const std::string_view state = row.text_at("state");
  if (!check_number(number, "") || !is_sys_id(sys_id) || state.empty())
    return unexpected_answer("holds an incident without number, state or sys_id");
  return Record{.incident = {.number = number,
                             .is_open = state != "6" && state != "7" && state != "8",
                             .title = one_line(row.text_at("short_description"), title_bytes_max),
                             .url = for_people(address + "/nav_to.do?uri=" +
                                               http::percent_encoded("incident.do?sys_id=" + sys_id))},
                .sys_id = sys_id};
}

class ServiceNow : public Provider {
 public:
  explicit ServiceNow(Settings settings) : settings_(std::move(settings)) {}

  [[nodiscard]] Result<void> check(const std::string& number) const override {
    return check_number(number, "");
  }
  [[nodiscard]] std::string nobodys_number() const override { return "INC0000000"; }
  Result<Incident> find(const std::string& number) override {
    TRY(check_number(number, ""));
    Conversation conversation(settings_, TRY(authorization()));
    return TRY(numbered(conversation, number)).incident;
  }

  Result<Incident> create(const Draft& draft) override {
    TRY(check_key(draft.key));
    const std::string tag = tag_of(draft.key);
    Conversation conversation(settings_, TRY(authorization()));
    if (std::optional<Record> before = TRY(first_with(conversation, "correlation_id", tag)))
      return std::move(before->incident);
    const json::Value answer = TRY(
        conversation.ask({.method = "POST",
                          .url = table() + "?sysparm_fields=" + http::percent_encoded(fields),
                          .body = {{"short_description", one_line(draft.title, short_description_bytes_max)},
                                   {"description", many_lines(draft.body, text_bytes_max)},
                                   {"correlation_id", tag},
                                   {"correlation_display", "Postern"}},
                          .delivery = Call::Delivery::once}));
    return TRY(result_of(answer)).incident;
  }

  Result<void> append(const std::string& number, const std::string& /*key*/,
                      const std::string& note) override {
    TRY(check_number(number, ""));
    Conversation conversation(settings_, TRY(authorization()));
    const Record record = TRY(numbered(conversation, number));
    TRY(change(conversation, record, {{"work_notes", many_lines(note, text_bytes_max)}}));
    return {};
  }

  Result<void> close(const std::string& number, const std::string& note) override {
    TRY(check_number(number, ""));
    Conversation conversation(settings_, TRY(authorization()));
    const Record record = TRY(numbered(conversation, number));
    if (!record.incident.is_open) return {};
    const std::string code = settings_.text("close_code");
    const Record after = TRY(
        change(conversation, record,
               {{"state", "7"},
                {"close_code", code.empty() ? std::string("Solution provided") : code},
                {"close_notes", many_lines(note.empty() ? "Closed by Postern." : note, text_bytes_max)}}));
    // A business rule may undo a change and still answer 200.
    if (after.incident.is_open) return unexpected_answer("says that the incident is still open");
    return {};
  }

 private:
  [[nodiscard]] Result<std::string> authorization() const {
    return settings_.has("token") ? bearer(settings_, "token") : basic(settings_, "password");
  }

  [[nodiscard]] std::string table() const { return settings_.address() + "/api/now/table/incident"; }

  [[nodiscard]] Result<Record> result_of(const json::Value& answer) const {
    const json::Value* const result = answer.find("result");
    if (result == nullptr) return unexpected_answer("holds no result");
    return read(*result, settings_.address());
  }

  /// The first record whose field has that value, which must hold nothing that means something in an encoded
  /// query. An instance leaves out a condition that it cannot read and answers with every incident, so what
  /// it answers is compared.
  [[nodiscard]] Result<std::optional<Record>> first_with(Conversation& conversation, const std::string& field,
                                                         const std::string& value) const {
    const Result<json::Value> answer =
        conversation.ask({.url = table() + "?sysparm_query=" + http::percent_encoded(field + "=" + value) +
                                 "&sysparm_limit=1&sysparm_fields=" + http::percent_encoded(fields)});
    // Older releases answer 404 for an empty list.
    if (!answer && answer.error().code == ErrorCode::not_found) return std::nullopt;
    if (!answer) return tl::unexpected(answer.error());
    const json::Value* const rows = answer->find("result");
    if (rows == nullptr || rows->as_array() == nullptr)
      return unexpected_answer("holds no list of incidents");
    if (rows->as_array()->empty()) return std::nullopt;
    const json::Value& row = rows->as_array()->front();
    if (row.text_at(field) != value)
      return unexpected_answer("holds another incident than the one asked for");
    return TRY(read(row, settings_.address()));
  }

  [[nodiscard]] Result<Record> numbered(Conversation& conversation, const std::string& number) const {
    std::optional<Record> found = TRY(first_with(conversation, "number", number));
    if (!found)
      return fail(ErrorCode::not_found,
                  "The ticket system knows no incident " + number + ". Check the number.");
    return *std::move(found);
  }

  Result<Record> change(Conversation& conversation, const Record& record, json::Object body) const {
    const json::Value answer = TRY(conversation.ask(
        {.method = "PATCH",
         .url = table() + "/" + record.sys_id + "?sysparm_fields=" + http::percent_encoded(fields),
         .body = std::move(body),
         .delivery = Call::Delivery::once}));
    return result_of(answer);
  }

  Settings settings_;
};

}  // namespace

std::unique_ptr<Provider> make_servicenow(Settings settings) {
  return std::make_unique<ServiceNow>(std::move(settings));
}

}  // namespace postern::incident
