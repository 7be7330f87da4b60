/** What Electron's preload hands to the page, made of the browser shell's socket; files tell the path that is given. */
export const bridgeOverSocket = (path: string): string => `(${bridge.toString()})(${JSON.stringify(path)})`;

/** Runs in the page. */
function bridge(path: string): void {
  if (location.protocol !== "http:") return;
  const socket = new WebSocket(`ws://${location.host}/socket`);
  const opened = new Promise((resolve) => socket.addEventListener("open", resolve));
  const waiting = new Map<number, (reply: unknown) => void>();
  const listeners = new Set<(name: string, payload: unknown) => void>();
  let nextId = 1;
  socket.addEventListener("message", ({ data }) => {
    const message = JSON.parse(String(data)) as { id: number; reply: unknown; event: string; payload: unknown };
    if (message.event) listeners.forEach((listener) => listener(message.event, message.payload));
    else waiting.get(message.id)?.(message.reply);
  });
  Object.assign(window, {
    phonon: {
      async call(channel: string, request: unknown): Promise<unknown> {
        await opened;
        const id = nextId++;
        const reply = new Promise((resolve) => waiting.set(id, resolve));
        socket.send(JSON.stringify({ id, channel, request }));
        return reply;
      },
      subscribe(listener: (name: string, payload: unknown) => void) {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
      pathOf: () => path,
    },
  });
}
