#include "agent/serve.h"

#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <cstdio>
#include <vector>

#include "agent/daemon.h"
#include "agent/engine_host.h"
#include "agent/listener.h"
#include "agent/mailbox.h"
#include "agent/serve_options.h"
#include "agent/server.h"
#include "base/folders.h"

namespace phonon {
namespace {

// In the agent's folder, where the control side looks when the agent is gone (electron/targets/last-words.ts).
constexpr const char* kLastWords = "last-words.txt";

int fail(const AgentProgram& program, const Error& error, int status) {
    std::fprintf(stderr, "%s: %s\n", program.program.c_str(), error.message.c_str());
    return status;
}

AgentIdentity identity(const Backend& backend) {
    return {PHONON_VERSION, PHONON_BUILD_ID, backend.name(), backend.build()};
}

void print_line(const OrderedJson& object) {
    std::fputs(to_line(object).c_str(), stdout);
    std::fflush(stdout);
}

// SIGTERM, SIGINT and SIGHUP become readable on the descriptor, in this thread and those it starts.
int block_signals() {
    sigset_t set;
    sigemptyset(&set);
    for (const int signal : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&set, signal);
    ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
    ::signal(SIGPIPE, SIG_IGN);
    // A spool over the process's file-size limit is an error of its write.
    ::signal(SIGXFSZ, SIG_IGN);
    return ::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

int serve(const AgentProgram& program, const ServeOptions& options) {
    auto token = read_token(STDIN_FILENO);
    if (!token) return fail(program, token.error(), 2);
    Daemon daemon;
    if (options.daemon) {
        auto forked = fork_daemon();
        if (!forked) return fail(program, forked.error(), 1);
        daemon = forked.value();
        if (daemon.parent) return daemon.status;
    }
    auto spools = SpoolStore::open(options.folder + "/spool");
    if (!spools) return fail(program, spools.error(), 1);
    auto listener = Listener::open(options.socket);
    if (!listener) return fail(program, listener.error(), 1);

    const int stop_fd = block_signals();
    auto backend = program.make_backend();
    ServerOptions server_options{token.value(), options.lease_s, stop_fd, options.folder, identity(*backend)};
    Mailbox mailbox;
    EngineHost host(
        std::move(backend), program.make_reference, program.tools, std::move(spools).value(), system_files(),
        [&mailbox] { mailbox.spool_grew(); }, options.folder + "/" + kLastWords);
    Server server(std::move(server_options), std::move(listener).value(), host, mailbox, system_files());
    print_line({{"type", "listening"}, {"socket", options.socket}, {"pid", ::getpid()}, {"version", PHONON_VERSION}});
    if (options.daemon) detach(daemon);

    const bool ended = server.serve();
    ::close(stop_fd);
    if (!ended) {
        // The engine hangs, as on storage that does not answer. Waiting for it would leave an orphan.
        host.remove_spools();
        server.remove_socket();
        ::_exit(1);
    }
    return 0;
}

}  // namespace

int agent_main(const AgentProgram& program, int argc, char** argv) {
    const std::vector<std::string> arguments(argv + 1, argv + argc);
    if (arguments.size() == 1 && arguments[0] == "--version") {
        const auto backend = program.make_backend();
        print_line({{"version", PHONON_VERSION},
                    {"build", PHONON_BUILD_ID},
                    {"protocol", kProtocolVersion},
                    {"engine", backend->name()}});
        return 0;
    }
    if (arguments.empty() || arguments[0] != "serve") {
        std::fprintf(
            stderr,
            "usage: %s serve --socket @NAME|/PATH --dir DIR [--daemon] [--lease SECONDS]\n       %s --version\n",
            program.program.c_str(), program.program.c_str());
        return 2;
    }
    const auto options = parse_serve_options({arguments.begin() + 1, arguments.end()});
    if (!options) return fail(program, options.error(), 2);
    return serve(program, options.value());
}

}  // namespace phonon
