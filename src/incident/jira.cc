#include <algorithm>

#include "incident/kinds.h"

/// Jira Cloud's REST API v3 (developer.atlassian.com/cloud/jira/platform/rest/v3): issues by key, texts in
/// the Atlassian Document Format, closed through a transition to a status of the category "done". The search
/// may lag behind by some seconds ("recent updates might not be immediately visible"): a second create within
/// that time makes a second issue.
namespace postern::incident {
namespace {

constexpr std::size_t transitions_max = 200;

/// "OPS-7": letters, digits and underscores, a hyphen, digits.
Result<void> check_issue(std::string_view number) {
  TRY(check_number(number, "-_"));
  const std::string_view digits = number.substr(std::min(number.find('-'), number.size()));
  if (digits.size() > 1 && digits.substr(1).find_first_not_of("0123456789") == std::string_view::npos)
    return {};
  return fail(ErrorCode::invalid,
              "\"" + one_line(number, 64) + "\" is not the key of a Jira issue. Give it as OPS-7.");
}

/// Plain text as a document: one paragraph for each line. An empty text node is refused by Jira.
json::Object document_of(std::string_view text) {
  json::Array paragraphs;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    json::Object paragraph{{"type", "paragraph"}};
    if (!line.empty())
      paragraph.emplace("content", json::Array{json::Object{{"type", "text"}, {"text", line}}});
    paragraphs.emplace_back(std::move(paragraph));
  }
  return {{"type", "doc"}, {"version", 1}, {"content", std::move(paragraphs)}};
}

/// The category of a status: "new", "indeterminate" or "done"; "" when it has none.
std::string_view category_of(const json::Value* status) {
  const json::Value* const category = status == nullptr ? nullptr : status->find("statusCategory");
  return category == nullptr ? "" : category->text_at("key");
}

bool has_label(const json::Value& issue, std::string_view label) {
  const json::Value* const fields = issue.find("fields");
  const json::Value* const labels = fields == nullptr ? nullptr : fields->find("labels");
  if (labels == nullptr || labels->as_array() == nullptr) return false;
  return std::any_of(labels->as_array()->begin(), labels->as_array()->end(), [&](const json::Value& each) {
    return each.as_string() != nullptr && *each.as_string() == label;
  });
}

class Jira : public Provider {
 public:
  explicit Jira(Settings settings) : settings_(std::move(settings)) {}

  [[nodiscard]] Result<void> check(const std::string& number) const override { return check_issue(number); }
  [[nodiscard]] std::string nobodys_number() const override { return "NONE-0"; }
  Result<Incident> find(const std::string& number) override {
    TRY(check_issue(number));
    Conversation conversation(settings_, TRY(authorization()));
    return look_up(conversation, number);
  }

  Result<Incident> create(const Draft& draft) override {
    TRY(check_key(draft.key));
    const std::string label = tag_of(draft.key);
    json::Object body = TRY(new_issue(draft, label));
    Conversation conversation(settings_, TRY(authorization()));
    if (std::optional<Incident> before = TRY(labelled(conversation, label))) return *std::move(before);
    const json::Value answer = TRY(conversation.ask({.method = "POST",
                                                     .url = api() + "/issue",
                                                     .body = std::move(body),
                                                     .delivery = Call::Delivery::once}));
    const std::string number(answer.text_at("key"));
    if (!check_issue(number)) return unexpected_answer("to creating an issue holds no key");
    return Incident{.number = number,
                    .is_open = true,
                    .title = one_line(draft.title, draft_title_bytes_max),
                    .url = page_of(number)};
  }

  Result<void> append(const std::string& number, const std::string& /*key*/,
                      const std::string& note) override {
    TRY(check_issue(number));
    Conversation conversation(settings_, TRY(authorization()));
    return comment(conversation, number, note);
  }

  /// The note comes first: some workflows let nobody comment on what is done. A retry after the transition
  /// failed shows it twice.
  Result<void> close(const std::string& number, const std::string& note) override {
    TRY(check_issue(number));
    Conversation conversation(settings_, TRY(authorization()));
    if (!TRY(look_up(conversation, number)).is_open) return {};
    const std::string way = TRY(way_to_done(conversation, number));
    if (!note.empty()) TRY(comment(conversation, number, note));
    TRY(conversation.ask({.method = "POST",
                          .url = issue(number) + "/transitions",
                          .body = {{"transition", json::Object{{"id", way}}}},
                          .delivery = Call::Delivery::once}));
    return {};
  }

