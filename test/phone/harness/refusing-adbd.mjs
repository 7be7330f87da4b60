// An adbd whose user has not allowed this computer: it answers every signature with a new challenge, and the public key
// with silence, while its dialog waits. The adb server calls such a phone "unauthorized".
//
//   node refusing-adbd.mjs PORT
import { randomBytes } from "node:crypto";
import { createServer } from "node:net";

const AUTH = 0x48545541;
const CNXN = 0x4e584e43;
const TOKEN = 1; // AUTH's first argument
const SIGNATURE = 2;
const HEADER = 24; // bytes: command, two arguments, length, checksum, ~command; little endian

function message(command, argument, data) {
  const header = Buffer.alloc(HEADER);
  const sum = data.reduce((total, byte) => total + byte, 0);
  [command, argument, 0, data.length, sum, ~command >>> 0].forEach((word, i) =>
    header.writeUInt32LE(word >>> 0, i * 4),
  );
  return Buffer.concat([header, data]);
}

createServer((socket) => {
  let received = Buffer.alloc(0);
  socket.on("error", () => socket.destroy());
  socket.on("data", (data) => {
    received = Buffer.concat([received, data]);
    while (received.length >= HEADER) {
      const end = HEADER + received.readUInt32LE(12);
      if (received.length < end) return;
      const command = received.readUInt32LE(0);
      const argument = received.readUInt32LE(4);
      received = received.subarray(end);
      const challenge = command === CNXN || (command === AUTH && argument === SIGNATURE);
      if (challenge) socket.write(message(AUTH, TOKEN, randomBytes(20)));
    }
  });
}).listen(Number(process.argv[2]), "0.0.0.0");
