// A Firestore of its own making (MIT, github.com/YutaUra/firestore-emulator), on this machine alone: its own `start`
// listens on every interface. Prints its address, and ends when its standard input does.
import { createRequire } from "node:module";
const require = createRequire(import.meta.url);
const { FirestoreServer } = require("@firestore-emulator/server");
const { ServerCredentials } = require("@grpc/grpc-js");

const { server } = new FirestoreServer();
server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, port) => {
  if (error) throw error;
  console.log(`127.0.0.1:${port}`);
});
process.stdin.resume().on("end", () => process.exit(0));
