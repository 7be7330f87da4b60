#pragma once
// What the child processes of this folder share. They are forked from a process with threads and run no other program:
// a device's files may have changed, or may not be run twice. So they use only what is safe after such a fork: system
// calls, and memory that was there before.

#include <sys/types.h>

namespace phonon {

// Called first in the child: a session of its own, so that no signal meant for the agent reaches it; a name; none of
// the parent's descriptors, but for `keep` (-1: none).
void become_helper(const char* name, int keep);

// The number after `key` at the beginning of a line of a small file; -1 when there is none.
long long read_counter(const char* path, const char* key);

// Sleeps although signals come.
void sleep_ms(long ms);

// Kills the child and takes its status; nothing is left of it.
void end_helper(pid_t pid);

}  // namespace phonon
