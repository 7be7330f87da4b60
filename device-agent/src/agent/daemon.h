#pragma once
// Leaving the process that started the agent.

#include "phonon/result.h"

namespace phonon {

// Between fork_daemon() and detach() the child may still fail with a message on standard error.
struct Daemon {
    bool parent = false;
    int status = 0;  // the parent's exit status
    int ready = -1;  // in the child: closed by detach()
};

// Forks. The parent waits until the child calls detach(), and then returns with status 0; 1 if the child ended before.
Result<Daemon> fork_daemon();

// In the child, which is then the leader of its own session, with nothing on its standard streams.
void detach(const Daemon& daemon);

}  // namespace phonon
