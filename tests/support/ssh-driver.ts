import { text } from "node:stream/consumers";
import { type RemoteRun, runOverSsh } from "../../device/ssh.ts";
import type { SshSettings } from "../../device/ssh-settings.ts";

// Started in the network namespace of a test's own sshd: one call in as JSON, its result out.
const { settings, run }: { settings: SshSettings; run: RemoteRun } = JSON.parse(await text(process.stdin));
process.stdout.write(JSON.stringify(await runOverSsh(settings, run)));
