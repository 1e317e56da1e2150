/* The run that the parts of init share, as it is before anything has come. */
#include "run.h"

struct run run = {
    .tree = {.scopes = NO_FD},
    .order = {.cwd = NO_FD, .ruleset = NO_FD, .terminal = NO_FD},
    .job = {.terminal = NO_FD},
    .control = NO_FD,
    .partner = NO_FD,
    .children = NO_FD,
    .report = NO_FD,
    .gate = NO_FD,
    .target_report = NO_FD,
    .target_gate = NO_FD,
    .pidfd = NO_FD,
    .listener = NO_FD,
    .reason = PK_ENDED,
};
