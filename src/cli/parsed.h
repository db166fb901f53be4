#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <string>

#include "cli/run.h"
#include "cli/with_server.h"

/// What the command line is parsed into. Only the files that add commands know CLI11, which is slow to
/// compile.
namespace postern::cli {

/// Everything that options are parsed into. Lives as long as the parser.
struct Parsed {
  Settings settings;
  ServeOptions serve;
  DemoOptions demo;
  AttestOptions attest;
  DeclareOptions declare;
  CloseOptions close;
  ExtendOptions extend;
  ReportOptions report;
  OverrideOptions overriding;
  ReviewOptions review;
  FederationOptions federation;
  RequestOptions request;
  DraftsOptions drafts;
  AnswerOptions answer;
  AbsenceOptions absence;
  NoteOptions note;
  AnnounceOptions announce;
  PlaybookOptions playbook;
  AccessOptions access;
  InitOptions init;
  CheckOptions check;
  SignOptions sign;
  ProposeOptions propose;
  DiffOptions diff;
  MeOptions me;
  PeopleOptions people;
  BlueprintOptions blueprint;
  LockoutOptions lockout;
  LedgerOptions ledger;
  AutoScalingOptions autoscaling;
  std::string id;
  std::string file;
  std::function<int()> command;
};

/// A command of that name, which runs `command` when it is the one that was typed.
inline CLI::App* add(CLI::App& app, const std::string& name, const std::string& help, Parsed& parsed,
                     std::function<int()> command) {
  CLI::App* sub = app.add_subcommand(name, help);
  sub->fallthrough();
  sub->callback([&parsed, command = std::move(command)] { parsed.command = command; });
  return sub;
}

/// What people in an emergency type.
void add_people(CLI::App& app, Parsed& parsed);
/// Asking for access, and answering.
void add_requests(CLI::App& app, Parsed& parsed);
/// Who is away, who is told, and the timeline.
void add_telling(CLI::App& app, Parsed& parsed);

}  // namespace postern::cli