 private:
  [[nodiscard]] Result<std::string> authorization() const {
    return settings_.has("username") ? basic(settings_, "token") : bearer(settings_, "token");
  }

  [[nodiscard]] std::string api() const { return settings_.address() + "/rest/api/3"; }
  [[nodiscard]] std::string issue(const std::string& number) const {
    return api() + "/issue/" + http::percent_encoded(number);
  }
  [[nodiscard]] std::string page_of(const std::string& number) const {
    return for_people(settings_.address() + "/browse/" + number);
  }

  [[nodiscard]] Result<json::Object> new_issue(const Draft& draft, const std::string& label) const {
    const std::string type = settings_.text("issue_type");
    return json::Object{
        {"fields",
         json::Object{{"project", json::Object{{"key", TRY(settings_.needed("project"))}}},
                      {"issuetype", json::Object{{"name", type.empty() ? std::string("Incident") : type}}},
                      {"summary", one_line(draft.title, draft_title_bytes_max)},
                      {"description", document_of(many_lines(draft.body, text_bytes_max))},
                      {"labels", json::Array{label}}}}};
  }

  /// An issue that was moved answers under its new key.
  [[nodiscard]] Result<Incident> read(const json::Value& answer) const {
    const std::string number(answer.text_at("key"));
    const json::Value* const fields = answer.find("fields");
    if (!check_issue(number) || fields == nullptr) return unexpected_answer("describes no issue");
    const std::string_view category = category_of(fields->find("status"));
    if (category.empty()) return unexpected_answer("does not say whether the issue is done");
    return Incident{.number = number,
                    .is_open = category != "done",
                    .title = one_line(fields->text_at("summary"), title_bytes_max),
                    .url = page_of(number)};
  }

  [[nodiscard]] Result<Incident> look_up(Conversation& conversation, const std::string& number) const {
    return read(TRY(conversation.ask({.url = issue(number) + "?fields=summary,status"})));
  }

  /// What the answer holds is compared: without its condition a search finds everything.
  [[nodiscard]] Result<std::optional<Incident>> labelled(Conversation& conversation,
                                                         const std::string& label) const {
    const json::Value answer =
        TRY(conversation.ask({.method = "POST",
                              .url = api() + "/search/jql",
                              .body = {{"jql", "labels = \"" + label + "\""},
                                       {"maxResults", 1},
                                       {"fields", json::Array{"summary", "status", "labels"}}}}));
    const json::Value* const issues = answer.find("issues");
    if (issues == nullptr || issues->as_array() == nullptr) return unexpected_answer("lists no issues");
    if (issues->as_array()->empty()) return std::nullopt;
    const json::Value& first = issues->as_array()->front();
    if (!has_label(first, label)) return unexpected_answer("holds another issue than the one asked for");
    return TRY(read(first));
  }

  Result<void> comment(Conversation& conversation, const std::string& number, const std::string& note) const {
    const json::Value answer =
        TRY(conversation.ask({.method = "POST",
                              .url = issue(number) + "/comment",
                              .body = {{"body", document_of(many_lines(note, text_bytes_max))}},
                              .delivery = Call::Delivery::once}));
    return answer.text_at("id").empty() ? unexpected_answer("does not hold the new comment") : Result<void>();
  }

  [[nodiscard]] Result<std::string> way_to_done(Conversation& conversation, const std::string& number) const {
    const json::Value answer = TRY(conversation.ask({.url = issue(number) + "/transitions"}));
    const json::Value* const transitions = answer.find("transitions");
    if (transitions == nullptr || transitions->as_array() == nullptr)
      return unexpected_answer("lists no transitions");
    std::size_t seen = 0;
    for (const json::Value& each : *transitions->as_array()) {
      if (++seen > transitions_max) break;
      const std::string id(each.text_at("id"));
      if (category_of(each.find("to")) == "done" && check_number(id, "")) return id;
    }
    return fail(
        ErrorCode::invalid,
        "The workflow of " + number + " has no transition to done that we may use. Close the issue by hand.");
  }

  Settings settings_;
};

}  // namespace

std::unique_ptr<Provider> make_jira(Settings settings) { return std::make_unique<Jira>(std::move(settings)); }

}  // namespace postern::incident
